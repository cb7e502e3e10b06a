"""The database of conversations: how it is opened, and made ready for Rasa's table of events."""

from __future__ import annotations

import os
from typing import Any, Optional

import sqlalchemy as sa
from sqlalchemy.pool import QueuePool

from bot.records.database import engine_options, pool_options, write_ahead
from bot.records.upgrading import one_at_a_time

STATEMENT_SECONDS = 2
INDEX = "events_of_a_conversation"


class TrackerDatabaseError(RuntimeError):
    """The conversations' database cannot be opened. Said at start, in place of Rasa's endless wait
    (rasa/core/tracker_store.py, `while True: ... sleep(5)`)."""


def open_trackers(url: str, connections: int) -> sa.engine.Engine:
    """An engine whose connections stay open, also to a SQLite file: to open it anew for each call, as SQLAlchemy 1.4
    would, took three quarters of a turn's time at the database."""
    options = engine_options(url, connections, STATEMENT_SECONDS)
    if not url.startswith("sqlite"):
        return sa.create_engine(url, **options)
    options["connect_args"]["check_same_thread"] = False  # one thread at a time has it
    engine = sa.create_engine(url, poolclass=QueuePool, **pool_options(connections), **options)
    _stay_with_the_file(engine)
    sa.event.listen(engine, "connect", _set_pragmas)
    return engine


def _stay_with_the_file(engine: sa.engine.Engine) -> None:
    """Have a connection replaced when its file was: SQLite would go on writing to the one that is no longer there. A file is put
    in its place whole by `ivy restore FILE`; who does so by hand moves its -wal and -shm away too."""
    path = engine.url.database and os.path.abspath(engine.url.database)

    def there() -> Optional[tuple[int, int]]:
        try:
            found = os.stat(path or "")
            return found.st_dev, found.st_ino
        except OSError:
            return None

    @sa.event.listens_for(engine, "do_connect")
    def opening(_dialect: Any, record: Any, _arguments: Any, _options: Any) -> None:
        record.info["file"] = there()

    @sa.event.listens_for(engine, "checkout")
    def taken(_connection: Any, record: Any, _proxy: Any) -> None:
        if record.info["file"] != there():
            raise sa.exc.DisconnectionError("another file is in the place of the database")


def _set_pragmas(connection: Any, _record: Any) -> None:
    """Have SQLite overwrite what is deleted; also where only rows are added, because a page that is split keeps copies of those that
    move. And not wait for the disk at each turn: when the machine fails or loses power, the last turns may be lost, not when
    Ivy does (https://www.sqlite.org/pragma.html#pragma_synchronous). Alerts have a journal of their own, and a deletion waits for the disk when it empties the log."""
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("PRAGMA synchronous=NORMAL")


def must_open(url: str) -> None:
    """Raises TrackerDatabaseError naming the database, why it cannot be used, and the repair."""
    engine = sa.create_engine(url, **engine_options(url, 1))
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else "SELECT 1")
    except sa.exc.SQLAlchemyError as error:
        where, why = engine.url.render_as_string(hide_password=True), str(getattr(error, "orig", error)).splitlines()[0]
        raise TrackerDatabaseError(f"the conversations' database {where} cannot be used ({why}); start or repair it, or correct IVY_TRACKERS") from error
    finally:
        engine.dispose()


def set_up(url: str) -> None:
    """An index that Rasa does not make: without it, finding where a session began reads the whole conversation. And SQLite's
    write-ahead log, which the file itself remembers: readers and a writer do not wait for each other."""
    engine = sa.create_engine(url, future=True, **engine_options(url, 1))
    try:
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", write_ahead)
        with engine.connect() as connection, one_at_a_time(connection):
            connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {INDEX} ON events (sender_id, type_name, timestamp)")
    finally:
        engine.dispose()
