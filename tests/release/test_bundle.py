"""A release that is not, byte for byte, what was signed is refused before anything of it is used."""

from __future__ import annotations

import json
import shutil
import tarfile

import pytest
from rewriting import rewritten

from bot.library.items import ContentError
from bot.library.approvals import append
from bot.project import CONTENT
from bot.records.database import open_database
from bot.release import bundle
from bot.release.bundle import check_fits, make_release, verify_file, verify_folder
from bot.release.keys import ReleaseError, make_keys, read_private, read_public, sign
from bot.release.versions import folder_hash

#: One file of each part.
OF_EACH_PART = ("models/ivy.tar.gz", "models/safety/classifier.json", "models/safety/classifier.npz", "content/clinic.yml", "content/safety/urgent.md", "content/safety/signs/stiff_neck.yml", "ledger.jsonl")


@pytest.fixture
def unpacked(first, keys, tmp_path):
    verify_file(first[0], keys[1], tmp_path)
    return tmp_path


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1:]


def test_release_as_it_was_made_is_right_and_tells_every_hash(first, keys, models, content):
    path, manifest = first
    assert verify_file(path, keys[1]) == manifest
    assert manifest["hashes"]["safety_model"] == folder_hash(models / "safety") and manifest["hashes"]["lexicon"] == folder_hash(content / "safety")
    assert set(manifest["hashes"]) == {"model", "safety_model", "content", "lexicon", "ledger"} and set(manifest["fits"]) == {"ivy", "python", "rasa", "encoders"}
    assert set(OF_EACH_PART) <= set(manifest["files"]) and not [name for name in manifest["files"] if "left-by" in name]


def test_unpacked_release_is_right_and_its_content_is_the_makers(unpacked, first, keys):
    assert verify_folder(unpacked, keys[1]) == first[1]
    assert (unpacked / "content" / "clinic.yml").read_bytes() == (CONTENT / "clinic.yml").read_bytes()


def test_release_file_is_for_its_owners_eyes(first):
    assert first[0].stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", [*OF_EACH_PART, "manifest.json", "manifest.sig"])
@pytest.mark.parametrize("share", [0, 0.5, 0.999])
def test_one_flipped_bit_anywhere_in_the_file_is_refused(first, keys, tmp_path, name, share):
    path = rewritten(first[0], tmp_path / "other", lambda members: members.update({name: flipped(members[name], int((len(members[name]) - 1) * share))}))
    with pytest.raises(ReleaseError, match="altered|not signed"):
        verify_file(path, keys[1])


@pytest.mark.parametrize("name", OF_EACH_PART)
def test_one_flipped_bit_in_the_folder_is_refused_and_the_file_is_named(unpacked, keys, name):
    (unpacked / name).write_bytes(flipped((unpacked / name).read_bytes(), 1))
    with pytest.raises(ReleaseError, match=f"(?s)'{name}' was altered.*rollback") as error:
        verify_folder(unpacked, keys[1])
    assert str(error.value).count("' was ") == 1


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig"])
def test_flipped_bit_in_the_manifest_of_the_folder_is_refused(unpacked, keys, name):
    (unpacked / name).write_bytes(flipped((unpacked / name).read_bytes(), 5))
    with pytest.raises(ReleaseError, match="not signed"):
        verify_folder(unpacked, keys[1])


def test_every_wrong_file_of_a_folder_is_named_at_once(unpacked, keys):
    (unpacked / "models/ivy.tar.gz").unlink()
    (unpacked / "content/voice/greet.md").write_text("Take two of your neighbour's pills.")
    (unpacked / "content/answers/more.md").write_text("x")
    with pytest.raises(ReleaseError) as error:
        verify_folder(unpacked, keys[1])
    assert {"'models/ivy.tar.gz' is missing", "'content/answers/more.md' was added", "'content/voice/greet.md' was altered"} <= set(str(error.value).splitlines())


def test_link_in_the_place_of_a_file_is_refused_though_it_leads_to_the_same(unpacked, keys, tmp_path_factory):
    """What it leads to can change after it was looked at."""
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "ivy.tar.gz"
    shutil.move(unpacked / "models/ivy.tar.gz", elsewhere)
    (unpacked / "models/ivy.tar.gz").symlink_to(elsewhere)
    with pytest.raises(ReleaseError, match="'models/ivy.tar.gz' was altered"):
        verify_folder(unpacked, keys[1])


