"""Rasa's SQL tracker store, off the event loop, bounded in time, and able to forget."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import Any, Callable, Coroutine, Optional, Sequence, Text
from weakref import WeakValueDictionary

import sqlalchemy as sa
import structlog
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.orm import Query, Session, sessionmaker

from bot.rasa.tracker_database import must_open, open_trackers, set_up
from bot.records.database import tracker_url

#: Calls at a time: a worker has one event loop, and a call takes about a millisecond. Who reads does not wait for a disk that is slow to write.
READERS, WRITERS = 2, 2
RECENT = 50  # events that a turn reads, about eight turns; the slots remember what is older
#: Whether this turn began without its conversation, because it could not be read.
_unread: ContextVar[bool] = ContextVar("unread", default=False)

log = structlog.get_logger()


@dataclass(frozen=True)
class Statements:
    """What a turn asks of the table of events, worked out once: doing so at each turn took a third of its time. Columns, not
    the mapped class, which costs more. All ask of one conversation, `sender_id`, and of its last session."""

    newest: sa.sql.Select        # its last events, newest first
    slots_before: sa.sql.Select  # the last value of each slot before an event, `id`
    last_slot: sa.sql.Select     # when its last event was, and the event that set a slot, `name`
    insert: sa.sql.Insert

    @classmethod
    def on(cls, table: sa.Table) -> "Statements":
        event, session = table.c, _of_session(table)
        columns = sa.select(event.id, event.action_name, event.data)
        is_slot = sa.and_(session, event.type_name == SlotSet.type_name)
        last_of_each = sa.select(sa.func.max(event.id)).where(is_slot, event.id < sa.bindparam("id")).group_by(event.action_name)
        slot = sa.select(event.data).where(is_slot, event.action_name == sa.bindparam("name")).order_by(event.id.desc()).limit(1)
        return cls(
            columns.where(session).order_by(event.id.desc()).limit(RECENT),
            columns.where(event.id.in_(last_of_each)).order_by(event.id),
            sa.select(event.timestamp, slot.scalar_subquery()).where(session).order_by(event.id.desc()).limit(1),
            table.insert(),
        )


class IvyTrackerStore(SQLTrackerStore):
    """Each call runs in a thread: a blocked event loop would answer nobody."""

    def __init__(self, domain: Optional[Domain] = None, host: Optional[Text] = None, event_broker: Optional[EventBroker] = None, **kwargs: Any) -> None:
        url = host or tracker_url()
        must_open(url)
        super().__init__(domain=domain, host=url, event_broker=event_broker, **kwargs)
        self.engine.dispose()  # Rasa's pool has 50 connections and 100 more, and waits without end for each
        self.engine = open_trackers(url, READERS + WRITERS)
        self.sessionmaker = sessionmaker(bind=self.engine)
        self._statements = Statements.on(self.SQLEvent.__table__)
        self.engine.hide_parameters = True  # Rasa logs the store's errors, and parameters are a patient's words and ids
        set_up(url)
        self._readers, self._writers = ThreadPoolExecutor(READERS, thread_name_prefix="trackers"), ThreadPoolExecutor(WRITERS, thread_name_prefix="trackers-write")
        self._writing: WeakValueDictionary[Text, asyncio.Future] = WeakValueDictionary()  # of conversations: a patient has the answer before

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write what is new. A turn that did not know its conversation is not written: it would be taken for the
        conversation's next lines. What cannot be written is logged, and not kept where nothing reads it, as Rasa
        would (FailSafeTrackerStore)."""
        if _unread.get():
            return log.warning("turn_not_saved", why="its conversation could not be read")
        try:
            await self.stream_events(tracker)
            self._writing[tracker.sender_id] = writing = self._in_thread(lambda: self._write(tracker), self._writers)
            await writing
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
        with self.engine.connect() as connection:
            events = [json.loads(row.data) for row in self._recent(connection, sender_id)]
        if not events:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        tracker.stored_events = len(tracker.events)
        return tracker

    def _recent(self, connection: sa.engine.Connection, sender_id: Text) -> Sequence[sa.engine.Row]:
        """The last events of a session and what its slots were before. All of it would make each turn dearer than the
        one before: Rasa plays every event again, several times a turn."""
        newest = connection.execute(self._statements.newest, {"sender_id": sender_id}).all()[::-1]
        if len(newest) < RECENT:
            return newest
        turn = next((place for place, one in enumerate(newest) if one.action_name == ACTION_LISTEN_NAME), 0)
        return [*connection.execute(self._statements.slots_before, {"sender_id": sender_id, "id": newest[turn].id}), *newest[turn:]]

    async def last_slot(self, sender_id: Text, name: Text) -> Optional[tuple[float, Any]]:
        """When a conversation's last event was (epoch), and what a slot held then; None where nothing was said.
        Its cost does not grow with the conversation."""
        return await self._in_thread(lambda: self._last_slot(sender_id, name))

    def _last_slot(self, sender_id: Text, name: Text) -> Optional[tuple[float, Any]]:
        with self.engine.connect() as connection:
            last = connection.execute(self._statements.last_slot, {"sender_id": sender_id, "name": name}).first()
        return last and (last[0], json.loads(last[1])["value"] if last[1] else None)

    def _write(self, tracker: DialogueStateTracker) -> None:
        """Write what was added since the tracker was read or saved, as Rasa's own `save` would, in one statement. Rasa counts
        what is stored instead, on each save, and so drops as many of a turn's events as another server has stored meanwhile."""
        stored, tracker.stored_events = getattr(tracker, "stored_events", 0), len(tracker.events)
        rows = [self._row(tracker.sender_id, event) for event in islice(tracker.events, stored, None)]
        if rows:
            with self.engine.begin() as connection:
                connection.execute(self._statements.insert, rows)

    def _row(self, sender_id: Text, event: Event) -> dict[Text, Any]:
        data = event.as_dict()
        return {"sender_id": sender_id, "type_name": event.type_name, "timestamp": data.get("timestamp"), "action_name": data.get("name"),
                "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"), "data": json.dumps(data)}

    async def retrieve_full_tracker(self, conversation_id: Text) -> Optional[DialogueStateTracker]:
        """All that was said, also what is just being written."""
        if writing := self._writing.get(conversation_id):
            await asyncio.wait({writing})
        return await self._in_thread(lambda: _finished(SQLTrackerStore.retrieve_full_tracker(self, conversation_id)))

    async def forget(self, sender_id: Text) -> int:
        """Delete a conversation with all its words. Returns how many events were deleted."""
        return await self._in_thread(lambda: self._delete(self.SQLEvent.sender_id == sender_id), self._writers)

    def purge(self, older_than_days: int) -> int:
        """Delete events older than so many days, of every conversation. Returns how many."""
        limit = datetime.now(timezone.utc) - timedelta(days=older_than_days)
        return self._delete(self.SQLEvent.timestamp < limit.timestamp())

    def close(self) -> None:
        """Close what is open now. The last to close a SQLite file leaves it whole, without a log beside it."""
        self.engine.dispose()

    def _event_query(self, session: Session, sender_id: Text, fetch_events_from_all_sessions: bool) -> Query:
        """The events of a conversation, or of its last session."""
        if fetch_events_from_all_sessions:
            which = self.SQLEvent.sender_id == sender_id
        else:
            which = _of_session(self.SQLEvent.__table__).params(sender_id=sender_id)
        return session.query(self.SQLEvent).filter(which).order_by(self.SQLEvent.id)

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

    def _in_thread(self, call: Callable[[], Any], threads: Optional[ThreadPoolExecutor] = None) -> asyncio.Future:
        return asyncio.get_running_loop().run_in_executor(threads or self._readers, call)


def _of_session(table: sa.Table) -> Any:
    """Which events are of the last session of a conversation, `sender_id`. By id, where Rasa goes by the time: what is said
    after a clock was set back, or by a server whose clock is late, would not belong to the session."""
    event, other, sender_id = table.c, table.alias().c, sa.bindparam("sender_id")
    began = sa.select(sa.func.max(other.id)).where(other.sender_id == sender_id, other.type_name == SessionStarted.type_name)
    return sa.and_(event.sender_id == sender_id, event.id >= sa.func.coalesce(began.scalar_subquery(), 0))


def _finished(coroutine: Coroutine) -> Any:
    """The result of one of Rasa's `async` store methods, none of which ever waits for the loop."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise RuntimeError("a tracker store method waited for the event loop; it must run there")
