"""Is Ivy alive, is it ready, how is it doing: /live, /ready and /metrics.

Rasa has no such routes: its "/" says hello without a model, and /status needs the HTTP API (rasa/server.py)."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Optional

import sqlalchemy as sa
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.metrics import exposition, tell_content
from bot.library.items import text_hash
from bot.library.library import Library
from bot.rasa.conversation_store import conversation_store
from bot.records.database import records
from bot.sharing import Sharing

PATIENCE = 1.5  # seconds that a database may take to say that it is there
FRESH = 2.0     # seconds for which an answer of the databases is used again: /ready is open to everybody
PLAIN = {"Cache-Control": "no-store"}
#: Parts without which a server answers all the same: Redis, and the process in which messages are understood (bot/rasa/apart.py).
NOT_NEEDED = frozenset({"shared", "understanding"})
#: Headers that a proxy adds. Whoever comes through one is not on this machine.
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


class Health:
    """The three routes. `library` is the content that is served."""

    def __init__(self, library: Library, sharing: Optional[Sharing] = None) -> None:
        self._version, self._sharing, self.leaving = content_version(library), sharing or Sharing(), False
        self.understands_apart: Optional[Callable[[], bool]] = None
        self._conversations, self._records = Probe("events"), Probe("escalations")
        tell_content(self._version)

    def blueprint(self) -> Blueprint:
        routes = Blueprint("ivy_health")

        @routes.get("/live")
        async def live(_: Request) -> HTTPResponse:
            return response.json({"live": True}, headers=PLAIN)

        @routes.get("/ready")
        async def ready(request: Request) -> HTTPResponse:
            parts = await self.parts(getattr(request.app.ctx, "agent", None))
            works = all(part["ready"] for name, part in parts.items() if name not in NOT_NEEDED) and not self.leaving
            return response.json({"ready": works, **({"leaving": True} if self.leaving else {}), **parts}, 200 if works else 503, headers=PLAIN)

        @routes.get("/metrics")
        async def metrics(request: Request) -> HTTPResponse:
            if not may_read_metrics(request):
                return response.text("metrics are for this machine, or for who sends IVY_METRICS_TOKEN as a bearer token\n", 403, headers=PLAIN)
            return response.raw(exposition(), headers=PLAIN, content_type="text/plain; version=0.0.4; charset=utf-8")

        return routes

    async def parts(self, agent: Any) -> dict[str, dict]:
        """Each part that Ivy needs, and whether it is there; and those without which it works on (NOT_NEEDED), where they are set up."""
        engine = getattr(conversation_store(agent), "engine", None)
        conversations, kept = await asyncio.gather(self._conversations.answers(lambda: engine), self._records.answers(records))
        shared = {"shared": {"ready": await self._sharing.answers()}} if self._sharing.on else {}
        apart = {"understanding": {"ready": self.understands_apart()}} if self.understands_apart else {}
        model = bool(agent and agent.is_ready())
        return {"model": {"ready": model, "id": agent.model_id if model else None}, "content": {"ready": True, "version": self._version},
                "conversations": {"ready": conversations}, "records": {"ready": kept}, **shared, **apart}


class Probe:
    """Whether a database answers. One question at a time, in a thread of its own: a database that hangs must
    not take the threads that others need."""

    def __init__(self, table: str) -> None:
        self._question = sa.text(f"SELECT 1 FROM {table} LIMIT 1")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="probe")
        self._asked = float("-inf")
        self._asking: Optional[asyncio.Future] = None

    async def answers(self, engine: Callable[[], Optional[sa.engine.Engine]]) -> bool:
        """True when the database answered just now; False when it failed or still thinks."""
        if self._asking is None or self._asking.done() and time.monotonic() - self._asked > FRESH:
            self._asked = time.monotonic()
            self._asking = asyncio.get_running_loop().run_in_executor(self._thread, self._ask, engine)
        await asyncio.wait({self._asking}, timeout=PATIENCE)
        return self._asking.done() and self._asking.result()

    def _ask(self, engine: Callable[[], Optional[sa.engine.Engine]]) -> bool:
        try:
            with engine().connect() as connection:
                connection.execute(self._question)
            return True
        except Exception:  # noqa: BLE001 - whatever it is, the database cannot be used
            return False


def may_read_metrics(request: Request) -> bool:
    """With IVY_METRICS_TOKEN only who sends it. Without one, who is on this machine, unless Ivy is public
    (IVY_PUBLIC_URL): behind a proxy everybody comes from this machine."""
    token = os.environ.get("IVY_METRICS_TOKEN", "")
    if token:
        return hmac.compare_digest(f"Bearer {token}".encode(), request.headers.get("authorization", "").encode("utf-8", "replace"))
    if os.environ.get("IVY_PUBLIC_URL") or any(header in request.headers for header in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.ip).is_loopback
    except ValueError:
        return False


def content_version(library: Library) -> str:
    """A short name for exactly this content: every item, and every file beside them."""
    files = sorted(library.root.rglob("*.yml"))
    items = [f"{item.id} {item.version}" for item in sorted(library.items.values(), key=lambda item: item.id)]
    return text_hash(*items, *(path.read_text(encoding="utf-8") for path in files))[:12]
