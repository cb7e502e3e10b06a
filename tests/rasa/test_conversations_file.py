"""The conversations' SQLite file: opened once, left when another is put in its place, whole when it is closed."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack

import pytest
import sqlalchemy as sa

from bot.rasa.tracker_database import open_trackers


@pytest.fixture
def file(tmp_path):
    return tmp_path / "conversations.db"


@pytest.fixture
def engine(file):
    engine = open_trackers(f"sqlite:///{file}", 3)
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.exec_driver_sql("CREATE TABLE said (words)")
    yield engine
    engine.dispose()


def test_file_is_opened_once_for_many_calls(engine):
    opened = []
    sa.event.listen(engine, "connect", lambda connection, _record: opened.append(connection))
    for _ in range(3):
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
    assert opened == []


def test_file_put_in_the_place_of_another_is_the_one_written_to(engine, file):
    with ExitStack() as stack:
        for connection in [stack.enter_context(engine.connect()) for _ in range(3)]:
            connection.exec_driver_sql("SELECT 1")
    for part in list(file.parent.iterdir()):
        part.rename(part.with_name(f"old-{part.name}"))
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE said (words)")
    with ExitStack() as stack:
        for connection in [stack.enter_context(engine.connect()) for _ in range(3)]:
            with connection.begin():
                connection.exec_driver_sql("INSERT INTO said VALUES ('hello')")
    with sqlite3.connect(file) as other:
        assert other.execute("SELECT words FROM said").fetchall() == 3 * [("hello",)]


def test_nothing_stands_beside_the_file_when_the_last_connection_is_closed(engine, file):
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO said VALUES ('hello')")
    assert len(list(file.parent.iterdir())) > 1
    engine.dispose()
    assert list(file.parent.iterdir()) == [file]
    with sqlite3.connect(file) as other:
        assert other.execute("SELECT words FROM said").fetchall() == [("hello",)]
