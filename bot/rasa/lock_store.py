"""One turn at a time in a conversation: in this process by a lock, over all servers by another in Redis.

Rasa's own RedisLockStore reads a list of tickets and writes it back in two steps, so that two servers can give out the
same ticket, and blocks the event loop while it asks (rasa/core/lock_store.py, RedisLockStore). Its InMemoryLockStore, too, has
who waits look again after a while: the patient who writes on while the last turn is saved would wait for that."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from typing import AsyncGenerator, Text
from weakref import WeakValueDictionary

from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore, LockError

from bot.sharing import Sharing

PATIENCE = 20.0  # seconds for turns of other servers; the guard has answered long before


class Turn(asyncio.Lock):
    """Held by the turn that a conversation is at. `ends`: when it has had its time (monotonic)."""

    ends = 0.0

    async def taken(self, lifetime: float) -> bool:
        """Wait for it, but no longer than the one that holds it may take."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.acquire(), max(self.ends - time.monotonic(), 0.01) if self.locked() else lifetime)
            self.ends = time.monotonic() + lifetime
            return True
        return False

    @property
    def hangs(self) -> bool:
        return self.locked() and time.monotonic() >= self.ends


class IvyLockStore(InMemoryLockStore):
    """Turns come in the order in which this server got them; only the one whose turn it is asks for the shared lock."""

    def __init__(self, sharing: Sharing) -> None:
        super().__init__()
        self.sharing = sharing
        self._turns: WeakValueDictionary[Text, Turn] = WeakValueDictionary()

    @asynccontextmanager
    async def lock(self, conversation_id: Text, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 0) -> AsyncGenerator[None, None]:
        """A turn that takes longer than `lock_lifetime` seconds is not waited for any more. Raises LockError when one on another server does not end."""
        turn = self._turn(conversation_id)
        while not await turn.taken(lock_lifetime):
            turn = self._turn(conversation_id)
        try:
            async with self.sharing.lock(f"turn {conversation_id}", PATIENCE) as alone:
                if alone is False:
                    raise LockError("another server's turn in this conversation does not end")
                yield
        finally:
            turn.release()

    def _turn(self, conversation_id: Text) -> Turn:
        """The conversation's turn, a new one where the last hangs."""
        turn = self._turns.get(conversation_id)
        if turn is None or turn.hangs:
            turn = self._turns[conversation_id] = Turn()
        return turn
