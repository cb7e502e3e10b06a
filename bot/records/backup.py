"""Conversations and records in one file, and back again. Works while Ivy runs; restoring is for while it does not.

The secret of the sessions (IVY_SECRET), content and models are not in it."""

from __future__ import annotations

import importlib
import json
import pkgutil
import shutil
import sqlite3
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Optional, Sequence

import sqlalchemy as sa

import bot.records
from bot.library.approvals import Approval, all_rows, verify
from bot.library.exchange import LedgerError, take_in
from bot.records import postgres
from bot.records.conversations import open_conversations
from bot.records.database import database_url, metadata, tracker_url
from bot.records.upgrading import known_revisions, revision, upgrade
from bot.release.tarball import MANIFEST, TarballError, digest, read_first, read_manifest, unpack, write_tarball
from bot.release.versions import ivy_version

KIND, FORMAT = "ivy backup", 1
VERSIONS = "alembic_version"
BUSY_PATIENCE = 10  # seconds for a database that another process writes to


class BackupError(RuntimeError):
    """Nothing was written or replaced, unless the message says so; it names the trouble and the repair."""


@dataclass(frozen=True)
class Store:
    """One of the two databases, with its tables."""

    name: str
    setting: str
    url: sa.engine.URL
    tables: tuple[str, ...]

    @property
    def engine(self) -> str:
        return self.url.get_backend_name()

    @property
    def file(self) -> Path:
        return Path(self.url.database or "")

    @property
    def member(self) -> str:
        return f"{self.name}.{'db' if self.engine == 'sqlite' else 'dump'}"


@dataclass(frozen=True)
class Restored:
    """What is there after restoring. `carried`: signatures and withdrawals that were newer here than in the backup, and stayed;
    `wrong`: what is the matter with the ledger."""

    made_at: str
    events: int
    approvals: int
    carried: int
    wrong: tuple[str, ...]


def stores() -> tuple[Store, Store]:
    """This installation's databases."""
    for module in pkgutil.iter_modules(bot.records.__path__, "bot.records."):
        importlib.import_module(module.name)  # every table of the records is in `metadata`
    urls = {"conversations": ("IVY_TRACKERS", tracker_url(), ("events",)), "records": ("IVY_DATABASE", database_url(), (VERSIONS, *sorted(metadata.tables)))}
    return tuple(Store(name, setting, sa.engine.make_url(url), tables) for name, (setting, url, tables) in urls.items())


def make_backup(to: Path) -> dict:
    """Write both databases, each as it stands at one moment, into a file that only its owner may read. Returns the manifest. Raises BackupError."""
    if to.exists():
        raise BackupError(f"{to} is there already; name a file that is not")
    try:
        with tempfile.TemporaryDirectory(dir=to.parent, prefix=".ivy-backup-") as folder:
            parts = {}
            for store in stores():
                copy = Path(folder) / store.member
                tables = _copy_out(store, copy)
                parts[store.name] = {"engine": store.engine, "file": store.member, "tables": tables, **digest(copy)}
                if store.name == "records":
                    parts[store.name]["revision"] = _looked_at(store.url, revision)
            manifest = {"kind": KIND, "format": FORMAT, "ivy": ivy_version(), "made_at": datetime.now(timezone.utc).isoformat(timespec="seconds"), "parts": parts}
            write_tarball(to, {MANIFEST: json.dumps(manifest, indent=1).encode(), **{part["file"]: Path(folder) / part["file"] for part in parts.values()}})
    except OSError as error:
        raise BackupError(f"{to} cannot be written ({error.strerror or error}); name a folder with room that you may write to") from error
    return manifest


def restore_backup(path: Path, replace: bool = False) -> Restored:
    """Put a backup's databases in the place of this installation's. All of the file is checked before anything is touched, and
    each database is replaced in one step. Raises BackupError: for a file that is damaged, newer, or of the other kind of
    database, and, without `replace`, for an installation in which something is kept."""
    with tempfile.TemporaryDirectory(prefix="ivy-restore-") as folder:
        try:
            manifest = read_manifest(read_first(path, MANIFEST), KIND, FORMAT)
            parts = manifest["parts"]
            unpack(path, Path(folder), {part["file"]: part for part in parts.values()})
            problems = [problem for store in stores() for problem in _problems(store, parts[store.name], replace)]
        except (TarballError, KeyError, TypeError, AttributeError) as error:
            raise BackupError(f"{path}: {error if isinstance(error, TarballError) else 'its manifest is not one'}. Nothing was changed; take another backup") from error
        if problems:
            raise BackupError("\n".join([*problems, "Nothing was changed."]))
        conversations, records = stores()
        newer = _ledger(records)
        for store in (records, conversations):
            _copy_in(store, Path(folder) / store.member, parts[store.name]["tables"])
        return _looked_over(manifest["made_at"], conversations, records, newer)


