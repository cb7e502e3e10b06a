"""The record that a warning sign was met: time, tier, signs, content, channel. No words, no person."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Iterator, Mapping, Optional, Sequence

import sqlalchemy as sa
import structlog

from bot.records import journal
from bot.records.database import metadata, records
from bot.records.notices import read_settings
from bot.records.outbox import enqueue

RECORD_PATIENCE = 0.5  # seconds that a safety message waits for its record at the most
log = structlog.get_logger()
_threads = ThreadPoolExecutor(16, thread_name_prefix="escalations")
WRITERS = 4  # records that hang must leave threads that write to the disk
_writers = threading.BoundedSemaphore(WRITERS)
_rehearsing: ContextVar[bool] = ContextVar("rehearsing", default=False)

escalations = sa.Table(
    "escalations",
    metadata,
    sa.Column("message_id", sa.String(64), primary_key=True),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("tier", sa.String(16), nullable=False),
    sa.Column("signs", sa.String(400), nullable=False),
    sa.Column("content", sa.String(120), nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("said_by", sa.String(16), nullable=False),
)


def record_escalation(engine: sa.engine.Engine, message_id: str, tier: str, signs: Sequence[str], content: str, channel: str, said_by: str) -> bool:
    """Write one escalation. The message's id is the idempotency key: the action and the guard may both
    call this, the first wins. It is kept as a hash, because channels build it from the conversation's id
    and from what the client sends. Returns whether this call wrote it."""
    return write_escalation(engine, _row(message_id, tier, signs, content, channel, said_by))


def write_escalation(engine: sa.engine.Engine, row: Mapping[str, str]) -> bool:
    """Write a row as the journal has it, with its notices to the clinic, both or neither. Returns whether it was new."""
    try:
        with engine.begin() as connection:
            connection.execute(escalations.insert().values(**row))
            enqueue(connection, row, read_settings().ways)
    except sa.exc.IntegrityError:
        return False
    return True


def note_escalation(message_id: str, tier: str, signs: Sequence[str], content: str, channel: Optional[str], said_by: str) -> bool:
    """Record an alert in this installation's records without ever failing the reply: on the disk first, then in the
    database; what that does not take now it gets later. Returns whether this call wrote it into the database."""
    if _rehearsing.get() or tier not in ("urgent", "emergency"):
        return False
    row = _row(message_id, tier, signs, content, channel or "", said_by)
    journal.keep(row)
    if not _writers.acquire(blocking=False):
        return False
    try:
        engine = records()
        wrote = engine is not None and write_escalation(engine, row)
        if engine is not None:
            journal.drop(row["message_id"])
        return wrote
    except Exception as error:  # noqa: BLE001 - the patient's reply waits behind this
        log.error("escalation_not_recorded", error=type(error).__name__)
        return False
    finally:
        _writers.release()


async def note_before_reply(message_id: str, tier: str, signs: Sequence[str], content: str, channel: Optional[str], said_by: str, patience: float = RECORD_PATIENCE) -> None:
    """`note_escalation`, for the reply that tells the patient: waits until it is done, but not longer than `patience`
    seconds. What takes longer goes on behind the reply."""
    noting = partial(copy_context().run, note_escalation, message_id, tier, signs, content, channel, said_by)
    await asyncio.wait({asyncio.get_running_loop().run_in_executor(_threads, noting)}, timeout=patience)


def count_escalations(engine: sa.engine.Engine) -> int:
    """How many alerts are on record."""
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(escalations)).scalar()


@contextmanager
def rehearsal() -> Iterator[None]:
    """Within it an alert is tried out and nobody's: nothing is recorded. Tasks and threads begun within it are within it too."""
    before = _rehearsing.set(True)
    try:
        yield
    finally:
        _rehearsing.reset(before)


def purge_escalations(engine: sa.engine.Engine, older_than_days: int) -> int:
    """Delete escalations older than so many days. Returns how many."""
    limit = (_now() - timedelta(days=older_than_days)).isoformat(timespec="seconds")
    with engine.begin() as connection:
        return connection.execute(escalations.delete().where(escalations.c.at < limit)).rowcount


def _row(message_id: str, tier: str, signs: Sequence[str], content: str, channel: str, said_by: str) -> dict[str, str]:
    return {"message_id": hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest(), "at": _now().isoformat(timespec="seconds"),
            "tier": tier, "signs": " ".join(signs)[:400], "content": content, "channel": channel, "said_by": said_by}


def _now() -> datetime:
    return datetime.now(timezone.utc)
