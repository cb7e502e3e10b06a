"""A server serves the release that was signed, or does not start: nothing of another one is loaded (promises 4 and 5)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from server import IVY, RunningIvy

from bot.project import CONTENT, MODELS, ROOT
from bot.records.database import open_database
from bot.release.bundle import make_release
from bot.release.installing import install
from bot.release.keys import make_keys, read_private, read_public

OF_THE_RELEASE = "This line is the release's."


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A release of the trained models, with one line of talk of its own, installed: the folder, its manifest, the environment that serves it."""
    folder = tmp_path_factory.mktemp("released")
    shutil.copytree(CONTENT, folder / "content")
    greet = folder / "content" / "voice" / "greet.md"
    text = greet.read_text(encoding="utf-8")
    greet.write_text(text.replace("## short\n", f"## short\n{OF_THE_RELEASE} "), encoding="utf-8")
    public, engine = make_keys(folder / "key"), open_database(f"sqlite:///{folder / 'records.db'}")
    manifest = make_release(folder / "a.ivy", read_private(folder / "key"), MODELS, folder / "content", engine)
    install(folder / "a.ivy", read_public(public), folder / "releases", engine)
    engine.dispose()
    return folder / "releases", manifest, {"IVY_RELEASE": str(folder / "releases" / "current"), "IVY_RELEASE_KEY": str(public)}


@pytest.fixture
def altered(released, tmp_path):
    """A copy of the release with a model that somebody else made; the environment that names it."""
    folder, manifest, environment = released
    shutil.copytree(folder / manifest["id"], tmp_path / "release")
    with open(tmp_path / "release" / "models" / "ivy.tar.gz", "r+b") as model:
        model.seek(1000)
        model.write(b"\0\0\0\0")
    return {**environment, "IVY_RELEASE": str(tmp_path / "release")}


def said(ivy: RunningIvy) -> list[str]:
    return [line for line in ivy.log().splitlines() if line]


def test_server_speaks_the_words_of_its_release(released):
    ivy = RunningIvy.start(released[2]).ready()
    try:
        assert OF_THE_RELEASE in ivy.say("hello").text
        assert f"Release {released[1]['id']}: the signature and {len(released[1]['files'])} files are right" in ivy.log()
    finally:
        ivy.stop()


def test_altered_model_ends_the_start_by_its_name(altered):
    ivy = RunningIvy.start(altered)
    assert ivy.exit_code() == 2
    assert "'models/ivy.tar.gz' was altered" in said(ivy) and "starting" not in ivy.log() and ivy.action_pids() == []


@pytest.mark.parametrize(("changes", "told"), [
    ({"IVY_RELEASE_KEY": ""}, "IVY_RELEASE_KEY is not set"), ({"IVY_RELEASE_KEY": "/nowhere.pub"}, "/nowhere.pub cannot be read"),
    ({"IVY_CONTENT": str(CONTENT)}, "IVY_CONTENT is set, and a release brings its own"), ({"IVY_RELEASE": "/nowhere"}, "there is no such folder"), ({"IVY_RELEASE": str(CONTENT)}, "is no release")])
def test_release_that_cannot_be_verified_ends_the_start_with_the_repair(released, changes, told):
    ivy = RunningIvy.start({**released[2], **changes})
    assert ivy.exit_code() == 2 and told in ivy.log() and "Traceback" not in ivy.log()


def test_somebody_elses_key_ends_the_start(released, tmp_path):
    ivy = RunningIvy.start({**released[2], "IVY_RELEASE_KEY": str(make_keys(tmp_path / "other"))})
    assert ivy.exit_code() == 2 and "not signed with the key" in ivy.log()


def test_nothing_that_reads_models_or_content_is_loaded_before_the_release_was_verified():
    loaded = "import sys, bot.__main__, bot.release.serving; from bot.configuration import apply_settings; apply_settings({}, serving=True); print([name for name in sys.modules if name == 'bot.project' or name.split('.')[0] in ('rasa', 'sanic')])"
    assert subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"


def version(environment: dict, folder: Path) -> subprocess.CompletedProcess:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("IVY_")}
    return subprocess.run([*IVY, "version", "--json"], cwd=ROOT, env={**inherited, "IVY_STATE": str(folder), **environment}, capture_output=True, text=True)


def test_version_shows_the_hashes_of_the_manifest(released, tmp_path):
    open_database(f"sqlite:///{tmp_path / 'records.db'}").dispose()
    found, manifest = json.loads(version(released[2], tmp_path).stdout), released[1]
    assert {part: found[part] for part in ("model", "safety_model", "content", "lexicon")} == {part: manifest["hashes"][part] for part in ("model", "safety_model", "content", "lexicon")}
    assert {part: found[part] for part in manifest["fits"]} == manifest["fits"] and found["code"] == manifest["code"]
    assert (found["release"], found["release_verified"], found["ledger_head"]) == (manifest["id"], True, "empty")


def test_version_of_an_altered_release_is_not_told(altered, tmp_path):
    run = version(altered, tmp_path)
    assert run.returncode == 2 and "was altered" in run.stderr and run.stdout == ""


def test_version_without_a_release_tells_what_is_there(tmp_path):
    found = json.loads(version({"IVY_MODELS": str(tmp_path / "none"), "IVY_DATABASE": "sqlite:////nowhere/at/all/records.db"}, tmp_path).stdout)
    assert (found["release"], found["model"], found["safety_model"], found["ledger_head"]) == (None, None, None, None) and len(found["content"]) == 64


def test_version_makes_no_database(tmp_path):
    assert version({}, tmp_path).returncode == 0 and not (tmp_path / "records.db").exists()
