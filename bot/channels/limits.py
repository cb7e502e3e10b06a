"""How often one conversation may write, and remembering what was answered so that a retry is not a second message."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from typing import Awaitable, Callable, Deque

PER_MINUTE = 30
REMEMBERED = 10_000


class RateLimit:
    """At most `most` messages in `seconds`, a key. Forgets the keys least lately used."""

    def __init__(self, most: int = PER_MINUTE, seconds: float = 60.0) -> None:
        self._most, self._seconds = most, seconds
        self._times: OrderedDict[str, Deque[float]] = OrderedDict()

    def allows(self, key: str) -> bool:
        """Count a message; False when it is one too many."""
        now = time.monotonic()
        times = self._times.setdefault(key, deque())
        self._times.move_to_end(key)
        while len(self._times) > REMEMBERED:
            self._times.popitem(last=False)
        while times and now - times[0] > self._seconds:
            times.popleft()
        if len(times) >= self._most:
            return False
        times.append(now)
        return True


class OnceOnly:
    """Runs the work for a message id once; a retry of the id, even a concurrent one, gets the same result.

    Work that failed is not remembered: its retry is a new try."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple, asyncio.Future] = OrderedDict()

    async def run(self, key: tuple, work: Callable[[], Awaitable]) -> object:
        if key not in self._answers:
            self._answers[key] = asyncio.ensure_future(work())
            self._answers[key].add_done_callback(lambda done: done.exception() and self._answers.pop(key, None))
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
        return await asyncio.shield(self._answers[key])
