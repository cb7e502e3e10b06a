"""What the tests share: a state folder of their own, the content, one loaded Ivy."""

from __future__ import annotations

import os
import tempfile

os.environ["IVY_STATE"] = tempfile.mkdtemp(prefix="ivy-tests-")
os.environ["IVY_MODE"] = "demo"
os.environ["IVY_LOG"] = "json"
os.environ.pop("IVY_DATABASE", None)
os.environ.pop("IVY_TRACKERS", None)

from bot.rasa.server import configure_logging, prepare_environment  # noqa: E402

prepare_environment()
configure_logging()

import asyncio  # noqa: E402

import pytest  # noqa: E402
from browsers import chromium, downloads, driver, firefox, pytest_collection_modifyitems  # noqa: E402, F401
from hypothesis import HealthCheck, settings  # noqa: E402

pytest_plugins = ["patients_words"]
# an example that takes 0.2 seconds on a busy machine is no failure
settings.register_profile("ivy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ivy")


@pytest.fixture(scope="session")
def library():
    """The project's content, read once."""
    from bot.library.library import read_library

    return read_library()


@pytest.fixture(scope="session")
def triage():
    """The safety layer by its rules alone."""
    from bot.safety.triage import load_triage

    return load_triage()


@pytest.fixture(scope="session")
def ivy():
    """Ivy whole, in process: the real model, policies, guard, NLG and actions."""
    from bot.rasa.harness import Ivy

    return Ivy.load(patience=60.0)  # the first turn also loads the graph; promise 3 is tested on real servers


@pytest.fixture(scope="session")
def ask(ivy):
    """Send one message, get the JSON contract's line."""
    loop = asyncio.new_event_loop()

    def _ask(text, conversation=None):
        return loop.run_until_complete(ivy.explain(text, conversation))

    yield _ask
    loop.close()
