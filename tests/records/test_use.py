"""How often items were said is counted without reading a word of a conversation."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import sqlalchemy as sa

from bot.records.use import times_said

NOW = datetime.now(timezone.utc)


def conversations(tmp_path, events):
    url = f"sqlite:///{tmp_path / 'conversations.db'}"
    engine = sa.create_engine(url, future=True)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, type_name TEXT, timestamp FLOAT, data TEXT)")
        for kind, ago, data in events:
            connection.execute(sa.text("INSERT INTO events (sender_id, type_name, timestamp, data) VALUES ('s', :kind, :at, :data)"),
                               {"kind": kind, "at": (NOW - ago).timestamp(), "data": json.dumps(data)})
    engine.dispose()
    return url


def test_replies_are_counted_by_item_within_the_time(tmp_path):
    greet, other = {"text": "Hello", "metadata": {"content": "voice/greet"}}, {"text": "?", "metadata": {}}
    url = conversations(tmp_path, [("bot", timedelta(1), greet), ("bot", timedelta(2), greet), ("bot", timedelta(40), greet), ("bot", timedelta(1), other),
                                   ("user", timedelta(1), {"text": "mine", "metadata": {"content": "voice/greet"}})])
    assert times_said(url, NOW - timedelta(30)) == {"voice/greet": 2}


def test_before_anybody_talked_nothing_was_said_and_no_file_is_made(tmp_path):
    assert times_said(f"sqlite:///{tmp_path / 'none.db'}", NOW) == {} and not (tmp_path / "none.db").exists()


def test_database_without_conversations_counts_nothing(tmp_path):
    sa.create_engine(f"sqlite:///{tmp_path / 'empty.db'}").connect().close()
    assert times_said(f"sqlite:///{tmp_path / 'empty.db'}", NOW) == {}
