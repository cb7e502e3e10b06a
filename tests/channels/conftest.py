"""What the tests of channels share: a clinic's server with the four platforms, and each test in each app."""

from __future__ import annotations

import payloads
import pytest
from clinic_server import Clinic, touched_up


@pytest.fixture
async def clinic():
    with touched_up():
        clinic = await Clinic().start()
        yield clinic
        await clinic.stop()


def pytest_generate_tests(metafunc):
    if "medium" in metafunc.fixturenames and not any(mark.args[0] == "medium" for mark in metafunc.definition.iter_markers("parametrize")):
        metafunc.parametrize("medium", sorted(payloads.WRITE))
