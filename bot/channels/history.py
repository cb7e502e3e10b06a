"""What was said so far, to show it again after a reload: the patient's own words and what Ivy answered."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channels.replies import as_json
from bot.library.speaking import Speaker


def lines_of(tracker: Optional[DialogueStateTracker], speaks: Speaker, delivered: Mapping[str, list]) -> list[dict]:
    """The conversation in order: {"you": words} and {"ivy": reply}.

    `delivered` holds what left in this process, by the client's message id. It stands above the tracker, which does
    not know what the guard said in Rasa's place; of what is older only the tracker knows."""
    lines: list[dict] = []
    from_tracker = True
    for event in tracker.events if tracker else ():
        if isinstance(event, UserUttered):
            lines.append({"you": _words(event, speaks)})
            left = delivered.get(str(event.message_id or "").partition(":")[2])
            lines += [{"ivy": reply} for reply in left or ()]
            from_tracker = left is None
        elif isinstance(event, BotUttered) and from_tracker and event.text and "content" in event.metadata:
            lines.append({"ivy": as_json(speaks, {**event.metadata, "text": event.text, "buttons": event.data.get("buttons")})})
    return lines


def _words(event: UserUttered, speaks: Speaker) -> str:
    """What the patient typed, or the title of the button that was pressed."""
    button: Any = (event.metadata or {}).get("button")
    return speaks.button(button)["title"] if button else event.text or ""
