"""So many users at once, each of whom waits for an answer before writing again."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Iterable, Sequence

import aiohttp

from bot.bench.servers import Server

TURNS = 5      # messages a conversation; the web channel allows 30 a minute
GIVE_UP = 60   # seconds


@dataclass
class Load:
    """What one number of users met: seconds of each turn, of all, of CPU; turns without an answer."""

    turns: list = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0
    unanswered: int = 0
    safety: int = 0

    def add(self, other: "Load") -> None:
        self.turns += other.turns
        self.seconds += other.seconds
        self.cpu += other.cpu
        self.unanswered += other.unanswered
        self.safety += other.safety

    @property
    def per_second(self) -> float:
        return len(self.turns) / self.seconds

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds a message, over the server's whole process tree."""
        return 1000 * self.cpu / len(self.turns)


async def load(server: Server, texts: Sequence[str], users: int) -> Load:
    """Send the texts, a few a conversation, `users` conversations at a time. Conversations are opened before the clock starts."""
    met = Load()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=GIVE_UP), connector=aiohttp.TCPConnector(limit=users)) as client:
        conversations = [(await server.open(client), texts[i : i + TURNS]) for i in range(0, len(texts), TURNS)]
        waiting, cpu, began = iter(conversations), server.cpu(), time.monotonic()
        await asyncio.gather(*(_user(server, client, waiting, met) for _ in range(users)))
        met.seconds, met.cpu = time.monotonic() - began, server.cpu() - cpu
    return met


async def _user(server: Server, client: aiohttp.ClientSession, waiting: Iterable[tuple], met: Load) -> None:
    for conversation, texts in waiting:
        for text in texts:
            began = time.perf_counter()
            try:
                replies = await server.ask(client, conversation, text)
            except (aiohttp.ClientError, asyncio.TimeoutError):
                replies = []
            met.turns.append(time.perf_counter() - began)
            met.unanswered += not replies
            met.safety += any(str(reply.get("content", "")).startswith("safety/") for reply in replies)
