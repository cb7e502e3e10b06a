"""A release is in place whole or not at all; going back is one step; approvals go on through the records."""

from __future__ import annotations

import itertools
import os
import shutil
from datetime import date

import pytest
from apart import processes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from rewriting import rewritten

from bot.library.approvals import all_rows, append
from bot.library.exchange import LedgerError
from bot.records.database import open_database
from bot.release import installing
from bot.release.bundle import verify_folder
from bot.release.installing import install, installed, named, rollback
from bot.release.keys import ReleaseError


@pytest.fixture
def to(tmp_path):
    return tmp_path / "releases"


@pytest.fixture
def with_first(first, keys, to, records):
    install(first[0], keys[1], to, records)
    return first[1]["id"]


def test_first_release_is_the_current_one_with_its_approvals(first, keys, to, records):
    manifest, new = install(first[0], keys[1], to, records)
    assert manifest == first[1] and new == 1 and len(all_rows(records)) == 1
    assert named(to, "current") == manifest["id"] and named(to, "previous") is None
    assert verify_folder(to / "current", keys[1]) == manifest


def test_installing_it_again_changes_nothing(first, keys, to, records, with_first):
    assert install(first[0], keys[1], to, records)[1] == 0
    assert installed(to) == [with_first] and named(to, "previous") is None and len(all_rows(records)) == 1


def test_next_release_takes_its_place_and_brings_the_withdrawal(second, keys, to, records, with_first):
    assert install(second[0], keys[1], to, records)[1] == 1
    assert (named(to, "current"), named(to, "previous")) == (second[1]["id"], with_first)
    assert [row.act for row in all_rows(records)] == ["approve", "withdraw"]


def test_rollback_brings_the_one_before_back_and_keeps_the_withdrawal(second, keys, to, records, with_first):
    install(second[0], keys[1], to, records)
    assert rollback(to, keys[1])["id"] == with_first == named(to, "current")
    assert [row.act for row in all_rows(records)] == ["approve", "withdraw"]
    assert rollback(to, keys[1])["id"] == second[1]["id"]  # and forward again


def test_named_release_can_be_gone_back_to(second, keys, to, records, with_first):
    install(second[0], keys[1], to, records)
    assert rollback(to, keys[1], with_first)["id"] == with_first
    with pytest.raises(ReleaseError, match="has no release '20200101-nothing'"):
        rollback(to, keys[1], "20200101-nothing")


def test_nothing_to_go_back_to_is_told(keys, to, records, with_first):
    with pytest.raises(ReleaseError, match="no other release to go back to"):
        rollback(to, keys[1])


def test_folder_that_is_not_there_is_named_and_not_made(keys, to):
    with pytest.raises(ReleaseError, match="there is no folder"):
        rollback(to / "empty", keys[1])
    assert not (to / "empty").exists()


def test_release_that_was_altered_since_is_not_gone_back_to(second, keys, to, records, with_first):
    install(second[0], keys[1], to, records)
    (to / with_first / "models/ivy.tar.gz").write_bytes(b"somebody else's program")
    with pytest.raises(ReleaseError, match="'models/ivy.tar.gz' was altered"):
        rollback(to, keys[1])
    assert named(to, "current") == second[1]["id"]


@pytest.mark.parametrize("change", [
    lambda members: members.update({"models/ivy.tar.gz": b"somebody else's program"}), lambda members: members.pop("ledger.jsonl") and None,
    lambda members: members.update({"../../outside": b"x"}), lambda members: members.update({"content/more.md": b"x"})], ids=["altered", "missing", "outside", "added"])
def test_release_that_is_not_as_it_was_signed_leaves_the_current_one_and_no_trace(second, keys, to, records, with_first, tmp_path, change):
    path = rewritten(second[0], tmp_path / "other.ivy", change)
    with pytest.raises(ReleaseError):
        install(path, keys[1], to, records)
    assert named(to, "current") == with_first and installed(to) == [with_first] and not list(to.glob(".*.part")) and len(all_rows(records)) == 1
    assert not (tmp_path / "outside").exists()


def test_older_release_is_installed_only_when_asked(first, second, keys, to, records):
    install(second[0], keys[1], to, records)
    with pytest.raises(ReleaseError, match="was made before the current one.*rollback.*--older"):
        install(first[0], keys[1], to, records)
    assert named(to, "current") == second[1]["id"]
    install(first[0], keys[1], to, records, older=True)
    assert named(to, "current") == first[1]["id"] and len(all_rows(records)) == 2


def test_release_for_another_rasa_is_not_installed(first, keys, to, records, monkeypatch):
    monkeypatch.setattr("bot.release.bundle.must_fit", lambda: {**first[1]["fits"], "rasa": "9.9"})
    with pytest.raises(ReleaseError, match="was made for rasa 3.6.21 \\(here 9.9\\)"):
        install(first[0], keys[1], to, records)
    assert installed(to) == []


