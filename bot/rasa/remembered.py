"""What the guard remembers of a conversation's safety beside its tracker: for when the database is away, and so that the only
server need not ask it."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from typing import Optional

from bot.safety.dialogue import SafetyState
from bot.sharing import Sharing

REMEMBERED = 5_000  # conversations
SHARED_SECONDS = 3600  # for which it is kept for the other servers


class Remembered:
    """The state that followed a conversation's last message, in this process and, where something is shared, for every server."""

    def __init__(self, sharing: Sharing) -> None:
        self._sharing = sharing
        self._states: OrderedDict[str, tuple[float, SafetyState]] = OrderedDict()

    def known_here(self, conversation: str) -> Optional[SafetyState]:
        """What followed, where this is the only server: nobody can know better. None where it must be looked up."""
        kept = None if self._sharing.on else self._states.get(conversation)
        return kept and kept[1]

    async def last(self, conversation: str) -> tuple[float, SafetyState]:
        """When a conversation was last judged (epoch), and what followed: as all servers know it, or as this one does."""
        kept = await self._sharing.get(_group(conversation), "safety")
        if kept is None:
            return self._states.get(conversation, (0.0, SafetyState()))
        shared = json.loads(kept) if kept else {"at": 0.0, "state": None}
        return shared["at"], SafetyState.from_dict(shared["state"])

    async def keep(self, conversation: str, state: SafetyState) -> None:
        """Remember what follows, the conversations least lately written in forgotten first."""
        now = time.time()
        self._states[conversation] = (now, state)
        self._states.move_to_end(conversation)
        while len(self._states) > REMEMBERED:
            self._states.popitem(last=False)
        await self._sharing.put(_group(conversation), "safety", json.dumps({"at": now, "state": state.as_dict()}), SHARED_SECONDS)

    async def forget(self, conversation: str) -> None:
        """Remember nothing of a conversation."""
        self._states.pop(conversation, None)
        await self._sharing.drop(_group(conversation))


def _group(conversation: str) -> str:
    return f"guard {conversation}"
