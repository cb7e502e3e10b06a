"""Databases that the tests run on: SQLite, and PostgreSQL where it is installed or IVY_TEST_POSTGRES names one."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import Iterator, Optional

import sqlalchemy as sa

from bot.bench import services


def why_no_postgres() -> Optional[str]:
    """Why there is none, or None where one can be used."""
    reason = None if os.environ.get("IVY_TEST_POSTGRES") else services.why_no_postgres()
    return reason and f"{reason}; and IVY_TEST_POSTGRES names none"


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server: the named one, or one that is started here and ends with the tests."""
    if named := os.environ.get("IVY_TEST_POSTGRES"):
        yield named
        return
    server = services.PostgresServer()
    try:
        yield server.start().address("postgres")
    finally:
        server.remove()


def emptied(url: str) -> str:
    """The same database without a table in it."""
    engine = sa.create_engine(url, future=True)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return url