def test_folder_that_is_no_release_is_named(tmp_path, keys):
    with pytest.raises(ReleaseError, match="is no release"):
        verify_folder(tmp_path, keys[1])


@pytest.mark.parametrize("name", OF_EACH_PART)
def test_missing_file_is_refused(first, keys, tmp_path, name):
    path = rewritten(first[0], tmp_path / "other", lambda members: members.pop(name) and None)
    with pytest.raises(ReleaseError, match=f"'{name}' is missing"):
        verify_file(path, keys[1])


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig"])
def test_release_without_manifest_or_signature_is_refused(first, keys, tmp_path, name):
    path = rewritten(first[0], tmp_path / "other", lambda members: members.pop(name) and None)
    with pytest.raises(ReleaseError, match=f"has no {name}"):
        verify_file(path, keys[1])


def test_added_file_is_refused(first, keys, tmp_path):
    path = rewritten(first[0], tmp_path / "other", lambda members: members.update({"content/answers/more.md": b"x"}))
    with pytest.raises(ReleaseError, match="'content/answers/more.md', which its manifest does not name"):
        verify_file(path, keys[1])


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "content/../../outside", "a\\..\\b", "c:outside", "./content/clinic.yml", "content//clinic.yml"])
def test_name_that_leads_out_of_the_folder_is_refused_and_nothing_is_written_there(first, keys, tmp_path, name):
    path = rewritten(first[0], tmp_path / "other", lambda members: members.update({name: b"x"}))
    (tmp_path / "into").mkdir()
    with pytest.raises(ReleaseError, match="no plain file inside it"):
        verify_file(path, keys[1], tmp_path / "into")
    assert not list(tmp_path.glob("outside"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE])
def test_member_that_is_no_plain_file_is_refused(first, keys, tmp_path, kind):
    member = tarfile.TarInfo("content/extra")
    member.type, member.linkname = kind, "/etc/passwd"
    path = rewritten(first[0], tmp_path / "other", lambda members: members.update({"content/extra": member}))
    with pytest.raises(ReleaseError, match="no plain file inside it"):
        verify_file(path, keys[1])


def test_member_that_stands_twice_is_refused(first, keys, tmp_path):
    path = rewritten(first[0], tmp_path / "other", lambda members: None)
    with tarfile.open(path, "a") as tar:
        tar.addfile(tarfile.TarInfo("content/clinic.yml"))
    with pytest.raises(ReleaseError, match="stands twice"):
        verify_file(path, keys[1])


def test_files_before_the_manifest_are_not_read_through(first, keys, tmp_path, monkeypatch):
    monkeypatch.setattr("bot.release.tarball.LARGEST_MANIFEST", 30_000)
    path = rewritten(first[0], tmp_path / "other", lambda members: {"models/ivy.tar.gz": members.pop("models/ivy.tar.gz"), **members})
    with pytest.raises(ReleaseError, match="has no manifest.json where one belongs"):
        verify_file(path, keys[1])


def test_release_signed_by_somebody_else_is_refused(first, stranger):
    with pytest.raises(ReleaseError, match="not signed with the key"):
        verify_file(first[0], stranger[1])


def test_manifest_that_somebody_else_signed_anew_is_refused(first, keys, stranger, tmp_path):
    path = rewritten(first[0], tmp_path / "other", lambda members: members.update({"manifest.sig": sign(stranger[0], members["manifest.json"])}))
    with pytest.raises(ReleaseError, match="not signed with the key"):
        verify_file(path, keys[1])


def test_signature_on_something_else_with_the_same_key_is_none_on_a_release(first, keys, tmp_path):
    path = rewritten(first[0], tmp_path / "other", lambda members: members.update({"manifest.sig": keys[0].sign(members["manifest.json"]).hex().encode()}))
    with pytest.raises(ReleaseError, match="not signed with the key"):
        verify_file(path, keys[1])


