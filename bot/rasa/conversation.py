"""Reading a Rasa tracker: what was answered last, what is known, what was judged."""

from __future__ import annotations

from typing import Any, Iterator, Optional

from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.library.list_commands import Command, list_command
from bot.library.questions import SLOT, QuestionList
from bot.library.service import question_sets
from bot.rasa.triage import verdict_of
from bot.safety.dialogue import SafetyState
from bot.safety.verdict import Verdict
from bot.understanding.followup import Context

ASKED = "voice/did_you_mean"
#: Buttons that cannot be picked by saying "the first one": answers to a check, what has its own words, and the way out.
NOT_PICKED = ("check_", "situation_", "list_", "something_else")
SAFETY_SLOT = "safety"

# Below, events are known by their type: Rasa's are abstract classes, and to ask `isinstance` of them is slow.


def safety_state(tracker: Optional[DialogueStateTracker]) -> SafetyState:
    """What the conversation remembers for safety; the empty state where it cannot be told."""
    slot = tracker.slots.get(SAFETY_SLOT) if tracker else None
    return SafetyState.from_dict(slot.value if slot else None)


def latest_verdict(tracker: DialogueStateTracker) -> Optional[Verdict]:
    """The verdict on the patient's last message, if it was judged."""
    message = tracker.latest_message
    if not message:
        return None
    saved = (message.parse_data or {}).get("verdict")
    return verdict_of(message.metadata) or (Verdict.from_dict(saved) if saved else None)


def parsed(tracker: DialogueStateTracker, key: str) -> Any:
    """A value the pipeline wrote into the last message's parse data."""
    return ((tracker.latest_message and tracker.latest_message.parse_data) or {}).get(key)


def said(tracker: DialogueStateTracker) -> list[dict]:
    """The replies so far, newest first, as their metadata has them."""
    return [event.metadata for event in reversed(tracker.events) if type(event) is BotUttered and "content" in event.metadata]


def said_before_last_message(tracker: DialogueStateTracker) -> list[dict]:
    """The replies to the patient's message before the last one."""
    replies, users = [], 0
    for event in reversed(tracker.events):
        if type(event) is UserUttered:
            users += 1
            if users == 2:
                break
        elif users == 1 and type(event) is BotUttered and "content" in event.metadata:
            replies.append(event.metadata)
    return replies


def said_before(tracker: Optional[DialogueStateTracker]) -> Context:
    """What a message to come follows on. The tracker ends before it."""
    if tracker is None:
        return Context()
    _, family, topic = next((reply["content"] for reply in said(tracker) if reply.get("kind") == "answer"), "//").split("/")
    offered = tuple(button for button in _offered_last(tracker) if not button.startswith(NOT_PICKED))
    asked = ASKED in (reply["content"] for reply in _last_replies(tracker))
    return Context(topic, family, offered, asked, _unchosen(tracker), frozenset(safety_state(tracker).known))


def typed_list_command(text: str, tracker: Optional[DialogueStateTracker]) -> Optional[Command]:
    """The change of the question list that a message to come is, if it is one. The tracker ends before it:
    situations count as offered when they stood below what Ivy said last."""
    if tracker is None:
        return list_command(text, has_list=False)
    choices = question_sets() if any(button.startswith("situation_") for button in _offered_last(tracker)) else ()
    return list_command(text, choices, has_list=bool(QuestionList.from_dict(tracker.get_slot(SLOT)).show()))


def _unchosen(tracker: DialogueStateTracker) -> tuple:
    """Of what the last "did you mean" offered, the topics that were not answered since, if one was."""
    answered: set[str] = set()
    for event in reversed(tracker.events):
        if type(event) is BotUttered and event.metadata.get("content") == ASKED:
            offered = [button["id"] for button in event.data.get("buttons") or () if not button["id"].startswith(NOT_PICKED)]
            return tuple(topic for topic in offered if topic not in answered) if answered & set(offered) else ()
        if type(event) is BotUttered and event.metadata.get("kind") == "answer":
            answered.add(event.metadata["content"].rsplit("/", 1)[-1])
    return ()


def _last_replies(tracker: DialogueStateTracker) -> Iterator[dict]:
    """The replies since the patient's last message, newest first."""
    for event in reversed(tracker.events):
        if type(event) is UserUttered:
            return
        if type(event) is BotUttered and "content" in event.metadata:
            yield event.metadata


def _offered_last(tracker: DialogueStateTracker) -> Iterator[str]:
    """Ids of the buttons since the patient's last message."""
    for event in reversed(tracker.events):
        if type(event) is UserUttered:
            return
        if type(event) is BotUttered:
            yield from (button["id"] for button in event.data.get("buttons") or ())
