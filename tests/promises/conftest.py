"""Real servers, whole or with a part missing. Those that the chosen tests need start at the same time."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from server import RunningIvy

from bot.project import CONTENT, MODELS

BROKEN_TOPIC = "answers/about/what_is_ivig"


def _with_a_broken_answer() -> dict:
    """A copy of the content in which one answer's template names what nobody defined."""
    folder = Path(tempfile.mkdtemp(prefix="ivy-content-")) / "content"
    shutil.copytree(CONTENT, folder)
    path = folder / f"{BROKEN_TOPIC}.md"
    front, _, _ = path.read_text(encoding="utf-8").partition("## short")
    path.write_text(f"{front}## short\n{{{{ nobody.defined.this }}}}\n\n## more\n{{{{ nor_this }}}}\n\n## simple\nIt drips.\n", encoding="utf-8")
    return {"IVY_CONTENT": str(folder)}


SERVERS = {
    "running": lambda: RunningIvy.start(),
    "without_model": lambda: RunningIvy.start(models=MODELS / "there_is_no_such_folder"),
    "with_broken_answer": lambda: RunningIvy.start(_with_a_broken_answer()),
    "for_the_page": lambda: RunningIvy.start(),
}


@pytest.fixture(scope="session")
def servers(request):
    """Every server that a chosen test will use, starting."""
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    started = {name: start() for name, start in SERVERS.items() if name in wanted}
    yield started
    for server in started.values():
        server.stop()


@pytest.fixture(scope="session")
def running(servers) -> RunningIvy:
    """Ivy with nothing missing."""
    return servers["running"].ready()


@pytest.fixture(scope="session")
def without_model(servers) -> RunningIvy:
    """Ivy on a machine where nothing was ever trained."""
    return servers["without_model"].ready()


@pytest.fixture(scope="session")
def with_broken_answer(servers) -> RunningIvy:
    """Ivy with one answer whose template raises."""
    return servers["with_broken_answer"].ready()


@pytest.fixture(scope="session")
def for_the_page(servers) -> RunningIvy:
    """Ivy for the tests of the chat page, the last of which kills it."""
    return servers["for_the_page"].ready()
