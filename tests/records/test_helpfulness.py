"""Whether answers helped: counts by version, none lost, nothing else kept, and never at the reply's cost."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from bot.records.database import open_database
from bot.records.helpfulness import count_helpful, helpfulness, note_helpful


@pytest.fixture
def engine(patient, tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    yield engine
    engine.dispose()


def counts(engine) -> dict:
    with engine.connect() as connection:
        return {(row["content"], row["version"]): (row["yes"], row["no"]) for row in connection.execute(sa.select(helpfulness)).mappings()}


def test_yes_and_no_are_counted_for_each_version(engine):
    for version, helpful in [("v1", True), ("v1", True), ("v1", False), ("v2", False)]:
        count_helpful(engine, "answers/fruit/apples", version, helpful)
    assert counts(engine) == {("answers/fruit/apples", "v1"): (2, 1), ("answers/fruit/apples", "v2"): (0, 1)}


def test_many_at_once_are_all_counted(engine):
    start = threading.Barrier(8)

    def count() -> None:
        start.wait()
        count_helpful(engine, "answers/fruit/apples", "v1", True)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts(engine) == {("answers/fruit/apples", "v1"): (8, 0)}


def test_nothing_but_counts_is_kept():
    assert {column.name for column in helpfulness.columns} == {"content", "version", "yes", "no"}


def test_database_that_is_down_is_said_and_breaks_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("IVY_DATABASE", f"sqlite:///{tmp_path}/no/such/folder/records.db")
    assert note_helpful("answers/fruit/apples", "v1", True) is False
