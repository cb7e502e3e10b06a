"""What is looked at regularly, for /metrics: how long the server keeps arrivals waiting, which parts work, which signatures end."""

from __future__ import annotations

import asyncio
import time
from importlib.metadata import version
from typing import Any

import structlog

from bot.channels.health import Health
from bot.channels.metrics import count_wait, tell_build, tell_endings, tell_parts
from bot.library.speaking import Speaker

SAMPLE = 0.25         # seconds between two looks at how long the server keeps arrivals waiting
PARTS_EVERY = 15.0    # seconds
ENDINGS_EVERY = 600.0  # seconds: signatures end by the day, but an alert should stop soon after somebody signed

log = structlog.get_logger()


async def watch_queue(_app: Any) -> None:
    """Rasa's pipeline runs in the event loop, so whatever arrives meanwhile waits (rasa/engine/runner/dask.py). A
    short sleep that ends late shows by how much."""
    while True:
        due = time.monotonic() + SAMPLE
        await asyncio.sleep(SAMPLE)
        count_wait(max(time.monotonic() - due, 0.0))


class Watch:
    """The slower looks. `health` and `speaker` are the server's own."""

    def __init__(self, health: Health, speaker: Speaker) -> None:
        self._health, self._speaker = health, speaker

    async def parts(self, app: Any) -> None:
        """Which parts work, and what is loaded."""
        while True:
            agent = getattr(app.ctx, "agent", None)
            tell_parts(await self._health.parts(agent))
            tell_build(version("ivy"), str(getattr(agent, "model_id", None)))
            await asyncio.sleep(PARTS_EVERY)

    async def endings(self, _app: Any) -> None:
        """When signatures end."""
        while True:
            try:
                ending = await asyncio.to_thread(self._speaker.desk.ending, self._speaker.situation().clinic_day())
                tell_endings(state.days_left for state in ending.values())
            except Exception as error:  # noqa: BLE001 - tried again at the next look
                log.error("endings_unread", error=type(error).__name__)
            await asyncio.sleep(ENDINGS_EVERY)
