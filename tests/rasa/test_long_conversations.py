"""A conversation that goes on for long: what a turn reads of it stays as much, and nothing that it must remember is lost."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered

from bot.rasa.tracker_store import RECENT, IvyTrackerStore

NAME = "web-long"


@pytest.fixture
def store(tmp_path):
    domain = Domain.from_dict({"slots": {"safety": {"type": "any", "mappings": [{"type": "custom"}]}, "list": {"type": "any", "mappings": [{"type": "custom"}]}}})
    return IvyTrackerStore(domain, f"sqlite:///{tmp_path / 'c.db'}")


async def talk(store, turns: int, first: int = 0) -> None:
    """So many turns, each saved by itself, as a server saves them. The first sets both slots, later ones the first."""
    for number in range(first, first + turns):
        tracker = await store.get_or_create_tracker(NAME, append_action_listen=False)
        if number == 0:
            for event in (ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen"), SlotSet("list", ["said in the first turn"])):
                tracker.update(event)
        for event in (UserUttered(f"words {number}"), SlotSet("safety", {"turn": number}), ActionExecuted("utter_x"), BotUttered(f"reply {number}"), ActionExecuted("action_listen")):
            tracker.update(event)
        await store.save(tracker)


def words(tracker) -> list[str]:
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def test_turn_reads_as_much_after_a_hundred_turns_as_after_twenty(store):
    async def lengths():
        await talk(store, 20)
        after_twenty = len((await store.retrieve(NAME)).events)
        await talk(store, 80, first=20)
        return after_twenty, len((await store.retrieve(NAME)).events)

    after_twenty, after_hundred = asyncio.run(lengths())
    assert after_hundred == after_twenty <= RECENT + 2


def test_slots_hold_what_was_said_long_ago(store):
    async def read():
        await talk(store, 60)
        return await store.retrieve(NAME)

    tracker = asyncio.run(read())
    assert tracker.get_slot("list") == ["said in the first turn"] and tracker.get_slot("safety") == {"turn": 59}
    assert words(tracker)[-1] == "words 59" and tracker.latest_action_name == "action_listen"


def test_what_is_read_begins_with_a_whole_turn(store):
    async def read():
        await talk(store, 60)
        return await store.retrieve(NAME)

    events = [event for event in asyncio.run(read()).events if not isinstance(event, SlotSet)]
    assert events[0] == ActionExecuted("action_listen") and isinstance(events[1], UserUttered)


def test_every_word_is_stored_once_and_shown_after_a_reload(store):
    async def read():
        await talk(store, 60)
        return await store.retrieve_full_tracker(NAME)

    assert words(asyncio.run(read())) == [f"words {number}" for number in range(60)]


def test_short_conversation_is_read_whole(store):
    async def read():
        await talk(store, 5)
        return await store.retrieve(NAME)

    tracker = asyncio.run(read())
    assert words(tracker) == [f"words {number}" for number in range(5)] and isinstance(tracker.events[0], SessionStarted)


def test_new_session_begins_without_the_old_ones_words(store):
    async def read():
        await talk(store, 30)
        tracker = await store.retrieve(NAME)
        for event in (SessionStarted(), ActionExecuted("action_listen"), UserUttered("a new day"), ActionExecuted("action_listen")):
            tracker.update(event)
        await store.save(tracker)
        return await store.retrieve(NAME)

    assert words(asyncio.run(read())) == ["a new day"]


def test_slot_read_by_itself_is_what_the_whole_conversation_holds(store):
    async def read():
        await talk(store, 60)
        return await store.last_slot(NAME, "safety"), await store.last_slot(NAME, "never set"), await store.retrieve(NAME)

    safety, unset, tracker = asyncio.run(read())
    assert safety == (tracker.events[-1].timestamp, tracker.get_slot("safety")) and unset == (safety[0], None)


def test_slot_of_a_conversation_that_never_was_is_nothing(store):
    assert asyncio.run(store.last_slot("web-nobody", "safety")) is None


def test_slot_of_the_old_session_is_gone_in_the_new_one(store):
    async def read():
        await talk(store, 3)
        tracker = await store.retrieve(NAME)
        tracker.update(SessionStarted())
        await store.save(tracker)
        return await store.last_slot(NAME, "safety")

    assert asyncio.run(read())[1] is None


@pytest.fixture
def careless_sqlite():
    """Many builds of SQLite leave deleted words in the file unless told otherwise."""
    def off(connection, _record):
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA secure_delete=OFF")

    sa.event.listen(sa.pool.Pool, "connect", off)
    yield
    sa.event.remove(sa.pool.Pool, "connect", off)


def test_every_connection_overwrites_what_is_deleted(careless_sqlite, store):
    """Also one that only adds: a page that is split keeps copies of the rows that move."""
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1


def test_database_keeps_its_write_ahead_log(store):
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
