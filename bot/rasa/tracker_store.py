"""Rasa's SQL tracker store, off the event loop, bounded in time, and able to forget."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, Coroutine, Optional, Text

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from bot.project import state_folder
from bot.records.database import BUSY_SECONDS


class TrackerDatabaseError(RuntimeError):
    """The conversations' database cannot be opened. Said at start, in place of Rasa's endless wait
    (rasa/core/tracker_store.py, `while True: ... sleep(5)`)."""


def tracker_url() -> str:
    """IVY_TRACKERS, or a SQLite file in the state folder."""
    return os.environ.get("IVY_TRACKERS") or f"sqlite:///{state_folder() / 'conversations.db'}"


class IvyTrackerStore(SQLTrackerStore):
    """Each call runs in a thread: a blocked event loop would answer nobody."""

    def __init__(self, domain: Optional[Domain] = None, host: Optional[Text] = None, event_broker: Optional[EventBroker] = None, **kwargs: Any) -> None:
        url = host or tracker_url()
        _must_open(url)
        super().__init__(domain=domain, host=url, event_broker=event_broker, **kwargs)
        self.engine.dispose()
        self.engine.hide_parameters = True  # Rasa logs the store's errors, and parameters are a patient's words and ids
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _patience)
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="trackers")

    async def save(self, tracker: DialogueStateTracker) -> None:
        await self._in_thread(lambda: _finished(SQLTrackerStore.save(self, tracker)))

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        return await self._in_thread(lambda: _finished(SQLTrackerStore.retrieve(self, sender_id)))

    async def forget(self, sender_id: Text) -> int:
        """Delete a conversation with all its words. Returns how many events were deleted."""
        return await self._in_thread(lambda: self._delete(self.SQLEvent.sender_id == sender_id))

    def purge(self, older_than_days: int) -> int:
        """Delete events older than so many days, of every conversation. Returns how many."""
        limit = datetime.now(timezone.utc) - timedelta(days=older_than_days)
        return self._delete(self.SQLEvent.timestamp < limit.timestamp())

    def _delete(self, which: Any) -> int:
        with self.engine.begin() as connection:
            deleted = connection.execute(sa.delete(self.SQLEvent.__table__).where(which)).rowcount
        if self.engine.dialect.name == "sqlite":  # what was deleted still stands in the write-ahead log
            with self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
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
    options = {"timeout": BUSY_SECONDS} if url.startswith("sqlite") else {"connect_timeout": BUSY_SECONDS}
    engine = sa.create_engine(url, connect_args=options)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else "SELECT 1")
    except sa.exc.SQLAlchemyError as error:
        where, why = engine.url.render_as_string(hide_password=True), str(getattr(error, "orig", error)).splitlines()[0]
        raise TrackerDatabaseError(f"the conversations' database {where} cannot be used ({why}); start or repair it, or correct IVY_TRACKERS") from error
    finally:
        engine.dispose()
