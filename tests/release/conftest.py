"""A release of the project's content and a stand-in for its models, made once; keys; an installation."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from bot.library.approvals import append
from bot.project import CONTENT
from bot.records.database import open_database
from bot.release.bundle import make_release
from bot.release.keys import make_keys, read_private, read_public


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("releases")


@pytest.fixture(scope="session")
def keys(folder):
    """The private and the public key of who makes releases."""
    public = make_keys(folder / "release.key")
    return read_private(folder / "release.key"), read_public(public)


@pytest.fixture(scope="session")
def stranger(folder):
    """Somebody else's key pair."""
    public = make_keys(folder / "stranger.key")
    return read_private(folder / "stranger.key"), read_public(public)


@pytest.fixture(scope="session")
def models(folder) -> Path:
    path = folder / "models"
    (path / "safety").mkdir(parents=True)
    (path / "ivy.tar.gz").write_bytes(b"a model\n" * 5000)
    (path / "safety" / "classifier.json").write_text("{}")
    (path / "safety" / "classifier.npz").write_bytes(b"weights" * 500)
    return path


@pytest.fixture(scope="session")
def content(folder) -> Path:
    shutil.copytree(CONTENT, folder / "content")
    (folder / "content" / ".left-by-an-editor").write_text("x")
    return folder / "content"


@pytest.fixture(scope="session")
def signed(folder):
    """The records of who makes releases, with one signature."""
    engine = open_database(f"sqlite:///{folder / 'maker.db'}")
    append(engine, "voice/greet", "Hello.", "Dr. Ada Test", "clinician", "accuracy", date(2031, 5, 31))
    return engine


@pytest.fixture(scope="session")
def first(folder, keys, models, content, signed) -> tuple[Path, dict]:
    """A release file and its manifest."""
    path = folder / "first.ivy"
    return path, make_release(path, keys[0], models, content, signed)


@pytest.fixture(scope="session")
def second(folder, keys, models, content, signed, first) -> tuple[Path, dict]:
    """The next release: another model, and a withdrawal since."""
    import time

    time.sleep(max(0.0, 1.1 - (time.time() % 1)))  # made in a later second
    newer = folder / "newer_models"
    shutil.copytree(models, newer)
    (newer / "ivy.tar.gz").write_bytes(b"another model\n" * 5000)
    append(signed, "voice/greet", "Hello.", "Dr. Ada Test", "clinician", "accuracy", None, "withdraw")
    path = folder / "second.ivy"
    return path, make_release(path, keys[0], newer, content, signed)


@pytest.fixture
def records(tmp_path):
    """The records of an installation."""
    engine = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    yield engine
    engine.dispose()
