"""How often each content item was said: counts from Rasa's conversations, never a word of them.

The database itself counts: reads Rasa's `events` table (rasa/core/tracker_store.py, SQLTrackerStore.SQLEvent), where
a reply of the bot carries its content id in the metadata. Conversations that were purged or forgotten count no more."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Mapping

import sqlalchemy as sa

from bot.records.conversations import events, open_conversations


def times_said(url: str, since: datetime) -> Mapping[str, int]:
    """How often each content id was said since a moment (with time zone); empty when nobody has talked to Ivy yet.

    Raises sqlalchemy.exc.SQLAlchemyError when the conversations cannot be read."""
    address = sa.engine.make_url(url)
    if address.get_backend_name() == "sqlite" and address.database and not Path(address.database).exists():
        return {}  # connecting would make the file
    engine = open_conversations(url)
    try:
        with engine.connect() as connection:
            if not sa.inspect(connection).has_table("events"):
                return {}
            content = _content(connection.dialect.name)
            query = sa.select(content, sa.func.count()).where(events.c.type_name == "bot", events.c.timestamp >= since.timestamp(), content.isnot(None))
            return {item: count for item, count in connection.execute(query.group_by(content))}
    finally:
        engine.dispose()


def _content(dialect: str) -> sa.sql.ColumnElement:
    """The content id within an event's JSON text."""
    if dialect == "postgresql":
        return sa.cast(events.c.data, sa.JSON)["metadata"]["content"].as_string()
    return sa.func.json_extract(events.c.data, "$.metadata.content")
