"""Limits and once-only messages for several servers: each goes by what all know together (bot/sharing.py), and by its
own memory where nothing is shared or Redis is away."""

from __future__ import annotations

import json
from typing import Awaitable, Callable, Optional, Sequence

from bot.channels.choices import Choices
from bot.channels.in_order import Seen
from bot.channels.limits import AddressLimit, OnceOnly, RateLimit
from bot.sharing import Sharing

KEPT = 3600        # seconds a reply is kept for a retry, and for the page after a reload
SEEN = 24 * 3600   # seconds a platform may send an event again
LONGEST_WORK = 3.0  # seconds to wait for another server that works on the same message


class Limit:
    """At most as many as `here` allows, over all servers. A shared minute is one of the clock's; here it slides."""

    def __init__(self, name: str, here: RateLimit | AddressLimit, sharing: Sharing) -> None:
        self._name, self._here, self._sharing = name, here, sharing

    async def allows(self, key: str) -> bool:
        """Count a message; False when it is one too many."""
        if not self._here.allows(key):
            return False
        counted = await self._sharing.count(f"{self._name} {key}", int(self._here.seconds)) if self._here.most else None
        return counted is None or counted <= self._here.most


class Once:
    """Work for a message is done once, on whichever server its retry comes. Results must be JSON."""

    def __init__(self, sharing: Sharing) -> None:
        self._here, self._sharing = OnceOnly(), sharing

    async def run(self, key: tuple, work: Callable[[], Awaitable]) -> object:
        """The result of the work, done now or before. A key begins with the conversation and the message's id.
        Work of a server that died is done again as soon as its lease has run out."""
        if not self._sharing.on:
            return await self._here.run(key, work)
        kept = False

        async def everywhere() -> object:
            nonlocal kept
            async with self._sharing.lock(f"once {json.dumps(key)}", LONGEST_WORK):
                done = await self._sharing.get(*_place(key))
                if done:
                    kept = True
                    return json.loads(done)["result"]
                result = await work()
                kept = await self._sharing.put(*_place(key), json.dumps({"id": key[1], "result": result}), KEPT)
                return result

        result = await self._here.run(key, everywhere)
        if kept:  # one place to forget it from
            self._here.drop(key)
        return result

    async def results(self, conversation: str) -> dict:
        """What a conversation's messages got, by message id."""
        shared = map(json.loads, await self._sharing.all(_group(conversation)))
        return {**{one["id"]: one["result"] for one in shared}, **self._here.results(conversation)}

    async def forget(self, conversation: str) -> None:
        """Drop all of a conversation: its keys and results hold a patient's words."""
        self._here.forget(conversation)
        await self._sharing.drop(_group(conversation))


class SeenEverywhere:
    """Ids of events that were worked on."""

    def __init__(self, name: str, sharing: Sharing) -> None:
        self._name, self._here, self._sharing = name, Seen(), sharing

    async def before(self, name: str) -> bool:
        """Whether an id was seen; from now on it was."""
        known = self._here.before(name)
        return known or await self._sharing.first(f"seen {self._name} {name}", SEEN) is False


class ChoicesEverywhere:
    """The choices last numbered in each conversation, whichever server numbered them."""

    def __init__(self, sharing: Sharing) -> None:
        self._here, self._sharing = Choices(), sharing

    async def offer(self, conversation: str, buttons: Sequence[str]) -> None:
        """What 1, 2, 3 ... mean from now on; nothing when there are no buttons."""
        self._here.offer(conversation, buttons)
        await self._sharing.put(f"choices {conversation}", "last", json.dumps(list(buttons)), SEEN)

    async def chosen(self, conversation: str, text: str) -> Optional[str]:
        """The button that a message means, when it is nothing but the number of one."""
        kept = await self._sharing.get(f"choices {conversation}", "last")
        if kept:
            self._here.offer(conversation, json.loads(kept))
        return self._here.chosen(conversation, text)


def _group(conversation: str) -> str:
    return f"replies {conversation}"


def _place(key: tuple) -> tuple[str, str]:
    return _group(key[0]), json.dumps(key)
