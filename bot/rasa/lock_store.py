"""One turn at a time in a conversation: in this process by a lock, over all servers by another in Redis.

Rasa's own RedisLockStore reads a list of tickets and writes it back in two steps, so that two servers can give out the
same ticket, and blocks the event loop while it asks (rasa/core/lock_store.py, RedisLockStore). Its InMemoryLockStore, too, has
who waits look again after a while: the patient who writes on while the last turn is saved would wait for that."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import AsyncGenerator, Text
from weakref import WeakValueDictionary

from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore, LockError

from bot.sharing import Sharing

PATIENCE = 20.0  # seconds for turns of other servers; the guard has answered long before


class IvyLockStore(InMemoryLockStore):
    """Turns come in the order in which this server got them; only the one whose turn it is asks for the shared lock."""

    def __init__(self, sharing: Sharing) -> None:
        super().__init__()
        self.sharing = sharing
        self._turns: WeakValueDictionary[Text, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def lock(self, conversation_id: Text, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 0) -> AsyncGenerator[None, None]:
        """Raises LockError when other turns take too long: `lock_lifetime` seconds here, where the one that hangs then keeps out nobody else."""
        turn = self._turns.setdefault(conversation_id, asyncio.Lock())
        try:
            await (asyncio.wait_for(turn.acquire(), lock_lifetime) if turn.locked() else turn.acquire())
        except asyncio.TimeoutError:
            if self._turns.get(conversation_id) is turn:
                del self._turns[conversation_id]
            raise LockError("another turn in this conversation does not end") from None
        try:
            async with self.sharing.lock(f"turn {conversation_id}", PATIENCE) as alone:
                if alone is False:
                    raise LockError("another server's turn in this conversation does not end")
                yield
        finally:
            turn.release()