def signed_manifest(first, keys, to, **changes):
    def change(members) -> None:
        text = json.dumps({**json.loads(members["manifest.json"]), **changes}).encode()
        members.update({"manifest.json": text, "manifest.sig": sign(keys[0], text)})

    return rewritten(first[0], to, change)


@pytest.mark.parametrize(("changes", "told"), [({"format": 2, "ivy": "9.0"}, "written by a newer Ivy \\(9.0"), ({"kind": "ivy backup"}, "is no ivy release")])
def test_release_of_another_form_is_refused_though_it_is_signed(first, keys, tmp_path, changes, told):
    with pytest.raises(ReleaseError, match=told):
        verify_file(signed_manifest(first, keys, tmp_path / "other", **changes), keys[1])


@pytest.mark.parametrize("content", [b"", b"no release" * 1000])
def test_file_that_is_no_release_is_refused(tmp_path, keys, content):
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(ReleaseError):
        verify_file(tmp_path / "other", keys[1])
    with pytest.raises(ReleaseError, match="cannot be read"):
        verify_file(tmp_path / "nowhere", keys[1])


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_release_cut_short_is_refused(first, keys, tmp_path, share):
    whole = first[0].read_bytes()
    (tmp_path / "other").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ReleaseError):
        verify_file(tmp_path / "other", keys[1])


@pytest.mark.parametrize("part", ["ivy", "python", "rasa", "encoders"])
def test_release_made_for_another_version_does_not_fit_and_the_part_is_named(first, part):
    check_fits(first[1])
    with pytest.raises(ReleaseError, match=f"was made for {part} old \\(here "):
        check_fits({**first[1], "fits": {**first[1]["fits"], part: "old"}})


def test_missing_models_and_a_file_that_is_there_are_told_together(first, keys, content, signed, tmp_path):
    with pytest.raises(ReleaseError) as error:
        make_release(first[0], keys[0], tmp_path, content, signed)
    assert "is there already" in str(error.value) and "ivy.tar.gz is missing; run ivy train" in str(error.value) and "classifier.json is missing" in str(error.value)


def test_content_that_could_not_be_served_makes_no_release(keys, models, signed, tmp_path):
    shutil.copytree(CONTENT, tmp_path / "content")
    (tmp_path / "content/clinic.yml").write_text("name: [")
    with pytest.raises(ContentError):
        make_release(tmp_path / "other.ivy", keys[0], models, tmp_path / "content", signed)
    assert not (tmp_path / "other.ivy").exists()


def test_damaged_ledger_makes_no_release(keys, models, content, tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    append(engine, "voice/greet", "Hello.", "Dr. Ada Test", "clinician", "accuracy", None, "propose")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE approvals SET by = 'Nobody'")
    with pytest.raises(ReleaseError, match="the ledger: row 1"):
        make_release(tmp_path / "other.ivy", keys[0], models, content, engine)


def test_disk_that_is_full_leaves_no_half_release(keys, models, content, signed, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bot.release.tarball.os.fsync", full)
    with pytest.raises(ReleaseError, match="No space left"):
        make_release(tmp_path / "other.ivy", keys[0], models, content, signed)
    assert list(tmp_path.iterdir()) == []


# ---- keys ----

def test_private_key_is_for_its_owners_eyes_and_is_never_overwritten(folder, keys):
    assert (folder / "release.key").stat().st_mode & 0o077 == 0
    with pytest.raises(ReleaseError, match="release.key cannot be written"):
        make_keys(folder / "release.key")
    assert read_private(folder / "release.key").private_bytes_raw() == keys[0].private_bytes_raw()


def test_wrong_kind_of_key_is_told(folder, keys, tmp_path):
    (tmp_path / "nonsense").write_text("no key")
    for read, path in ((read_private, folder / "release.key.pub"), (read_public, folder / "release.key"), (read_private, tmp_path / "nonsense"), (read_public, tmp_path / "nowhere")):
        with pytest.raises(ReleaseError, match="is not the key that belongs here|cannot be read"):
            read(path)


def test_files_are_hashed_only_after_the_signature_is_right(first, stranger, monkeypatch):
    monkeypatch.setattr(bundle, "unpack", lambda *_: pytest.fail("a file was read"))
    with pytest.raises(ReleaseError, match="not signed"):
        verify_file(first[0], stranger[1])
