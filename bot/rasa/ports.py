"""Whether a server may have a port of this machine."""

from __future__ import annotations

import socket
import time

from bot.project import StartError

LOOPBACK = "127.0.0.1"
LAST = 65535
PATIENCE = 3.0  # seconds


def port_is_free(port: int, host: str = LOOPBACK) -> bool:
    try:
        _bind(host, port)
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


def must_be_had(host: str, port: int, action_port: int) -> None:
    """Raises StartError for a port or an address that a server cannot have: Sanic logs that, and ends as if all were well."""
    for setting, wanted in (("PORT", port), ("ACTION_PORT", action_port)):
        if not 0 < wanted <= LAST:
            raise StartError(f"{setting} is {wanted}, which is no port; choose one from 1 to {LAST - 1}: {setting}=9000 make chat")
        if not becomes_free(wanted):
            raise StartError(f"port {wanted} is in use; stop what uses it, or choose another: {setting}={wanted % 60_000 + 100} make chat")
    if port == action_port:
        raise StartError(f"the page and the action server cannot both have port {port}; set ACTION_PORT to another, or leave it out")
    try:
        _bind(host, port)
    except OSError as error:
        raise StartError(f"nothing can listen at {host} ({error.strerror}); --host takes an address of this machine, such as {LOOPBACK}, or 0.0.0.0 for all of them") from error


def _bind(host: str, port: int) -> None:
    """Take a port and leave it. Raises OSError."""
    kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
