"""The guard around Rasa: every message is judged before Rasa sees it, and answered whatever Rasa does.

It wraps `agent.handle_message`, the one function every channel calls
(rasa/core/channels/channel.py, `register`)."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, contextmanager
from typing import Any, AsyncIterator, Awaitable, Callable, Dict, Iterator, List, Optional, Text
from weakref import WeakValueDictionary

import structlog
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage

from bot.library.speaking import Speaker
from bot.rasa.coming import Coming
from bot.rasa.conversation import SAFETY_SLOT
from bot.rasa.conversation_store import conversation_store
from bot.rasa.inbound import FORGET_ME, LONGEST_ANSWERED, LONGEST_JUDGED, asks_to_forget, rasa_text
from bot.rasa.output import GuardedOutput
from bot.rasa.remembered import Remembered
from bot.rasa.workers import Threads, Workers
from bot.records.escalations import RECORD_PATIENCE, note_before_reply
from bot.safety.dialogue import SafetyDialogue, SafetyState
from bot.safety.verdict import Verdict
from bot.sharing import Sharing

PATIENCE = 2.5        # seconds from a message's arrival for Rasa's turn; every message is answered within 3 (promise 3)
LAST_WORD = 2.8       # by then the guard's safety message leaves, recorded or not
STATE_PATIENCE = 0.4  # seconds for reading what the conversation remembers

log = structlog.get_logger()


class Guard:
    """One per server. `handle_message` has the signature of the agent's own."""

    def __init__(self, agent: Agent, speaker: Speaker, dialogue: SafetyDialogue, patience: float = PATIENCE, sharing: Optional[Sharing] = None,
                 foresee: Callable[[Text], None] = lambda text: None) -> None:
        """`foresee`: called in a thread with the text that Rasa is about to get."""
        self._agent, self._speaker, self._dialogue, self.patience = agent, speaker, dialogue, patience
        self.workers: Workers = Threads(dialogue, foresee)
        self._rasa = agent.handle_message
        self._remembered = Remembered(sharing or Sharing())
        self._at_work: dict[asyncio.Future, Text] = {}  # messages in hand and turns left to finish, and whose they are
        self._orders: WeakValueDictionary[Text, asyncio.Lock] = WeakValueDictionary()  # of conversations in which a message is being judged

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
        with self._in_hand(message.sender_id):
            coming = Coming(message, rasa_text(text, button), output, {"button": button, "message_id": message.message_id})
            turn = self._begun(coming)
            try:
                verdict, following = await self._understood(came, text, coming)
            finally:
                coming.drop()
            await self._within(came, turn, coming.answered)
            await self._see_to_it(came, output, message, verdict, following, len(text))
            output.closed = True

    async def _understood(self, came: float, text: str, coming: Coming) -> tuple[Verdict, SafetyState]:
        """Judge the message, and let Rasa's turn go on with it."""
        button = coming.metadata["button"]
        async with self._one_by_one(coming.sender_id, came):
            state = await self._state(coming.sender_id)
            judging, foreseen = self.workers.understand(text[:LONGEST_JUDGED], state, button, coming.text)
            foreseen.add_done_callback(lambda done: done.cancelled() or done.exception())  # or asyncio logs it where no turn waits for it
            verdict, following = await self._judged(judging, text, state, button, came)
            await self._remembered.keep(coming.sender_id, following)
        coming.judged(foreseen, verdict=verdict.as_dict(), state=following.as_dict())
        return verdict, following

    @contextmanager
    def _in_hand(self, conversation: Text) -> Iterator[None]:
        done = asyncio.get_running_loop().create_future()
        self._at_work[done] = conversation
        try:
            yield
        finally:
            del self._at_work[done]
            done.set_result(None)

    @asynccontextmanager
    async def _one_by_one(self, conversation: Text, came: float) -> AsyncIterator[None]:
        """The messages of a conversation are judged in the order in which they came: a question right behind a sign is judged
        with the sign in mind. Who has waited for too long is judged all the same."""
        order = self._orders.setdefault(conversation, asyncio.Lock())
        try:
            held = await asyncio.wait_for(order.acquire(), self._left(came))
        except asyncio.TimeoutError:
            held = False
        try:
            yield
        finally:
            if held:
                order.release()

    def _left(self, came: float) -> float:
        """Seconds that a message may still wait: a moment is left always."""
        return max(self.patience - (time.monotonic() - came), 0.1)

    async def _judged(self, judging: Awaitable, text: str, state: SafetyState, button: str, came: float) -> tuple[Verdict, SafetyState]:
        """The verdict, for which other patients' messages do not wait. A broken judge asks, it does not wave through."""
        try:
            try:
                return await asyncio.wait_for(judging, self._left(came))
            except asyncio.TimeoutError:
                if len(text) > LONGEST_ANSWERED:
                    raise
                return self._dialogue.next_verdict(text, state, button)  # the workers have too much to do: late, but judged
        except Exception as error:  # noqa: BLE001
            log.error("triage_failed", error=type(error).__name__)
            if state.asked and button != "check_no":  # an answer to "are you having this now?" that cannot be read counts as yes
                return Verdict(tier=state.suspected, message=state.suspected, signs=state.pending, names=state.names), state
            return Verdict(check=True, suspected="urgent", message="check_unlisted"), state

    def _begun(self, message: Coming) -> asyncio.Future:
        """Rasa's turn. What takes longer than a patient waits is left to finish: cancelling it would lose the patient's words from the
        tracker, and an alert its record."""
        turn = asyncio.ensure_future(self._rasa(message))
        self._at_work[turn] = message.sender_id
        turn.add_done_callback(self._finished)
        return turn

    async def _within(self, came: float, *turn: asyncio.Future) -> None:
        """Let the turn work until one of these is done or the message is `patience` old. Even after that it gets a moment, which is most often enough."""
        await asyncio.wait(turn, timeout=self._left(came), return_when=asyncio.FIRST_COMPLETED)

    def _finished(self, turn: asyncio.Task) -> None:
        del self._at_work[turn]
        if not turn.cancelled() and turn.exception():
            log.error("turn_failed", error=type(turn.exception()).__name__)

    async def _see_to_it(self, came: float, output: GuardedOutput, message: UserMessage, verdict: Verdict, state: SafetyState, length: int) -> None:
        """A safety message that did not leave is said here; so is anything, where nothing left."""
        unsafe, silent, cut = verdict.acts and not output.said_safety, not output.sent, length > LONGEST_ANSWERED
        if not (unsafe or silent or cut):
            return
        situation = self._speaker.situation(state.known, message.input_channel or "web")
        if unsafe:
            try:
                reply = self._speaker.safety(verdict, situation)
            except Exception as error:  # noqa: BLE001
                log.error("safety_message_failed", error=type(error).__name__)
                reply = self._speaker.trouble(situation)
            output.closed = True
            left = min(max(LAST_WORD - (time.monotonic() - came), 0.1), RECORD_PATIENCE)
            await note_before_reply(message.message_id, verdict.tier, verdict.signs, f"safety/{verdict.message}", message.input_channel, "guard", left)
            if not output.said_safety:  # Rasa's own may have come meanwhile
                await output.say(message, reply)
        if cut:
            await output.say(message, self._speaker.voice("too_long", situation))
        elif not output.sent:
            await output.say(message, self._speaker.trouble(situation))

    async def _state(self, sender_id: Text) -> SafetyState:
        """What this process remembers, where it is the only server. Else as the conversation's slot has it, or as it was remembered
        where that cannot be read or, unsaved, is older."""
        known = self._remembered.known_here(sender_id)
        if known is not None:
            return known
        saved, (at, remembered) = await asyncio.gather(self._saved(sender_id), self._remembered.last(sender_id))
        return SafetyState.from_dict(saved[1]) if saved and saved[0] >= at else remembered

    async def _saved(self, sender_id: Text) -> Optional[tuple[float, Any]]:
        """When the conversation was saved last (epoch) and its safety slot, None where there is none or it cannot be read."""
        try:
            return await asyncio.wait_for(conversation_store(self._agent).last_slot(sender_id, SAFETY_SLOT), STATE_PATIENCE)
        except Exception as error:  # noqa: BLE001 - any store, any failure
            log.warning("conversation_unreadable", error=type(error).__name__)
            return None

    async def forget(self, sender_id: Text) -> None:
        """Delete a conversation, its words and what was remembered of it. Raises what the store raises. First what is in hand
        is finished, here and, by the lock, a turn that another server has begun: it would save its words afterwards."""
        while at_work := [work for work, conversation in self._at_work.items() if conversation == sender_id]:
            await asyncio.wait(at_work)  # a message that is done may leave a turn behind
        async with self._agent.lock_store.lock(sender_id):
            await self._remembered.forget(sender_id)
            await conversation_store(self._agent).forget(sender_id)

    async def finish(self, seconds: float) -> None:
        """Wait for messages and turns that are still at work, but no longer than so many seconds."""
        if self._at_work:
            await asyncio.wait(set(self._at_work), timeout=seconds)
