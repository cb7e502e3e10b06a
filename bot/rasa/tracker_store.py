"""Rasa's SQL tracker store, off the event loop, bounded in time, and able to forget."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import Any, Callable, Coroutine, Iterator, Optional, Sequence, Text

import sqlalchemy as sa
import structlog
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.orm import Query, Session, sessionmaker

from bot.records.database import BUSY_SECONDS, engine_options, tracker_url
from bot.records.upgrading import one_at_a_time

THREADS = 4  # calls at a time, and connections: a worker has one event loop, and a call takes about a millisecond
STATEMENT_SECONDS = 2
RECENT = 50  # events that a turn reads, about eight turns; the slots remember what is older
INDEX = "events_of_a_conversation"
#: Whether this turn began without its conversation, because it could not be read.
_unread: ContextVar[bool] = ContextVar("unread", default=False)

log = structlog.get_logger()


class TrackerDatabaseError(RuntimeError):
    """The conversations' database cannot be opened. Said at start, in place of Rasa's endless wait
    (rasa/core/tracker_store.py, `while True: ... sleep(5)`)."""


class IvyTrackerStore(SQLTrackerStore):
    """Each call runs in a thread: a blocked event loop would answer nobody."""

    def __init__(self, domain: Optional[Domain] = None, host: Optional[Text] = None, event_broker: Optional[EventBroker] = None, **kwargs: Any) -> None:
        url = host or tracker_url()
        _must_open(url)
        super().__init__(domain=domain, host=url, event_broker=event_broker, **kwargs)
        self.engine.dispose()  # Rasa's pool has 50 connections and 100 more, and waits without end for each
        self.engine = sa.create_engine(url, **engine_options(url, THREADS, STATEMENT_SECONDS))
        self.sessionmaker = sessionmaker(bind=self.engine)
        self.engine.hide_parameters = True  # Rasa logs the store's errors, and parameters are a patient's words and ids
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _patience)
        _add_index(url)
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="trackers")

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write what is new. A turn that did not know its conversation is not written: it would be taken for the
        conversation's next lines. What cannot be written is logged, and not kept where nothing reads it, as Rasa
        would (FailSafeTrackerStore)."""
        if _unread.get():
            return log.warning("turn_not_saved", why="its conversation could not be read")
        try:
            await self._in_thread(lambda: _finished(SQLTrackerStore.save(self, tracker)))
        except Exception as error:  # noqa: BLE001 - any database, any failure
            log.error("turn_not_saved", why=type(error).__name__)

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        _unread.set(True)
        tracker = await self._in_thread(lambda: _finished(SQLTrackerStore.retrieve(self, sender_id)))
        _unread.set(False)
        return tracker

    async def _retrieve(self, sender_id: Text, fetch_events_from_all_sessions: bool) -> Optional[DialogueStateTracker]:
        if fetch_events_from_all_sessions:
            return await super()._retrieve(sender_id, fetch_events_from_all_sessions)
        with self.session_scope() as session:
            events = [json.loads(event.data) for event in self._recent(session, sender_id)]
        if not events:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        tracker.stored_events = len(tracker.events)
        return tracker

    def _recent(self, session: Session, sender_id: Text) -> Sequence[SQLTrackerStore.SQLEvent]:
        """The last events of a session and what its slots were before. All of it would make each turn dearer than the
        one before: Rasa plays every event again, several times a turn."""
        event, query = self.SQLEvent, self._event_query(session, sender_id, False)
        newest = query.order_by(None).order_by(event.id.desc()).limit(RECENT).all()[::-1]
        if len(newest) < RECENT:
            return newest
        turn = next((place for place, one in enumerate(newest) if one.action_name == ACTION_LISTEN_NAME), 0)
        last = query.order_by(None).filter(event.type_name == SlotSet.type_name, event.id < newest[turn].id).with_entities(sa.func.max(event.id)).group_by(event.action_name)
        slots = session.query(event).filter(event.id.in_([row[0] for row in last])).order_by(event.id).all()
        return [*slots, *newest[turn:]]

    def _additional_events(self, session: Session, tracker: DialogueStateTracker) -> Iterator[Event]:
        """What was added since the tracker was read or saved. Rasa counts what is stored instead, on each save, and so
        drops as many of a turn's events as another server has stored in the meantime."""
        stored, tracker.stored_events = getattr(tracker, "stored_events", 0), len(tracker.events)
        return islice(tracker.events, stored, None)

    async def retrieve_full_tracker(self, conversation_id: Text) -> Optional[DialogueStateTracker]:
        return await self._in_thread(lambda: _finished(SQLTrackerStore.retrieve_full_tracker(self, conversation_id)))

    async def forget(self, sender_id: Text) -> int:
        """Delete a conversation with all its words. Returns how many events were deleted."""
        return await self._in_thread(lambda: self._delete(self.SQLEvent.sender_id == sender_id))

    def purge(self, older_than_days: int) -> int:
        """Delete events older than so many days, of every conversation. Returns how many."""
        limit = datetime.now(timezone.utc) - timedelta(days=older_than_days)
        return self._delete(self.SQLEvent.timestamp < limit.timestamp())

    def _event_query(self, session: Session, sender_id: Text, fetch_events_from_all_sessions: bool) -> Query:
        """The events of a conversation, or of its last session. By id, where Rasa goes by the time: what is said after
        a clock was set back, or by a server whose clock is late, would not belong to the session."""
        event = self.SQLEvent
        query = session.query(event).filter(event.sender_id == sender_id)
        if not fetch_events_from_all_sessions:
            began = session.query(sa.func.max(event.id)).filter(event.sender_id == sender_id, event.type_name == SessionStarted.type_name)
            query = query.filter(event.id >= sa.func.coalesce(began.scalar_subquery(), 0))
        return query.order_by(event.id)

    def _delete(self, which: Any) -> int:
        with self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")  # a month of conversations takes its time
            deleted = connection.execute(sa.delete(self.SQLEvent.__table__).where(which)).rowcount
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as connection:  # what was deleted still stands in the write-ahead log
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            if busy:  # no error for SQLite (https://www.sqlite.org/pragma.html#pragma_wal_checkpoint)
                log.error("deleted_words_stay_in_the_log", why="somebody reads the database", until="the next deletion or daily purge")
        return deleted

    async def _in_thread(self, call: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


def _finished(coroutine: Coroutine) -> Any:
    """The result of one of Rasa's `async` store methods, none of which ever waits for the loop."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise RuntimeError("a tracker store method waited for the event loop; it must run there")


def _patience(connection: Any, _record: Any) -> None:
    connection.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA secure_delete=ON")  # overwrite what is deleted


def _must_open(url: str) -> None:
    engine = sa.create_engine(url, **engine_options(url, 1))
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else "SELECT 1")
    except sa.exc.SQLAlchemyError as error:
        where, why = engine.url.render_as_string(hide_password=True), str(getattr(error, "orig", error)).splitlines()[0]
        raise TrackerDatabaseError(f"the conversations' database {where} cannot be used ({why}); start or repair it, or correct IVY_TRACKERS") from error
    finally:
        engine.dispose()


def _add_index(url: str) -> None:
    """An index that Rasa does not make: without it, finding where a session began reads the whole conversation."""
    engine = sa.create_engine(url, future=True, **engine_options(url, 1))
    try:
        with engine.connect() as connection, one_at_a_time(connection):
            connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {INDEX} ON events (sender_id, type_name, timestamp)")
    finally:
        engine.dispose()
