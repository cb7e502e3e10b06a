"""The clinician's page over the small content folder (tests/small_content.py)."""

from __future__ import annotations

import pytest
from people import Running
from small_content import FILES, Folder

from bot.preview.contents import Contents
from bot.preview.site import Site
from bot.records.database import open_database


@pytest.fixture
def served(tmp_path):
    """The page over a good small content folder; nobody has an account yet."""
    folder = Folder(tmp_path / "content")
    for path, text in FILES.items():
        folder.write(path, text)
    engine = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    running = Running(Site(engine, Contents(folder.root), "a secret of the tests"), folder)
    yield running
    running.stop()
    engine.dispose()


@pytest.fixture
def ada(served):
    return served.person("ada")


@pytest.fixture
def bea(served):
    return served.person("bea")
