"""A port or an address that a server cannot have ends the start, and the reason is said."""

from __future__ import annotations

import socket

import pytest

from bot.project import StartError
from bot.rasa.ports import LOOPBACK, must_be_had


@pytest.fixture
def free():
    """Two ports that nobody has."""
    with socket.socket() as one, socket.socket() as other:
        one.bind((LOOPBACK, 0)), other.bind((LOOPBACK, 0))
        ports = one.getsockname()[1], other.getsockname()[1]
    return ports


def test_free_ports_of_this_machine_can_be_had(free):
    must_be_had(LOOPBACK, *free)


@pytest.mark.parametrize("host", ["nosuchhost.invalid", "203.0.113.7"])
def test_address_of_no_machine_or_another_is_named(free, host):
    with pytest.raises(StartError, match=f"nothing can listen at {host}"):
        must_be_had(host, *free)


@pytest.mark.parametrize("port", [0, 65536, 99999999])
def test_number_that_is_no_port_is_named(free, port):
    with pytest.raises(StartError, match=f"PORT is {port}"):
        must_be_had(LOOPBACK, port, free[1])


def test_page_and_action_server_cannot_have_the_same_port(free):
    with pytest.raises(StartError, match="ACTION_PORT"):
        must_be_had(LOOPBACK, free[0], free[0])
