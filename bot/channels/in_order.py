"""Work that must keep its order within a conversation, and events that must be worked on once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from typing import Awaitable, Callable, Deque

import structlog

Work = Callable[[], Awaitable[None]]
REMEMBERED = 20_000  # events

log = structlog.get_logger()


class InOrder:
    """Runs what belongs to one key one after another; different keys do not wait for each other."""

    def __init__(self) -> None:
        self._waiting: dict[str, Deque[tuple[bool, Work]]] = {}
        self._running: set[asyncio.Task] = set()

    def put(self, key: str, work: Work, urgent: bool = False) -> None:
        """Have work done and return at once. What is urgent passes what waits and is not."""
        queue = self._waiting.get(key)
        if queue is None:
            queue = self._waiting[key] = deque()
            task = asyncio.ensure_future(self._run(key, queue))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        place = next((at for at, (pressing, _) in enumerate(queue) if not pressing), len(queue)) if urgent else len(queue)
        queue.insert(place, (urgent, work))

    async def _run(self, key: str, queue: Deque[tuple[bool, Work]]) -> None:
        while queue:
            _, work = queue.popleft()
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - what comes after it must still be done
                log.error("work_failed", error=type(error).__name__)
        del self._waiting[key]

    async def finish(self, seconds: float) -> None:
        """Wait until all is done, but no longer than so many seconds."""
        if self._running:
            await asyncio.wait(set(self._running), timeout=seconds)


class Seen:
    """Remembers ids, the least lately seen forgotten first."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._most = most

    def before(self, name: str) -> bool:
        """Whether an id was seen; from now on it was."""
        known = name in self._ids
        self._ids[name] = None
        self._ids.move_to_end(name)
        while len(self._ids) > self._most:
            self._ids.popitem(last=False)
        return known
