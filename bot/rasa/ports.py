"""Whether a server may have a port of this machine."""

from __future__ import annotations

import socket
import time

LOOPBACK = "127.0.0.1"
PATIENCE = 3.0  # seconds


def port_is_free(port: int, host: str = LOOPBACK) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def becomes_free(port: int) -> bool:
    """Whether nobody has a port within PATIENCE: the action server of an Ivy that was killed ends a moment after it."""
    end = time.monotonic() + PATIENCE
    while not port_is_free(port):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
