"""What test patients typed in this run, and the logs that it made: none of the first may stand in any of the second.

Loaded as a plugin by tests/conftest.py; tests/promises/test_logs_of_the_run.py compares, after all other tests."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import sqlite3
import sys
from pathlib import Path
from typing import Iterable

import pytest
import sqlalchemy as sa

_WORD, _ESCAPE = re.compile(r"\w+"), re.compile(r"\\(?:u([0-9a-f]{4})|[nrt])")
RUN = 3  # so many of a patient's words in a row are recognised
RASAS_OWN = "Ignoring message as there is no agent to handle it."  # rasa/core/agent.py; patients say "there is no" too
TYPED: set[str] = set()
#: State folders of the servers that were started. Each has `log`, and `conversations.db` where patients were talked to.
FOLDERS: list[Path] = []
#: Installations of several servers (bot/bench/topology.py) that the tests started; they stand until the run ends.
TOPOLOGIES: list = []
#: The log of this process, for Ivys without a server.
OWN_LOG: list[Path] = []


def runs(text: str) -> set[tuple]:
    """All runs of RUN words; none of a shorter text, whose words may be anybody's."""
    words = _WORD.findall(text.lower())
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


def leaked(log: str, typed: Iterable[str]) -> list[tuple]:
    """Runs of words that stand in a log. Of JSON the escapes are undone first."""
    return sorted({run for text in typed for run in runs(text)} & runs(_ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else " ", log)) - runs(RASAS_OWN))


def typed() -> set[str]:
    """Everything: to Ivys in this process, and what servers keep of conversations that were not forgotten."""
    return TYPED.union(*(_kept(folder / "conversations.db") for folder in FOLDERS), *(_told(topology.postgres.address("conversations")) for topology in TOPOLOGIES))


def logs() -> list[Path]:
    """Every log of the run."""
    return [*OWN_LOG, *(folder / "log" for folder in FOLDERS), *(path for topology in TOPOLOGIES for path in topology.logs())]


def secrets() -> set[str]:
    """What signs and encrypts: the servers' own secrets, and those that several servers share."""
    return {path.read_text() for folder in FOLDERS if (path := folder / "secret").exists()} | {topology.environment["IVY_SECRET"] for topology in TOPOLOGIES}


def _told(address: str) -> set[str]:
    """The messages of the conversations in a PostgreSQL database."""
    engine = sa.create_engine(address, future=True)
    with engine.connect() as connection:
        told = {json.loads(data).get("text") or "" for (data,) in connection.execute(sa.text("SELECT data FROM events WHERE type_name = 'user'"))}
    engine.dispose()
    return told


def _kept(database: Path) -> set[str]:
    """The messages of a server's conversations. None where it was deleted or broken by a test."""
    with contextlib.suppress(sqlite3.Error, OSError, ValueError):
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=2)) as connection:
            return {json.loads(data).get("text") or "" for (data,) in connection.execute("SELECT data FROM events WHERE type_name = 'user'")}
    return set()


def pytest_configure():
    """The log of this process goes into a file, at INFO."""
    OWN_LOG.append(Path(os.environ["IVY_STATE"]) / "log")
    logging.getLogger().handlers[0].setStream(open(OWN_LOG[0], "w", buffering=1, encoding="utf-8"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Hear every message that is handed to an Ivy in this process, as soon as a test has loaded Rasa's class for it."""
    channel = sys.modules.get("rasa.core.channels.channel")
    if channel and not hasattr(channel.UserMessage, "heard"):
        begin = channel.UserMessage.__init__

        def heard(self, text=None, *arguments, **more):
            TYPED.add(str(text or ""))
            begin(self, text, *arguments, **more)

        channel.UserMessage.__init__, channel.UserMessage.heard = heard, True


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The comparison comes after everything else."""
    items.sort(key=lambda item: item.path.name == "test_logs_of_the_run.py")
