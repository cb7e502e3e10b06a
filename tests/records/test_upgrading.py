"""Tables change by migrations: once, forward only, without loss, whoever starts at the same time."""

from __future__ import annotations

import importlib
import multiprocessing
import pkgutil
import sqlite3
import threading
from contextlib import closing
from datetime import date

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import bot.records
from bot.library.approvals import all_rows, append, approvals, verify
from bot.records import upgrading
from bot.records.database import metadata, open_database, write_ahead
from bot.records.escalations import escalations, record_escalation
from bot.records.upgrading import RecordsError


for module in pkgutil.iter_modules(bot.records.__path__, "bot.records."):
    importlib.import_module(module.name)  # every table of the records is in `metadata`


@pytest.fixture
def reopened():
    """Open a database as a new process would."""
    engines = []

    def _open(url: str):
        open_database.cache_clear()
        engines.append(open_database(url))
        return engines[-1]

    yield _open
    for engine in engines:
        engine.dispose()
    open_database.cache_clear()


@pytest.fixture
def bare(empty_database):
    engine = sa.create_engine(empty_database, future=True)
    yield engine
    engine.dispose()


def test_migrations_make_the_tables_that_the_code_knows(empty_database, reopened):
    """Whoever changes a table writes a migration, or this fails."""
    with reopened(empty_database).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []


def test_database_from_before_migrations_keeps_every_row(bare, empty_database, reopened):
    metadata.create_all(bare, tables=[escalations, approvals])
    append(bare, "voice/greet", "Hello.", "Dr. Ada Test", "clinician", "accuracy", date(2031, 5, 31))
    record_escalation(bare, "m1", "urgent", ["fever"], "safety/urgent", "web", "guard")
    before = all_rows(bare)
    engine = reopened(empty_database)
    assert all_rows(engine) == before and verify(before) == []
    with engine.connect() as connection:
        assert len(connection.execute(sa.select(escalations)).all()) == 1
    assert "accounts" in sa.inspect(engine).get_table_names()


def test_database_of_a_newer_ivy_is_refused_by_name_and_left_alone(empty_database, reopened):
    engine = reopened(empty_database)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'r9999'")
    with pytest.raises(RecordsError, match="newer Ivy.*r9999.*start the newer Ivy"):
        reopened(empty_database)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "r9999"


def test_migration_that_fails_changes_nothing_and_is_told(bare, empty_database, reopened):
    """A table of somebody else's stands in the way of the second step; the first is undone too."""
    with bare.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE accounts (id INTEGER)")
    with pytest.raises(RecordsError, match="could not be brought up to date.*nothing was changed"):
        reopened(empty_database)
    assert sa.inspect(bare).get_table_names() == ["accounts"]


def test_password_of_the_database_is_not_shown(monkeypatch):
    engine = sa.create_engine("postgresql://ivy:hush-hush@127.0.0.1:9/ivy")
    assert "hush-hush" not in upgrading._shown(engine)


def test_log_is_set_once_another_process_lets_go(tmp_path):
    """SQLite answers at once that the file is locked, whatever time-out it was given."""
    path = tmp_path / "held.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as holder, closing(sqlite3.connect(path)) as other:
        holder.execute("CREATE TABLE held (id INTEGER)")
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError):
            other.execute("PRAGMA journal_mode=WAL")
        letting_go = threading.Timer(0.2, holder.execute, ["COMMIT"])
        letting_go.start()
        write_ahead(other)
        letting_go.join()
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def starts(url: str, together, found) -> None:
    bot.records.database.BUSY_SECONDS = 60  # they wait for each other as long as a busy machine needs
    open_database.cache_clear()
    together.wait()
    try:
        found.put(len(sa.inspect(open_database(url)).get_table_names()))
    except Exception as error:  # noqa: BLE001 - a process's error must reach the test
        found.put(repr(error))


def test_processes_that_start_at_once_all_find_the_tables(empty_database):
    fresh = multiprocessing.get_context("spawn")  # a fork of this process would inherit locks that its other threads hold
    together, found = fresh.Barrier(4), fresh.Queue()
    processes = [fresh.Process(target=starts, args=(empty_database, together, found), daemon=True) for _ in range(4)]
    for process in processes:
        process.start()
    assert [found.get(timeout=200) for _ in processes] == [len(metadata.tables) + 1] * 4
