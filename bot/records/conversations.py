"""What Ivy said in one conversation, from the database that Rasa keeps conversations in, without the patient's words.

Reads Rasa's `events` table (rasa/core/tracker_store.py, SQLTrackerStore.SQLEvent) without Rasa, and of the
patient's events nothing but their time. After the conversation was purged or forgotten there is nothing to read: that is meant."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Iterable, Iterator, Optional

import sqlalchemy as sa

from bot.records.archive import Said, as_said
from bot.records.database import BUSY_SECONDS
from bot.records.upgrading import RecordsError

LATE_SECONDS = 2.0  # after the patient's message; the guard answers in Rasa's place when that is 2.5 seconds old (bot/rasa/guard.py)

events = sa.table("events", sa.column("id"), sa.column("sender_id"), sa.column("type_name"), sa.column("timestamp"), sa.column("data"))


@dataclass(frozen=True)
class SaidAt:
    """One reply of a conversation. `at`: when (ISO, UTC); `said`: its words as the patient saw them, save that a
    line which repeats the patient's own is as it was written; `late`: it was ready so late that the guard may have
    answered in its place, and then the patient never saw it."""

    at: str
    said: Said
    late: bool = False


def said_in(url: str, conversation: str) -> list[SaidAt]:
    """Every reply of a conversation that is still kept, in order. Replies that the guard gave while Rasa was
    away are in no tracker: the escalation record has the time of those that were alerts, the archive their words.

    Raises RecordsError when the conversations cannot be read."""
    engine = open_conversations(url)
    of_the_bot = events.c.type_name == "bot"
    query = sa.select(events.c.timestamp, sa.case((of_the_bot, events.c.data)).label("data")).where(events.c.sender_id == conversation, of_the_bot | (events.c.type_name == "user")).order_by(events.c.id)
    try:
        with engine.connect() as connection:
            there = sa.inspect(connection).has_table(events.name)  # Rasa makes it with the first server
            found = [(row.timestamp, row.data and json.loads(row.data)) for row in connection.execute(query)] if there else []
    except sa.exc.SQLAlchemyError as error:
        where, why = engine.url.render_as_string(hide_password=True), str(getattr(error, "orig", error)).splitlines()[0]
        raise RecordsError(f"the conversations' database {where} cannot be read ({why}); start or repair it, or correct IVY_TRACKERS") from error
    finally:
        engine.dispose()
    return list(_replies(found))


def _replies(found: Iterable[tuple[float, Optional[dict]]]) -> Iterator[SaidAt]:
    """The replies among events: (time, event of the bot), or (time, None) for a message of the patient."""
    asked = None
    for at, event in found:
        if event is None:
            asked = at
        elif "content" in (event.get("metadata") or {}):
            words = {**event["metadata"], "text": event["text"], "buttons": (event.get("data") or {}).get("buttons")}
            yield SaidAt(_iso(at), as_said(words), asked is not None and at - asked > LATE_SECONDS)


def open_conversations(url: str) -> sa.engine.Engine:
    """An engine on Rasa's conversations that gives up after a second. Dispose of it after use."""
    options = {"timeout": BUSY_SECONDS} if url.startswith("sqlite") else {"connect_timeout": BUSY_SECONDS}
    return sa.create_engine(url, connect_args=options, future=True)


def _iso(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, timezone.utc).isoformat(timespec="seconds")
