"""Brings a records database to the form this Ivy knows: forward only, in one transaction, one process at a time."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
LOCK = 0x1776_1916  # of PostgreSQL's advisory locks; any number that only Ivy uses
PATIENCE_SECONDS = 30  # how long one process waits while another migrates


class RecordsError(RuntimeError):
    """The records' database cannot be used by this Ivy; the message says why and what to do."""


def upgrade(engine: sa.engine.Engine) -> None:
    """Make and change tables as needed. What is there is kept; a kill in the middle leaves it as it was.

    Raises RecordsError for a database of a newer Ivy, or one that cannot be changed; sqlalchemy.exc.OperationalError
    when it cannot be reached."""
    config = _config()
    known, newest = known_revisions(), ScriptDirectory.from_config(config).get_current_head()
    if revision(engine) == newest:
        return
    with engine.connect() as connection, one_at_a_time(connection):
        at = MigrationContext.configure(connection).get_current_revision()
        if at == newest:
            return  # another process was quicker
        if at is not None and at not in known:
            raise RecordsError(f"the records' database {_shown(engine)} was made by a newer Ivy (it is at '{at}', this Ivy knows up to '{newest}'); "
                               "start the newer Ivy, or restore a backup from before the change")
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
            connection.commit()
        except sa.exc.DBAPIError as error:
            raise RecordsError(f"the records' database {_shown(engine)} could not be brought up to date ({str(error.orig).splitlines()[0]}); nothing was changed. "
                               "Repair it, or name another one with IVY_DATABASE") from error


def known_revisions() -> set[str]:
    """Every form that this Ivy can bring a records database up from."""
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def revision(engine: sa.engine.Engine) -> str | None:
    """The form a records database is in; None for an empty one, or one from before migrations."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


@contextmanager
def one_at_a_time(connection: sa.engine.Connection) -> Iterator[None]:
    """A transaction of an engine with `future=True` that keeps every other process out until it ends; for changes of tables."""
    connection.detach()  # how it deals with transactions is changed: it must not go back to the pool
    _lock(connection)
    yield
    connection.commit()


def _lock(connection: sa.engine.Connection) -> None:
    """Begin a transaction that keeps every other process out until it ends."""
    if connection.dialect.name == "sqlite":
        # the driver begins no transaction before CREATE TABLE: left to it, half a migration could stay
        connection.connection.isolation_level = None
        connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENCE_SECONDS * 1000}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")


def _shown(engine: sa.engine.Engine) -> str:
    return engine.url.render_as_string(hide_password=True)
