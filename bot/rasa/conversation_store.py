"""Which store keeps an agent's conversations. A module of its own: the channels need it, and need not load Rasa's graph for it."""

from __future__ import annotations

from typing import Any


def conversation_store(agent: Any) -> Any:
    """The store without Rasa's wrapper around it, which passes a failure off as an empty conversation
    (rasa/core/tracker_store.py, FailSafeTrackerStore). None where there is no agent."""
    store = getattr(agent, "tracker_store", None)
    return getattr(store, "_tracker_store", store)