def test_release_whose_approvals_went_another_way_is_not_installed(second, keys, to, records, with_first):
    append(records, "voice/other", "Bye.", "Dr. Bo Test", "clinician", "accuracy", date(2031, 5, 31))
    with pytest.raises(LedgerError, match="do not continue those of this installation"):
        install(second[0], keys[1], to, records)
    assert named(to, "current") == with_first and len(all_rows(records)) == 2


def test_withdrawal_on_the_server_outlives_a_release_that_does_not_know_it(first, keys, to, records):
    install(first[0], keys[1], to, records)
    append(records, "voice/greet", "Hello.", "Dr. Ada Test", "clinician", "accuracy", None, "withdraw")
    assert install(first[0], keys[1], to, records)[1] == 0
    assert [row.act for row in all_rows(records)] == ["approve", "withdraw"]


def test_folder_that_somebody_altered_under_the_same_name_is_told(first, keys, to, records, with_first):
    (to / with_first / "content/clinic.yml").write_text("x")
    with pytest.raises(ReleaseError, match="'content/clinic.yml' was altered"):
        install(first[0], keys[1], to, records)


STEPS = ((os, "fsync"), (os, "replace"), (os, "rename"), (installing, "take_in"))  # what reaches the disk


def after_each_step(monkeypatch, then) -> None:
    """Call `then` with the number of each step before it is done."""
    count = itertools.count(1)

    def counted(real):
        def step(*args, **kwargs):
            then(next(count))
            return real(*args, **kwargs)
        return step

    for owner, name in STEPS:
        monkeypatch.setattr(owner, name, counted(getattr(owner, name)))


def install_until(kill_at: int, path, key: bytes, to, url: str) -> None:
    """Install, in a process that ends at its n-th step as by kill -9."""
    with pytest.MonkeyPatch.context() as patch:
        after_each_step(patch, lambda number: number == kill_at and os._exit(9))
        install(path, Ed25519PublicKey.from_public_bytes(key), to, open_database(url))


def killed(kill_at: int, path, key, to, records) -> None:
    child = processes.Process(target=install_until, args=(kill_at, path, key.public_bytes_raw(), to, str(records.url)), daemon=True)
    child.start()
    child.join(60)
    assert child.exitcode == 9


def test_kill_at_any_step_leaves_the_old_release_or_the_new_one(second, keys, to, records, with_first, tmp_path):
    """Of the many steps alike while files are written some are tried, of the last ones all."""
    with pytest.MonkeyPatch.context() as counting:
        steps = []
        after_each_step(counting, steps.append)
        install(second[0], keys[1], tmp_path / "elsewhere", records)
    ends = []
    last = len(steps) + 1  # elsewhere there was no release to remember as the one before
    for step in (1, last // 2, *range(last - 11, last + 1)):
        killed(step, second[0], keys[1], to, records)
        ends.append(named(to, "current"))
        verify_folder(to / "current", keys[1])
        assert rollback_is_possible_or_needless(to, keys[1])
        if ends[-1] != with_first:
            rollback(to, keys[1])
        shutil.rmtree(to / second[1]["id"], ignore_errors=True)
        (to / "previous").unlink(missing_ok=True)
    assert set(ends) == {with_first, second[1]["id"]} and ends[0] == with_first
    install(second[0], keys[1], to, records)
    assert named(to, "current") == second[1]["id"] and not list(to.glob(".*.part"))


def rollback_is_possible_or_needless(to, key) -> bool:
    before = named(to, "previous")
    return before is None or bool(verify_folder(to / before, key))


def test_what_a_killed_install_left_is_cleared_away(first, keys, to, records):
    (to / ".left.part").mkdir(parents=True)
    (to / ".left.part" / "model").write_bytes(b"half")
    install(first[0], keys[1], to, records)
    assert not list(to.glob(".*.part"))


def test_folder_that_cannot_be_written_is_told(first, keys, records, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ReleaseError, match="cannot be written"):
        install(first[0], keys[1], tmp_path / "file", records)


def test_full_disk_leaves_the_current_release(second, keys, to, records, with_first, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bot.release.tarball.os.fsync", full)
    with pytest.raises(ReleaseError, match="No space left on device.*current release stays"):
        install(second[0], keys[1], to, records)
    assert named(to, "current") == with_first and not list(to.glob(".*.part"))


def test_installed_release_can_be_read_by_the_server_and_moved(first, keys, to, records, with_first):
    """Links are relative: the folder may be mounted elsewhere."""
    assert all(path.stat().st_mode & 0o004 for path in (to / with_first).rglob("*"))
    shutil.move(to, to.with_name("mounted"))
    verify_folder(to.with_name("mounted") / "current", keys[1])
