"""Ports for servers that benches and tests start as processes."""

from __future__ import annotations

import secrets
import socket

_given: set[int] = set()


def free_port() -> int:
    """A port of this machine that nobody has, given once in a process. Below 32768: from there on the system gives ports to
    connections, and would now and then give this one away before a server that starts slowly has it."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe:
            if port not in _given and _can_be_had(probe, port):
                _given.add(port)
                return port


def _can_be_had(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
