"""Ivy whole in the page's own process, for sentences that are tried: the trained model, loaded when it is first needed.

What is tried is heard and answered as a patient's message is, by guard, model, policies and actions. It is kept in
memory only, with the conversation it belongs to, and no alert of it is recorded."""

from __future__ import annotations

import asyncio
import threading
import uuid
import weakref
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

from bot.library.problems import ContentError
from bot.library.speaking import Speaker
from bot.preview.visit import Refusal
from bot.safety.dialogue import SafetyDialogue
from bot.safety.verdict import Verdict

LOAD_PATIENCE = 120.0  # seconds that a first message waits for the model
TURN_PATIENCE = 20.0  # seconds for a reply: a clinician would rather wait than read the line for an outage


@dataclass(frozen=True)
class Turn:
    """One message that was tried. `text`: as typed, or a button's title; `replies`: as metadata has them; `explained`: the
    contract of `ivy ask --json`; `acted`: (action, policy, confidence) in order, empty where the guard alone spoke."""

    text: str
    replies: Sequence[Mapping]
    explained: Mapping[str, Any]
    verdict: Verdict
    corrections: Sequence[tuple]
    acted: Sequence[tuple]
    button: str = ""


@dataclass
class Conversation:
    """The turns so far. With the last reference to it, what the model remembers of it goes too."""

    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    turns: list = field(default_factory=list)


class Stage:
    """The model in a thread with an event loop of its own, one message at a time."""

    def __init__(self, model: Path) -> None:
        self.model = model
        self.failed = ""
        self._ready, self._begun, self._lock = threading.Event(), False, threading.Lock()
        self._agent = self._trackers = self._loop = self._turns = None  # made in the thread: they need Rasa, or the loop

    @property
    def is_trained(self) -> bool:
        return self.model.exists()

    @property
    def is_ready(self) -> bool:
        return self._ready.is_set() and not self.failed

    def begin(self, speaks: Speaker, dialogue: Callable[[], SafetyDialogue]) -> None:
        """Start loading the model and the safety layer, unless that was done or nothing was trained. Returns at once."""
        with self._lock:
            if self._begun or not self.is_trained:
                return
            self._begun = True
        threading.Thread(target=self._run, args=(speaks, dialogue), name="stage", daemon=True).start()

    def new_conversation(self) -> Conversation:
        conversation = Conversation()
        weakref.finalize(conversation, self._forget, conversation.id)
        return conversation

    def turn(self, conversation: Conversation, speaks: Speaker, dialogue: Callable[[], SafetyDialogue], text: str, button: str = "", title: str = "") -> Turn:
        """Let Ivy answer. Raises Refusal while there is no model, ContentError when the safety layer cannot be read."""
        self.begin(speaks, dialogue)
        if not self.is_trained or not self._ready.wait(LOAD_PATIENCE) or self.failed:
            raise Refusal(503, "Ivy's model is not there yet, so nothing was tried.", self.failed or "Try again in a minute. If nothing was trained: make train.")
        heard = asyncio.run_coroutine_threadsafe(self._one(conversation.id, speaks, dialogue(), text, button, title), self._loop).result()
        conversation.turns.append(heard)
        return heard

    def _run(self, speaks: Speaker, dialogue: Callable[[], SafetyDialogue]) -> None:
        from bot.rasa.harness import MemoryTrackerStore, load_agent

        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._turns = asyncio.Lock()
        try:
            self._trackers = MemoryTrackerStore(None)
            self._agent = load_agent(self.model, self._trackers, speaks)
            with suppress(ContentError):  # said when a sentence is tried; it may be repaired until then
                dialogue()
        except Exception as error:  # noqa: BLE001 - the page says it; everything else on it works
            self.failed = f"The model could not be loaded ({type(error).__name__}). Train it anew: make train."
        self._ready.set()
        self._loop.run_forever()

    async def _one(self, conversation: str, speaks: Speaker, dialogue: SafetyDialogue, text: str, button: str, title: str) -> Turn:
        from rasa.core.channels.channel import UserMessage

        from bot.rasa.conversation import latest_verdict
        from bot.rasa.guard import Guard
        from bot.rasa.harness import Heard, explained, speak_through
        from bot.rasa.inbound import LONGEST_JUDGED
        from bot.records.escalations import rehearsal

        async with self._turns:
            speak_through(self._agent, speaks)
            heard = Heard()
            with rehearsal():
                message = UserMessage(text, heard, conversation, input_channel="web", metadata={"button": button})
                await Guard(self._agent, speaks, dialogue, TURN_PATIENCE).handle_message(message)
            tracker = await self._agent.tracker_store.retrieve(conversation)
        verdict = (latest_verdict(tracker) if tracker else None) or Verdict()
        corrections = dialogue.triage.corrections(text[:LONGEST_JUDGED]) if not button else ()
        return Turn(title or text, tuple(heard.replies), explained(text, tracker, heard.replies), verdict, corrections, _acted(tracker), button)

    def _forget(self, conversation: str) -> None:
        if self._trackers is not None:
            self._trackers.store.pop(conversation, None)


def _acted(tracker: Any) -> tuple:
    """The actions since the last message, each with the policy that chose it and how sure it was."""
    from rasa.shared.core.events import ActionExecuted, UserUttered

    acted: list[tuple] = []
    for event in reversed(tracker.events if tracker else ()):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted) and event.action_name not in ("action_listen", "action_extract_slots", "action_session_start"):
            acted.append((event.action_name, (event.policy or "").rpartition("_")[2], event.confidence))
    return tuple(reversed(acted))
