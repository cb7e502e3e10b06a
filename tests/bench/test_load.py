"""Users who wait for each answer: every message is sent once, in order, and what is not answered is counted."""

from __future__ import annotations

import asyncio

import pytest

from bot.bench.load import TURNS, load
from bot.bench.servers import Server


class Echo(Server):
    """Answers in process; counts who waits at the same time."""

    def __init__(self, mute: tuple = ()) -> None:
        self.said: dict[str, list[str]] = {}
        self._mute, self._now, self.most = mute, 0, 0

    def cpu(self) -> float:
        return 0.001 * sum(map(len, self.said.values()))

    async def open(self, client) -> str:
        name = f"conversation {len(self.said)}"
        self.said[name] = []
        return name

    async def ask(self, client, conversation: str, text: str) -> list[dict]:
        self._now += 1
        self.most = max(self.most, self._now)
        await asyncio.sleep(0)
        self._now -= 1
        self.said[conversation].append(text)
        return [] if text in self._mute else [{"content": "safety/urgent" if text == "help" else "answers/x"}]


TEXTS = [f"message {number}" for number in range(12)]


@pytest.mark.parametrize("users", [1, 2, 32])
async def test_each_message_is_sent_once_and_in_order(users):
    server = Echo()
    met = await load(server, TEXTS, users)
    assert list(server.said.values()) == [TEXTS[i : i + TURNS] for i in range(0, len(TEXTS), TURNS)]
    assert len(met.turns) == len(TEXTS) and met.unanswered == 0
    assert server.most == min(users, len(server.said))


async def test_silence_and_safety_messages_are_counted():
    met = await load(Echo(mute=("message 3",)), [*TEXTS, "help"], 2)
    assert (met.unanswered, met.safety) == (1, 1)


async def test_cpu_is_that_of_the_messages():
    assert (await load(Echo(), TEXTS, 1)).cpu_ms == pytest.approx(1.0)
