"""The database of approvals and escalations: SQLite by default, PostgreSQL by IVY_DATABASE."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Optional

import sqlalchemy as sa
import structlog

from bot.project import state_folder

metadata = sa.MetaData()
log = structlog.get_logger()
BUSY_SECONDS = 1  # how long a blocked call may take before it fails


def database_url() -> str:
    """IVY_DATABASE, or a SQLite file in the state folder."""
    return os.environ.get("IVY_DATABASE") or f"sqlite:///{state_folder() / 'records.db'}"


@lru_cache(maxsize=8)
def open_database(url: str) -> sa.engine.Engine:
    """An engine with its tables made. Raises sqlalchemy.exc.OperationalError when it cannot be reached in a second."""
    sqlite = url.startswith("sqlite")
    options = {"connect_args": {"timeout": BUSY_SECONDS}} if sqlite else {"connect_args": {"connect_timeout": BUSY_SECONDS}, "pool_timeout": BUSY_SECONDS}
    engine = sa.create_engine(url, future=True, **options)
    if sqlite:
        sa.event.listen(engine, "connect", _wal)
    metadata.create_all(engine)
    return engine


def _wal(connection, _record) -> None:
    connection.execute("PRAGMA journal_mode=WAL")


def records() -> Optional[sa.engine.Engine]:
    """This installation's records, or None (logged) while they cannot be reached: Ivy answers all the same."""
    try:
        return open_database(database_url())
    except (sa.exc.SQLAlchemyError, OSError) as error:
        log.error("records_unreachable", error=type(error).__name__)
        return None
