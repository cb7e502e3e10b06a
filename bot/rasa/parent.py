"""A process that does not outlive the one that started it."""

from __future__ import annotations

import ctypes
import signal
import sys

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def end_with_parent(by: signal.Signals = signal.SIGTERM) -> None:
    """On Linux: end this process, by a signal, however the one that started it ends. An orphan would hold its port, and the next start would fail.

    It may run between fork and exec, where an import could wait for ever for a lock that another thread held."""
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, by)
