"""Real servers for the tests of several Ivys: Redis, PostgreSQL, nginx, and two Ivys behind it. Skipped where one is missing."""

from __future__ import annotations

import pytest
from patients_words import TOPOLOGIES

from bot import sharing
from bot.bench.services import PostgresServer, RedisServer, why_missing
from bot.bench.topology import Topology
from bot.sharing import Sharing

SECRET = "a secret that all servers of these tests have"


@pytest.fixture(scope="session")
def installed():
    """Skips with the reason where a server is not installed."""
    reason = why_missing()
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def redis_server(installed):
    server = RedisServer().start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def postgres_server(installed):
    server = PostgresServer().start()
    yield server
    server.remove()


@pytest.fixture
def link(redis_server, monkeypatch):
    """Makes a server's link to what all know."""
    monkeypatch.setattr(sharing, "PATIENCE", 2.0)  # on a busy machine a Redis that is there may take longer than a patient can wait
    return lambda secret=SECRET: Sharing(redis_server.url, secret)


@pytest.fixture
def two(link):
    """Two servers' links."""
    return link(), link()


@pytest.fixture(scope="session")
def topology(installed):
    """Two Ivys behind nginx, with one PostgreSQL and one Redis."""
    with Topology(2) as topology:
        TOPOLOGIES.append(topology)
        yield topology
