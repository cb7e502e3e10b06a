"""Alerts on their way into the records: one small file each in the state folder, flushed to the disk.

An alert is written here before its safety message leaves, which waits half a second for it at the most, and the file is
deleted once the records have it.
What is left is written into the records when they are back (bot/records/dispatch.py)."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Iterator, Mapping

import structlog

from bot.project import state_folder
from bot.release.tarball import flush_folder

COLUMNS = frozenset({"message_id", "at", "tier", "signs", "content", "channel", "said_by"})  # of the escalations' table
log = structlog.get_logger()


def folder() -> Path:
    """Where the files lie. Raises OSError when the folder cannot be made."""
    path = state_folder() / "escalations"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def keep(row: Mapping[str, str]) -> bool:
    """Write an alert durably. The same alert twice is one file. False, logged, when this disk takes nothing."""
    try:
        _write(folder(), f"{row['message_id']}.json", json.dumps(dict(row)).encode())
        return True
    except OSError as error:
        log.error("escalation_not_journalled", error=type(error).__name__)
        return False


def drop(message_id: str) -> None:
    """The records have it."""
    try:
        (folder() / f"{message_id}.json").unlink(missing_ok=True)
    except OSError as error:  # written again later, which changes nothing
        log.warning("journal_not_cleared", error=type(error).__name__)


def waiting() -> Iterator[dict]:
    """Every alert that the records do not have yet, oldest first. What cannot be read is set aside, logged, under another name."""
    for path in sorted(folder().glob("*.json"), key=_age):
        try:
            row = json.loads(path.read_bytes())
            if not isinstance(row, dict) or set(row) != COLUMNS or row["message_id"] != path.stem:
                raise ValueError("no alert")
            yield row
        except FileNotFoundError:
            continue  # another process was quicker
        except ValueError:
            set_aside(path.stem)


def set_aside(message_id: str) -> None:
    """Keep an alert that can never be written out of the others' way; logged, for its operator to look at."""
    path = folder() / f"{message_id}.json"
    path.rename(path.with_suffix(".unreadable"))
    log.error("escalation_set_aside", file=path.with_suffix(".unreadable").name)


def count() -> int:
    """How many alerts the records do not have yet."""
    return sum(1 for _ in folder().glob("*.json"))


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _write(where: Path, name: str, content: bytes) -> None:
    """All of it or nothing, on the disk when this returns."""
    handle, temporary = tempfile.mkstemp(dir=where, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, where / name)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    flush_folder(where)
