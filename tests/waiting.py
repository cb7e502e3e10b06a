"""Waiting for what another thread, process or page does in its own time."""

from __future__ import annotations

import time
from typing import Callable, TypeVar

Seen = TypeVar("Seen")


def eventually(look: Callable[[], Seen], seconds: float = 20.0) -> Seen:
    """Look again and again until what is seen is true, and give that. Fails the test after `seconds` with what was seen last."""
    end = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < end, f"still {seen!r} after {seconds:.0f} seconds"
        time.sleep(0.05)
    return seen
