"""Real servers, whole or with a part missing. Those that the chosen tests need start at the same time."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import pytest
from server import NOBODY_THERE, PASSWORD, RunningIvy
from signing import SIGNED_NUMBERS, UNSIGNED_NUMBERS, signed_records

from bot.project import CONTENT, MODELS

BROKEN = ("answers/about/what_is_ivig", "safety/urgent_clot")
UNSIGNED = ("safety/emergency_baby", "clinic", "answers/about/what_is_ivig")
RAISES = "{{ nobody.defined.this }}"


def _with_broken_templates() -> dict:
    """A copy of the content in which an answer and a safety message name what nobody defined."""
    folder = Path(tempfile.mkdtemp(prefix="ivy-content-")) / "content"
    shutil.copytree(CONTENT, folder)
    for name in BROKEN:
        path = folder / f"{name}.md"
        path.write_text(re.sub(r"(## \w+\n)", rf"\1{RAISES}\n", path.read_text(encoding="utf-8")), encoding="utf-8")
    return {"IVY_CONTENT": str(folder), "IVY_LOG": "json"}


def _edited_since_it_was_signed() -> dict:
    """Clinic mode with everything signed, and then other phone numbers in the file."""
    folder = Path(tempfile.mkdtemp(prefix="ivy-content-")) / "content"
    shutil.copytree(CONTENT, folder)
    facts = folder / "clinic.yml"
    facts.write_text(facts.read_text(encoding="utf-8").replace(SIGNED_NUMBERS, UNSIGNED_NUMBERS), encoding="utf-8")
    # tests that wait for a change ask again and again
    return {"IVY_MODE": "clinic", "IVY_DATABASE": signed_records(), "IVY_CONTENT": str(folder), "IVY_ADDRESS_LIMIT": "0"}


SERVERS = {
    "running": lambda: RunningIvy.start(),
    "without_model": lambda: RunningIvy.start(models=MODELS / "there_is_no_such_folder"),
    "with_broken_templates": lambda: RunningIvy.start(_with_broken_templates()),
    "in_clinic_mode": lambda: RunningIvy.start(_edited_since_it_was_signed()),
    "half_approved": lambda: RunningIvy.start({"IVY_MODE": "clinic", "IVY_DATABASE": signed_records(without=UNSIGNED)}),
    "without_database": lambda: RunningIvy.start({"IVY_TRACKERS": f"postgresql://ivy:{PASSWORD}@127.0.0.1:{NOBODY_THERE}/ivy"}),
}


@pytest.fixture(scope="session")
def servers(request):
    """Every server that a chosen test will use, starting."""
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    started = {name: start() for name, start in SERVERS.items() if name in wanted}
    yield started
    for end in (RunningIvy.interrupt, RunningIvy.stop):  # all are told before the first is waited for
        for server in started.values():
            end(server)


@pytest.fixture(scope="session")
def running(servers) -> RunningIvy:
    """Ivy with nothing missing."""
    return servers["running"].ready()


@pytest.fixture(scope="session")
def without_model(servers) -> RunningIvy:
    """Ivy on a machine where nothing was ever trained."""
    return servers["without_model"].ready()


@pytest.fixture(scope="session")
def with_broken_templates(servers) -> RunningIvy:
    """Ivy with an answer and a safety message whose templates raise."""
    return servers["with_broken_templates"].ready()


@pytest.fixture(scope="session")
def in_clinic_mode(servers) -> RunningIvy:
    """Ivy in clinic mode, with everything approved; the clinic's numbers were changed in the file since."""
    return servers["in_clinic_mode"].ready()


@pytest.fixture(scope="session")
def half_approved(servers) -> RunningIvy:
    """Ivy in clinic mode, with an emergency message, the clinic's facts and an answer not approved. It never gets ready."""
    return servers["half_approved"]


@pytest.fixture(scope="session")
def without_database(servers) -> RunningIvy:
    """Ivy where the conversations' database is down. It never gets ready."""
    return servers["without_database"]


def pytest_configure(config):
    config.addinivalue_line("markers", "kills_ivy: kills the server that the other tests share, and so runs after them")
