"""Conversations in PostgreSQL: nothing is lost when two servers write, a database that is away is waited for shortly, and comes back by itself."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa.tracker_database import INDEX
from bot.rasa.tracker_store import READERS, WRITERS, IvyTrackerStore


@pytest.fixture
def url(postgres_server):
    return postgres_server.address("conversations")


@pytest.fixture
def store(url):
    return IvyTrackerStore(Domain.empty(), url)


@pytest.fixture
def conversation(store):
    """A conversation that has begun."""
    name = f"web-{uuid4().hex}"
    asyncio.run(store.save(DialogueStateTracker.from_events(name, [SessionStarted(), ActionExecuted("action_listen"), UserUttered("first")])))
    return name


def words(store, conversation) -> list[str]:
    tracker = asyncio.run(store.retrieve(conversation))
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


async def add(store, tracker, text) -> None:
    tracker.update(UserUttered(text))
    await store.save(tracker)


def test_turns_that_two_servers_had_at_once_are_both_kept(url, store, conversation):
    """Their lock may fail while Redis is away; no word may be lost by it."""
    other = IvyTrackerStore(Domain.empty(), url)

    async def both():
        here, there = await store.retrieve(conversation), await other.retrieve(conversation)
        await add(store, here, "said here")
        await add(other, there, "said there")

    asyncio.run(both())
    assert words(store, conversation) == ["first", "said here", "said there"]


def test_turn_is_stored_once_however_often_it_is_saved(store, conversation):
    async def turn():
        tracker = await store.retrieve(conversation)
        await add(store, tracker, "second")
        await store.save(tracker)

    asyncio.run(turn())
    assert words(store, conversation) == ["first", "second"]


def test_words_said_after_a_clock_was_set_back_belong_to_the_conversation(store, conversation):
    async def turn():
        tracker = await store.retrieve(conversation)
        tracker.update(UserUttered("an hour earlier", timestamp=time.time() - 3600))
        await store.save(tracker)

    asyncio.run(turn())
    assert words(store, conversation) == ["first", "an hour earlier"]


def test_session_begins_with_its_last_start(store, conversation):
    async def turn():
        tracker = await store.retrieve(conversation)
        tracker.update(SessionStarted())
        await add(store, tracker, "a new session")

    asyncio.run(turn())
    assert words(store, conversation) == ["a new session"]


def test_two_servers_that_start_at_once_make_the_index_once(postgres_server):
    engine = sa.create_engine(postgres_server.address("postgres"), isolation_level="AUTOCOMMIT")
    name = f"fresh{uuid4().hex[:8]}"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    with ThreadPoolExecutor() as pool:
        stores = list(pool.map(lambda _: IvyTrackerStore(Domain.empty(), postgres_server.address(name)), range(4)))
    indexes = {index["name"]: index["column_names"] for index in sa.inspect(stores[0].engine).get_indexes("events")}
    assert indexes[INDEX] == ["sender_id", "type_name", "timestamp"]
    for store in stores:
        store.engine.dispose()


def test_finding_the_session_does_not_read_the_whole_table(store):
    """With ten thousand other conversations in it."""
    table, rows = store.SQLEvent.__table__, 60_000
    with store.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")  # so many rows may take longer than a turn's statement may
        connection.execute(sa.text("INSERT INTO events (sender_id, type_name, timestamp, data) SELECT 'other-' || n % 10000, CASE WHEN n < 10000 THEN 'session_started' ELSE 'user' END, n, '{}' "
                                   f"FROM generate_series(0, {rows}) n"))
        connection.exec_driver_sql("ANALYZE events")
    with store.sessionmaker() as session:
        query = store._event_query(session, "other-77", False).statement.compile(dialect=store.engine.dialect, compile_kwargs={"literal_binds": True})
        plan = "\n".join(row[0] for row in session.execute(sa.text(f"EXPLAIN {query}")))
    assert "Seq Scan" not in plan and INDEX in plan, plan
    with store.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.execute(sa.delete(table).where(table.c.sender_id.like("other-%")))


def test_connections_are_as_many_as_are_used_at_a_time(store):
    assert store.engine.pool.size() == READERS + WRITERS and store.engine.pool._max_overflow == 1


def test_database_that_is_away_fails_soon_and_comes_back_by_itself(postgres_server, store, conversation):
    postgres_server.stop()
    try:
        began = time.monotonic()
        with pytest.raises(sa.exc.OperationalError):
            asyncio.run(store.retrieve(conversation))
        assert time.monotonic() - began < 2.5
    finally:
        postgres_server.start()
    assert words(store, conversation) == ["first"]


def test_turn_that_could_not_read_its_conversation_is_not_written_into_it(postgres_server, store, conversation):
    async def turn():
        try:
            await store.retrieve(conversation)
        except sa.exc.OperationalError:
            postgres_server.start()
        stranger = DialogueStateTracker.from_events(conversation, [SessionStarted(), UserUttered("as if nothing had been said before")])
        await store.save(stranger)

    postgres_server.stop()
    asyncio.run(turn())
    assert words(store, conversation) == ["first"]


def test_save_that_fails_keeps_no_words_in_memory(postgres_server, store, conversation):
    """Rasa's wrapper would put them into a store in memory that nothing reads or purges."""
    from rasa.core.tracker_store import FailSafeTrackerStore

    safe = FailSafeTrackerStore(store)

    async def turn():
        tracker = await safe.retrieve(conversation)
        postgres_server.stop()
        await add(safe, tracker, "said in vain")

    try:
        asyncio.run(turn())
    finally:
        postgres_server.start()
    assert safe._fallback_tracker_store is None and words(store, conversation) == ["first"]
