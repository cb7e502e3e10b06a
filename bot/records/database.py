"""The database of records (approvals, accounts, escalations, what was said): SQLite by default, PostgreSQL by IVY_DATABASE."""

from __future__ import annotations

import os
import sqlite3
import time
from functools import lru_cache
from typing import Optional

import sqlalchemy as sa
import structlog

from bot.project import state_folder
from bot.records.upgrading import RecordsError, upgrade

metadata = sa.MetaData()
log = structlog.get_logger()
CONNECTIONS = 5   # of one process to the records, and one more
BUSY_SECONDS = 1  # how long a blocked call may take before it fails


def database_url() -> str:
    """IVY_DATABASE, or a SQLite file in the state folder."""
    return os.environ.get("IVY_DATABASE") or f"sqlite:///{state_folder() / 'records.db'}"


def tracker_url() -> str:
    """Where conversations are: IVY_TRACKERS, or a SQLite file in the state folder."""
    return os.environ.get("IVY_TRACKERS") or f"sqlite:///{state_folder() / 'conversations.db'}"


def engine_options(url: str, connections: int, statement_seconds: int = 0) -> dict:
    """How sqlalchemy opens a database: no call waits longer than about a second for a connection, a connection that
    the server has closed is replaced, and one to a machine that is gone is given up (libpq's keepalives).
    `statement_seconds`: after so many the server gives up a statement; 0 is never."""
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": BUSY_SECONDS}}
    alive = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 2, "tcp_user_timeout": 5000}
    options = {"options": f"-c statement_timeout={1000 * statement_seconds}"} if statement_seconds else {}
    return {"connect_args": {"connect_timeout": BUSY_SECONDS, **alive, **options}, "pool_pre_ping": True, **pool_options(connections)}


def pool_options(connections: int) -> dict:
    """So many connections that stay open and one more; no call waits longer than about a second for one."""
    return {"pool_size": connections, "max_overflow": 1, "pool_timeout": BUSY_SECONDS}


@lru_cache(maxsize=8)
def open_database(url: str) -> sa.engine.Engine:
    """An engine whose tables are as this Ivy knows them. Raises sqlalchemy.exc.OperationalError when it cannot be
    reached in a second, RecordsError when it is a newer Ivy's or cannot be brought up to date."""
    sqlite = url.startswith("sqlite")
    engine = sa.create_engine(url, future=True, **engine_options(url, CONNECTIONS))
    if sqlite:
        sa.event.listen(engine, "connect", write_ahead)
    upgrade(engine)
    return engine


def write_ahead(connection: sqlite3.Connection, _record: object = None) -> None:
    """For an engine's "connect": set SQLite's write-ahead log, so that readers and a writer do not wait for each other; the file itself remembers it. Raises
    sqlite3.OperationalError when another process holds the file for BUSY_SECONDS: SQLite's own waiting has no part in this statement."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def installed_records() -> sa.engine.Engine:
    """This installation's records, for commands that are nothing without them. Raises RecordsError naming the database and what to do."""
    url = database_url()
    try:
        return open_database(url)
    except (sa.exc.SQLAlchemyError, OSError) as error:
        where, why = sa.engine.make_url(url).render_as_string(hide_password=True), str(getattr(error, "orig", error)).splitlines()[0]
        raise RecordsError(f"the records' database {where} cannot be used ({why}); start or repair it, or correct IVY_DATABASE") from error


def records() -> Optional[sa.engine.Engine]:
    """This installation's records, or None (logged) while they cannot be reached: Ivy answers all the same.
    Raises RecordsError for what only its operator can repair."""
    try:
        return open_database(database_url())
    except (sa.exc.SQLAlchemyError, OSError) as error:
        log.error("records_unreachable", error=type(error).__name__)
        return None
