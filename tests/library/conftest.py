"""The small content folder (tests/small_content.py): the tests break one thing each."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from small_content import FILES, Folder

from bot.library.approvals import append
from bot.library.library import read_library
from bot.library.serving import Desk
from bot.library.speaking import Speaker
from bot.records import database
from bot.records.database import open_database

FAR = date(2999, 12, 31)


@pytest.fixture(scope="session")
def _good_content(tmp_path_factory):
    folder = Folder(tmp_path_factory.mktemp("content"))
    for path, text in FILES.items():
        folder.write(path, text)
    return folder.root


@pytest.fixture
def content(_good_content, tmp_path):
    return Folder(Path(shutil.copytree(_good_content, tmp_path / "content")))


@pytest.fixture(scope="session")
def small(_good_content):
    """The good folder's library, for tests that change nothing."""
    return read_library(_good_content)


@pytest.fixture
def records(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 60)  # writers wait for each other as long as a busy machine needs
    engine = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def sign(records):
    """Append a row to the approvals: sign("approve", item), until far in the future unless told."""

    def _sign(act, item, until=FAR, by="Dr. Ada Test", text=None):
        return append(records, item.id, item.source if text is None else text, by, "clinician", "all of it", until, act=act)

    return _sign


@pytest.fixture
def demo_speaker(small):
    return Speaker(Desk(small, None))
