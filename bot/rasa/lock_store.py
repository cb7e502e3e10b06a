"""One turn at a time in a conversation: in this process by a lock, over all servers by another in Redis.

Rasa's own RedisLockStore reads a list of tickets and writes it back in two steps, so that two servers can give out the
same ticket, and blocks the event loop while it asks (rasa/core/lock_store.py, RedisLockStore). Its InMemoryLockStore, too, has
who waits look again after a while: the patient who writes on while the last turn is saved would wait for that."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import AsyncGenerator, Text
from weakref import WeakValueDictionary

from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore, LockError

from bot.sharing import Sharing

SHORTEST_WAIT = 0.01  # seconds
PATIENCE = 20.0  # seconds for turns of other servers; the guard has answered long before


class Turn(asyncio.Lock):
    """Held by the turn that a conversation is at; who waits gets it in order, also when one that holds it hangs."""

    _ends, _holder = 0.0, None  # when the one that holds it has had its time (monotonic), and who it is

    async def take(self, lifetime: float) -> object:
        """Wait until it is this one's, for `lifetime` seconds. Gives what must be given back."""
        beginning = asyncio.ensure_future(self._begin(lifetime))
        try:
            while not beginning.done():
                await asyncio.wait({beginning}, timeout=max(self._ends - time.monotonic(), SHORTEST_WAIT))
                if self.locked() and not beginning.done() and time.monotonic() >= self._ends:
                    self.release()
        except asyncio.CancelledError:
            if not beginning.cancel():
                self.give_back(beginning.result())
            raise
        return beginning.result()

    def give_back(self, holder: object) -> None:
        """Let the next begin, if it was not let already."""
        if self.locked() and holder is self._holder:
            self.release()

    async def _begin(self, lifetime: float) -> object:
        await self.acquire()
        self._ends, self._holder = time.monotonic() + lifetime, object()  # in the same step: nobody may take it for one that hangs
        return self._holder


class IvyLockStore(InMemoryLockStore):
    """Turns come in the order in which this server got them; only the one whose turn it is asks for the shared lock."""

    def __init__(self, sharing: Sharing) -> None:
        super().__init__()
        self.sharing = sharing
        self._turns: WeakValueDictionary[Text, Turn] = WeakValueDictionary()

    @asynccontextmanager
    async def lock(self, conversation_id: Text, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 0) -> AsyncGenerator[None, None]:
        """A turn that takes longer than `lock_lifetime` seconds is not waited for any more. Raises LockError when one on another server does not end."""
        turn = self._turns.setdefault(conversation_id, Turn())
        holder = await turn.take(lock_lifetime)
        try:
            async with self.sharing.lock(f"turn {conversation_id}", PATIENCE) as alone:
                if alone is False:
                    raise LockError("another server's turn in this conversation does not end")
                yield
        finally:
            turn.give_back(holder)
