"""Databases for the tests of what is kept."""

from __future__ import annotations

import pytest
from databases import emptied, postgres, why_no_postgres


@pytest.fixture(scope="session")
def _postgres_server():
    reason = why_no_postgres()
    if reason:
        pytest.skip(reason)
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request, tmp_path):
    """The address of a database without a table, of either kind."""
    return f"sqlite:///{tmp_path / 'records.db'}" if request.param == "sqlite" else emptied(request.getfixturevalue("_postgres_server"))
