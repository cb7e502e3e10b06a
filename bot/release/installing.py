"""Releases on a server: each in a folder of its own, `current` naming the one to serve, `previous` the one before it.

The new folder is whole before it gets its name, and `current` is switched in one step: a kill at any moment leaves the
old release or the new one."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Optional

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.library.exchange import LedgerError, from_json_lines, take_in
from bot.release.bundle import LEDGER, check_fits, verify_file, verify_folder
from bot.release.keys import ReleaseError
from bot.release.tarball import flush_folder

CURRENT, PREVIOUS = "current", "previous"


def install(path: Path, key: Ed25519PublicKey, to: Path, engine: sa.engine.Engine, older: bool = False) -> tuple[dict, int]:
    """Verify a release, take its approvals into the records, put it beside the others and make it the current one. Returns its
    manifest and how many approvals were new. Installing it again changes nothing.

    Raises ReleaseError: also for one that is older than the current one, unless `older` says so; LedgerError when its approvals
    do not continue those of the records. Then the current one stays."""
    with _alone(to):
        part = Path(tempfile.mkdtemp(dir=to, prefix=".", suffix=".part"))
        try:
            manifest = verify_file(path, key, part)
            check_fits(manifest)
            _must_not_be_older(manifest, to, key, older)
            try:
                new = take_in(engine, from_json_lines((part / LEDGER).read_text(encoding="utf-8")))
            except LedgerError as error:
                raise LedgerError(f"the approvals of release {manifest['id']} do not continue those of this installation, so it was not installed:\n{error}") from error
            _settle(part, to / manifest["id"], key)
            _switch(to, manifest["id"])
        except OSError as error:
            raise ReleaseError(f"{to} cannot be written ({error.strerror}); make room or name another folder. The current release stays") from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return manifest, new


def rollback(to: Path, key: Ed25519PublicKey, name: Optional[str] = None) -> dict:
    """Make the release before the current one, or a named one, the current one, after verifying it. Approvals and withdrawals stay
    as they are in the records. Returns its manifest. Raises ReleaseError, and the current one stays."""
    if not to.is_dir():
        raise ReleaseError(f"there is no folder {to}; --to takes the one of ivy release install")
    with _alone(to):
        wanted = name or named(to, PREVIOUS)
        if not wanted or wanted == named(to, CURRENT):
            raise ReleaseError(f"{to} has no other release to go back to; ivy release list shows what is there")
        if wanted not in installed(to):
            raise ReleaseError(f"{to} has no release '{wanted}'; it has: {', '.join(installed(to))}")
        manifest = verify_folder(to / wanted, key)
        check_fits(manifest)
        _switch(to, wanted)
    return manifest


def installed(to: Path) -> list[str]:
    """The ids of the releases in a folder, oldest first."""
    return sorted(path.name for path in to.iterdir() if path.is_dir() and not path.is_symlink() and not path.name.startswith(".")) if to.is_dir() else []


def named(to: Path, link: str) -> Optional[str]:
    """The id that `current` or `previous` stands for."""
    path = to / link
    return os.readlink(path) if path.is_symlink() else None


@contextmanager
def _alone(to: Path) -> Iterator[None]:
    """One process at a time; what a killed one left is cleared away."""
    try:
        to.mkdir(parents=True, exist_ok=True)
        lock = os.open(to / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ReleaseError(f"{to} cannot be written ({error.strerror}); name a folder that you may write to") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in to.glob(".*.part"):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(lock)


def _must_not_be_older(manifest: dict, to: Path, key: Ed25519PublicKey, older: bool) -> None:
    current = named(to, CURRENT)
    if current is None or older:
        return
    try:
        now = verify_folder(to / current, key)
    except ReleaseError:
        return  # a damaged one is no reason to keep a good one out
    if manifest["made_at"] < now["made_at"]:
        raise ReleaseError(f"release {manifest['id']} was made before the current one ({current}); ivy release rollback goes back, ivy release install --older installs it all the same")


def _settle(part: Path, to: Path, key: Ed25519PublicKey) -> None:
    """Give an unpacked release its name. One that is there already must be the same."""
    if to.exists():
        verify_folder(to, key)
        return
    for path in (part, *part.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        if path.is_dir():
            flush_folder(path)
    os.rename(part, to)
    flush_folder(to.parent)


def _switch(to: Path, name: str) -> None:
    before = named(to, CURRENT)
    if before != name:
        if before:
            _link(to / PREVIOUS, before)
        _link(to / CURRENT, name)
    flush_folder(to)


def _link(link: Path, target: str) -> None:
    """Point a symbolic link elsewhere, in one step."""
    new = link.with_name(f".{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    os.replace(new, link)