def _problems(store: Store, part: dict, replace: bool) -> list[str]:
    found = []
    if part["engine"] != store.engine:
        found.append(f"{store.name}: the backup is of {part['engine']}, {store.setting} names {store.engine}; set it to a database of the same kind")
    if store.name == "records" and part["revision"] not in known_revisions():
        found.append(f"{store.name}: the backup was made by a newer Ivy (it is at '{part['revision']}'); restore it with that one")
    if not found and not replace and (kept := _kept(store)):
        found.append(f"{store.name}: {_where(store)} is not empty ({kept}); ivy restore --replace puts the backup in its place")
    return found


def _copy_out(store: Store, to: Path) -> list[str]:
    there = [table for table in store.tables if table in _looked_at(store.url, lambda engine: sa.inspect(engine).get_table_names())] if _is_there(store) else []
    if not there:
        raise BackupError(f"{store.name}: {_where(store)} has nothing to keep yet; start Ivy once, or correct {store.setting}")
    try:
        if store.engine == "postgresql":
            postgres.dump(store.url, to, there)
        else:
            _sqlite_copy(store.file, to)
    except (sqlite3.Error, postgres.ToolError) as error:
        raise BackupError(f"{store.name}: {_where(store)} could not be copied ({error})") from error
    return there


def _copy_in(store: Store, copy: Path, tables: Sequence[str]) -> None:
    try:
        if store.engine == "postgresql":
            postgres.restore(store.url, copy, [table for table in store.tables if table not in tables])
            return
        if store.file.exists() and _kept(store) == "it cannot be read":
            store.file.rename(store.file.with_name(f"{store.file.name}.damaged-{datetime.now():%Y%m%d%H%M%S}"))
            for left in ("-wal", "-shm"):
                store.file.with_name(store.file.name + left).unlink(missing_ok=True)
        store.file.parent.mkdir(parents=True, exist_ok=True)
        _sqlite_copy(copy, store.file)
    except (sqlite3.Error, OSError, postgres.ToolError) as error:
        raise BackupError(f"{store.name}: {_where(store)} could not be replaced ({error}) and is as it was. Stop Ivy, repair this, and restore again: what came before it is in place") from error


def _sqlite_copy(source: Path, to: Path) -> None:
    """All pages in one step and one transaction (sqlite.org/backup.html): readers and writers see the old or the new."""
    old, new = sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True), sqlite3.connect(to)
    end = time.monotonic() + BUSY_PATIENCE

    def in_time(status: int, _left: int, _all: int) -> None:
        if status in (5, 6) and time.monotonic() > end:  # SQLITE_BUSY, SQLITE_LOCKED: Python would try for ever
            raise sqlite3.OperationalError("database is locked")

    try:
        if old.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("it is damaged")
        old.backup(new, progress=in_time)
    finally:
        old.close()
        new.close()


def _kept(store: Store) -> str:
    """What is kept in a database, for whom it may not be lost; "" when it is empty or not there."""
    if not _is_there(store):
        return ""

    def count(engine: sa.engine.Engine) -> list[str]:
        there = set(sa.inspect(engine).get_table_names())
        with engine.connect() as connection:
            counts = {table: connection.execute(sa.select(sa.func.count()).select_from(sa.table(table))).scalar() for table in store.tables if table in there and table != VERSIONS}
        return [f"{number} in {table}" for table, number in counts.items() if number]

    try:
        return ", ".join(_looked_at(store.url, count))
    except sa.exc.DatabaseError as error:
        if store.engine != "sqlite" or "locked" in str(error):
            raise BackupError(f"{store.name}: {_where(store)} cannot be used ({str(error.orig).splitlines()[0]}); stop Ivy, start the database, or correct {store.setting}") from error
        return "it cannot be read"


def _ledger(records: Store) -> Optional[list[Approval]]:
    """The signatures that stand here now; None where there are none, or they cannot be read."""
    try:
        return _looked_at(records.url, all_rows) if _is_there(records) else None
    except sa.exc.SQLAlchemyError:
        return None


def _looked_over(made_at: str, conversations: Store, records: Store, newer: Optional[list[Approval]]) -> Restored:
    """Bring the records up to date, keep the signatures that were newer here, and read what is there."""
    def look(engine: sa.engine.Engine) -> tuple[int, int, list[str]]:
        upgrade(engine)
        carried, wrong = 0, []
        try:
            carried = take_in(engine, newer or [])
        except LedgerError as error:
            wrong = [f"the signatures that were here before were not kept: {line}" for line in str(error).splitlines()[:-1]]
        rows = all_rows(engine)
        return len(rows), carried, wrong + verify(rows)

    approvals, carried, wrong = _looked_at(records.url, look)
    with_events = sa.select(sa.func.count()).select_from(sa.table("events"))
    engine = open_conversations(str(conversations.url.render_as_string(hide_password=False)))
    try:
        with engine.connect() as connection:
            return Restored(made_at, connection.execute(with_events).scalar(), approvals, carried, tuple(wrong))
    finally:
        engine.dispose()


def _looked_at(url: sa.engine.URL, look):
    engine = sa.create_engine(url, future=True)
    try:
        return look(engine)
    finally:
        engine.dispose()


def _is_there(store: Store) -> bool:
    return store.engine != "sqlite" or store.file.exists()  # connecting would make the file


def _where(store: Store) -> str:
    return store.url.render_as_string(hide_password=True)
