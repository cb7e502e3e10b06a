"""The record that a warning sign was met: time, tier, signs, content, channel. No words, no person."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone
from typing import Optional, Sequence

import sqlalchemy as sa
import structlog

from bot.records.database import metadata, records

log = structlog.get_logger()

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
    row = {"message_id": hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest(), "at": _now().isoformat(timespec="seconds"),
           "tier": tier, "signs": " ".join(signs)[:400], "content": content, "channel": channel, "said_by": said_by}
    try:
        with engine.begin() as connection:
            connection.execute(escalations.insert().values(**row))
    except sa.exc.IntegrityError:
        return False
    return True


def note_escalation(message_id: str, tier: str, signs: Sequence[str], content: str, channel: Optional[str], said_by: str) -> bool:
    """Record an alert in this installation's records without ever failing the reply. Returns whether this call wrote it."""
    try:
        engine = records() if tier in ("urgent", "emergency") else None
        return engine is not None and record_escalation(engine, message_id, tier, signs, content, channel or "", said_by)
    except Exception as error:  # noqa: BLE001 - the patient's reply waits behind this
        log.error("escalation_not_recorded", error=type(error).__name__)
        return False


def purge_escalations(engine: sa.engine.Engine, older_than_days: int) -> int:
    """Delete escalations older than so many days. Returns how many."""
    limit = (_now() - timedelta(days=older_than_days)).isoformat(timespec="seconds")
    with engine.begin() as connection:
        return connection.execute(escalations.delete().where(escalations.c.at < limit)).rowcount


def _now() -> datetime:
    return datetime.now(timezone.utc)
