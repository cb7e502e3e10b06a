"""Are the stores that Rasa uses those that were configured? Rasa itself goes on with its own memory where one cannot
be made (rasa/core/tracker_store.py, `create_tracker_store`; rasa/core/agent.py, `_create_lock_store`)."""

from __future__ import annotations

import os
from typing import Any, Iterator

import sqlalchemy as sa
import structlog

from bot.project import StartError
from bot.rasa.conversation_store import conversation_store
from bot.rasa.lock_store import IvyLockStore
from bot.rasa.tracker_store import IvyTrackerStore
from bot.records.database import installed_records, tracker_url
from bot.sharing import sharing, why_unreachable

log = structlog.get_logger()


def shared_stores_answer() -> None:
    """Where several servers share: Redis and the records must be there at the start. Raises StartError or RecordsError."""
    link = sharing()
    if not link.on:
        return
    why = why_unreachable(link.url)
    if why:
        raise StartError(f"Redis cannot be used ({why}); start or repair it, or correct IVY_REDIS")
    installed_records()


def must_be_as_configured(agent: Any) -> None:
    """Raises StartError for an agent whose stores are others than the settings say; warns where they are another server's too, perhaps."""
    wrong = list(_wrong(agent))
    if wrong:
        raise StartError("\n".join(wrong))
    if not sharing().on and any(os.environ.get(name, "").startswith("postgresql") for name in ("IVY_DATABASE", "IVY_TRACKERS")):
        log.warning("no_redis", meaning="this must be the only server of its databases: others share locks, limits and sessions only through IVY_REDIS")


def _wrong(agent: Any) -> Iterator[str]:
    store = conversation_store(agent)
    if not isinstance(store, IvyTrackerStore):
        yield f"conversations are kept in {type(store).__name__}, not in the database of IVY_TRACKERS; see tracker_store in endpoints.yml"
    elif store.engine.url != sa.engine.make_url(tracker_url()):
        yield f"conversations are kept in {store.engine.url.render_as_string(hide_password=True)}, and IVY_TRACKERS names another database"
    for owner in filter(None, (agent, agent.processor)):
        if not isinstance(owner.lock_store, IvyLockStore) or owner.lock_store.sharing.url != sharing().url:
            yield f"{type(owner).__name__} locks conversations with {type(owner.lock_store).__name__}, not as IVY_REDIS says; see bot/rasa/server.py, build_app"
