"""How long each Ivy's event loop takes to say that it lives, asked all the while."""

from __future__ import annotations

import asyncio
import time
from typing import Sequence

import aiohttp

PAUSE, GIVE_UP = 0.02, 20.0  # seconds


class Heartbeat:
    """Asks `/live`, which needs nothing but the event loop, of servers at these addresses. `seconds`: how long each answer took;
    a server that is not there does not count."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls, self.seconds = urls, []

    async def listen(self) -> None:
        """Until cancelled."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=GIVE_UP)) as client:
            await asyncio.gather(*(self._one(client, url) for url in self._urls))

    async def _one(self, client: aiohttp.ClientSession, url: str) -> None:
        while True:
            began = time.monotonic()
            try:
                async with client.get(f"{url}/live") as got:
                    await got.read()
                self.seconds.append(time.monotonic() - began)
            except (aiohttp.ClientError, asyncio.TimeoutError):
                pass
            await asyncio.sleep(PAUSE)
