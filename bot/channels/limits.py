"""How often one conversation and one address may write, and remembering what was answered so that a retry is not a second message."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict, deque
from typing import Awaitable, Callable, Deque

PER_MINUTE = 30
PER_MINUTE_OF_AN_ADDRESS = 600  # a hospital's patients may share one address
REMEMBERED = 10_000
LARGEST_BODY = 128 * 1024  # bytes: 20,000 characters are still searched for warning signs, whatever the script


class RateLimit:
    """At most `most` messages in `seconds`, a key. Forgets the keys least lately used."""

    def __init__(self, most: int = PER_MINUTE, seconds: float = 60.0) -> None:
        self.most, self.seconds = most, seconds
        self._times: OrderedDict[str, Deque[float]] = OrderedDict()

    def allows(self, key: str) -> bool:
        """Count a message; False when it is one too many."""
        now = time.monotonic()
        times = self._times.setdefault(key, deque())
        self._times.move_to_end(key)
        while len(self._times) > REMEMBERED:
            self._times.popitem(last=False)
        while times and now - times[0] > self.seconds:
            times.popleft()
        if len(times) >= self.most:
            return False
        times.append(now)
        return True


class AddressLimit:
    """A limit by network address. The address itself is never kept: only a hash, under a key that is
    made anew at each start and written nowhere. `most` 0 is no limit."""

    def __init__(self, most: int = PER_MINUTE_OF_AN_ADDRESS, seconds: float = 60.0) -> None:
        self.most, self.seconds = most, seconds
        self._key, self._rate = secrets.token_bytes(32), RateLimit(most, seconds) if most else None

    def allows(self, address: str) -> bool:
        """Count a request; False when it is one too many."""
        return self._rate is None or self._rate.allows(hmac.new(self._key, address.encode(), hashlib.sha256).hexdigest())


class OnceOnly:
    """Runs the work for a message once; a retry, even a concurrent one, gets the same result. A key begins
    with the conversation and the message's id.

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

    def results(self, conversation: str) -> dict:
        """What a conversation's messages got, by message id."""
        return {key[1]: done.result() for key, done in self._answers.items() if key[0] == conversation and done.done() and not done.exception()}

    def drop(self, key: tuple) -> None:
        """Forget one message and its result."""
        self._answers.pop(key, None)

    def forget(self, conversation: str) -> None:
        """Drop all of a conversation: its keys and results hold a patient's words."""
        for key in [key for key in self._answers if key[0] == conversation]:
            del self._answers[key]
