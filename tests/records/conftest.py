"""Databases for the tests of what is kept."""

from __future__ import annotations

import pytest
from databases import emptied, postgres, why_no_postgres

from bot.records import database


@pytest.fixture(scope="session")
def _postgres_server():
    reason = why_no_postgres()
    if reason:
        pytest.skip(reason)
    with postgres() as url:
        yield url


@pytest.fixture
def patient(monkeypatch):
    """Writers wait for each other as long as a busy machine needs. To be asked for before the database is opened."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 60)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request, tmp_path):
    """The address of a database without a table, of either kind."""
    return f"sqlite:///{tmp_path / 'records.db'}" if request.param == "sqlite" else emptied(request.getfixturevalue("_postgres_server"))
