"""How a server leaves: not ready any more, then no new messages, then what is in hand is finished; never without end."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from bot.channels.health import Health
from bot.rasa.conversation_store import conversation_store
from bot.records.archive import written

FAREWELL = 5.0  # seconds for turns and archive after the last answer has left; answers themselves have Sanic's 15 (GRACEFUL_SHUTDOWN_TIMEOUT)

log = structlog.get_logger()


class Leaving:
    """Told by SIGTERM or Ctrl-C (sanic/server/runners.py, `serve`): `begin` while messages are still taken, `finish` when
    the last answer has left. `drain`: seconds in between, for a front that asks /ready now and then."""

    def __init__(self, health: Health, drain: int) -> None:
        self._health, self._drain = health, drain

    async def begin(self, _app: Any, _loop: Any) -> None:
        self._health.leaving = True
        log.info("leaving", drain=self._drain)
        await asyncio.sleep(self._drain)

    async def finish(self, app: Any, _loop: Any) -> None:
        """Turns that took longer than the patient was let wait are saved, what was said is written down, the conversations' file is left whole."""
        guard = getattr(app.ctx, "guard", None)
        try:
            if guard:
                await guard.finish(FAREWELL)
            if not await asyncio.to_thread(written, FAREWELL):
                log.error("archive_not_written")
        finally:
            if guard:
                conversation_store(app.ctx.agent).close()
            # what runs as long as the server does: asyncio would log an error for each, and the copy that understands would not be ended
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
