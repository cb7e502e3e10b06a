"""One turn at a time in a conversation: in this process by Rasa's tickets, over all servers by a lock in Redis.

Rasa's own RedisLockStore reads a list of tickets and writes it back in two steps, so that two servers can give out the
same ticket, and blocks the event loop while it asks (rasa/core/lock_store.py, RedisLockStore)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import AsyncGenerator, Text

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore, LockError

from bot.sharing import Sharing

TICK = 0.05      # seconds between two looks at the tickets; Rasa's second would make the second of two messages wait for it
PATIENCE = 20.0  # seconds for turns of other servers; the guard has answered long before


class IvyLockStore(InMemoryLockStore):
    """Tickets keep the order of what this server got; only the turn whose ticket is served asks for the shared lock."""

    def __init__(self, sharing: Sharing) -> None:
        super().__init__()
        self.sharing = sharing

    @asynccontextmanager
    async def lock(self, conversation_id: Text, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = TICK) -> AsyncGenerator[TicketLock, None]:
        """Raises LockError when other turns take too long."""
        async with super().lock(conversation_id, lock_lifetime, wait_time_in_seconds) as ticket:
            async with self.sharing.lock(f"turn {conversation_id}", PATIENCE) as alone:
                if alone is False:
                    raise LockError("another server's turn in this conversation does not end")
                yield ticket
