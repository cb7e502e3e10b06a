"""The guard around Rasa: every message is judged before Rasa sees it, and answered whatever Rasa does.

It wraps `agent.handle_message`, the one function every channel calls
(rasa/core/channels/channel.py, `register`)."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import Any, Coroutine, Dict, List, Optional, Text

import structlog
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage

from bot.library.speaking import Speaker
from bot.rasa.conversation import safety_state
from bot.rasa.inbound import FORGET_ME, LONGEST_ANSWERED, LONGEST_JUDGED, asks_to_forget, rasa_text
from bot.rasa.output import GuardedOutput
from bot.records.escalations import note_escalation
from bot.safety.dialogue import SafetyDialogue, SafetyState
from bot.safety.verdict import Verdict

PATIENCE = 2.5        # seconds from a message's arrival for Rasa's turn; every message is answered within 3 (promise 3)
STATE_PATIENCE = 0.4  # seconds for reading what the conversation remembers
REMEMBERED = 5_000   # conversations whose safety state is also kept here, for when the database is away

log = structlog.get_logger()


class Guard:
    """One per server. `handle_message` has the signature of the agent's own."""

    def __init__(self, agent: Agent, speaker: Speaker, dialogue: SafetyDialogue, patience: float = PATIENCE) -> None:
        self._agent, self._speaker, self._dialogue, self.patience = agent, speaker, dialogue, patience
        self._rasa = agent.handle_message
        self._states: OrderedDict[str, tuple[float, SafetyState]] = OrderedDict()
        self._turns: set[asyncio.Task] = set()

    def install(self) -> None:
        """Put the guard in front of the agent; a model loaded later stays behind it."""
        self._agent.handle_message = self.handle_message  # type: ignore[method-assign]

    async def handle_message(self, message: UserMessage) -> Optional[List[Dict[Text, Any]]]:
        """Judge, let Rasa work under a time limit, and see that what must be said was said."""
        came = time.monotonic()
        # half an emoji, where a client cut the text, can be neither encoded nor saved
        text = str(message.text or "").encode("utf-8", "replace").decode()
        button = dict(message.metadata or {}).get("button", "")
        output = GuardedOutput(message.output_channel)
        if asks_to_forget(text, button):
            await asyncio.wait_for(self.forget(message.sender_id), self.patience)
            await output.say(message, self._speaker.voice(FORGET_ME, self._speaker.situation()))
            return None
        state = await self._state(message.sender_id)
        verdict, following = await self._judge(text, state, button)
        self._remember(message.sender_id, following)
        metadata = {"button": button, "verdict": verdict.as_dict(), "state": following.as_dict(), "message_id": message.message_id}
        await self._within(came, self._rasa(UserMessage(rasa_text(text, button), output, message.sender_id, message.parse_data, message.input_channel, message.message_id, metadata)))
        await self._see_to_it(came, output, message, verdict, following, len(text))
        output.closed = True

    async def _judge(self, text: str, state: SafetyState, button: str) -> tuple[Verdict, SafetyState]:
        """The verdict. Long texts are judged in a thread; a broken judge asks, it does not wave through."""
        judged = text[:LONGEST_JUDGED]
        try:
            if len(judged) > LONGEST_ANSWERED:
                return await asyncio.wait_for(asyncio.to_thread(self._dialogue.next_verdict, judged, state, button), self.patience)
            return self._dialogue.next_verdict(judged, state, button)
        except Exception as error:  # noqa: BLE001
            log.error("triage_failed", error=type(error).__name__)
            if state.asked and button != "check_no":  # an answer to "are you having this now?" that cannot be read counts as yes
                return Verdict(tier=state.suspected, message=state.suspected, signs=state.pending, names=state.names), state
            return Verdict(check=True, suspected="urgent", message="check_unlisted"), state

    async def _within(self, came: float, work: Coroutine) -> None:
        """Let something work until the message is `patience` old. What takes longer is left to finish:
        cancelling Rasa's turn would lose the patient's words from the tracker, and an alert its record.
        Even after that it gets a moment, which is most often enough."""
        turn = asyncio.ensure_future(work)
        self._turns.add(turn)
        turn.add_done_callback(self._finished)
        await asyncio.wait({turn}, timeout=max(self.patience - (time.monotonic() - came), 0.1))

    def _finished(self, turn: asyncio.Task) -> None:
        self._turns.discard(turn)
        if not turn.cancelled() and turn.exception():
            log.error("turn_failed", error=type(turn.exception()).__name__)

    async def _see_to_it(self, came: float, output: GuardedOutput, message: UserMessage, verdict: Verdict, state: SafetyState, length: int) -> None:
        """A safety message that did not leave is said here; so is anything, where nothing left."""
        situation = self._speaker.situation(state.known, message.input_channel or "web")
        if verdict.acts and not output.said_safety:
            try:
                reply = self._speaker.safety(verdict, situation)
            except Exception as error:  # noqa: BLE001
                log.error("safety_message_failed", error=type(error).__name__)
                reply = self._speaker.trouble(situation)
            await output.say(message, reply)
            await self._within(came, asyncio.to_thread(note_escalation, message.message_id, verdict.tier, verdict.signs, f"safety/{verdict.message}", message.input_channel, "guard"))
        if length > LONGEST_ANSWERED:
            await output.say(message, self._speaker.voice("too_long", situation))
        elif not output.sent:
            await output.say(message, self._speaker.trouble(situation))

    async def _state(self, sender_id: Text) -> SafetyState:
        """From the conversation's tracker, or from this process's memory where that cannot be read or, unsaved, is older."""
        try:
            tracker = await asyncio.wait_for(self._agent.tracker_store.retrieve(sender_id), STATE_PATIENCE)
        except Exception as error:  # noqa: BLE001 - any store, any failure
            log.warning("conversation_unreadable", error=type(error).__name__)
            tracker = None
        at, remembered = self._states.get(sender_id, (0.0, SafetyState()))
        return safety_state(tracker) if tracker and tracker.events and tracker.events[-1].timestamp >= at else remembered

    def _remember(self, sender_id: Text, state: SafetyState) -> None:
        self._states[sender_id] = (time.time(), state)
        self._states.move_to_end(sender_id)
        while len(self._states) > REMEMBERED:
            self._states.popitem(last=False)

    async def forget(self, sender_id: Text) -> None:
        """Delete a conversation, its words and what was remembered of it. Raises what the store raises."""
        store = getattr(self._agent.tracker_store, "_tracker_store", self._agent.tracker_store)
        async with self._agent.lock_store.lock(sender_id):  # a turn still at work would save its words again
            self._states.pop(sender_id, None)
            await store.forget(sender_id)
