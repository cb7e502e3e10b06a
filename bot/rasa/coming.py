"""What of Rasa's turn nobody need wait for. It begins while its message is still being understood: it waits for the conversation's
other turns, and reads the conversation, meanwhile. And the patient has the answer before the conversation is written, which may
take long on a busy disk; the next message waits for that."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any, Awaitable, Dict, Optional, Text

import structlog
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.trackers import DialogueStateTracker

_parse_by_rasa, _save_by_rasa = MessageProcessor.parse_message, MessageProcessor.save_tracker
_of_this_turn: ContextVar[Optional[Coming]] = ContextVar("of_this_turn", default=None)

log = structlog.get_logger()


class Coming(UserMessage):
    """What Rasa gets of a patient's `message`: other `words` for it, and an `output` that the guard watches."""

    def __init__(self, message: UserMessage, words: Text, output: OutputChannel, metadata: Dict[Text, Any]) -> None:
        super().__init__(words, output, message.sender_id, None, message.input_channel, message.message_id, metadata)  # what comes parsed would not be waited for
        loop = asyncio.get_running_loop()
        self._judged: asyncio.Future[Awaitable] = loop.create_future()
        self.answered: asyncio.Future[None] = loop.create_future()  # done when Rasa has said all that it will say

    def judged(self, foreseen: Awaitable, **metadata: Any) -> None:
        """The guard knows what it thinks of the message, which travels in its `metadata`. The turn goes on when `foreseen` is done, too."""
        self.metadata.update(metadata)
        self._judged.set_result(foreseen)

    def drop(self) -> None:
        """Let the turn end, if the message was not judged."""
        self._judged.cancel()

    async def understood(self) -> None:
        """Wait for both. Raises asyncio.CancelledError for a message that is dropped."""
        foreseen = await self._judged
        try:
            await foreseen
        except Exception as error:  # noqa: BLE001 - Rasa's turn finds out for itself, and the reply is seen to
            log.warning("not_foreseen", error=type(error).__name__)


async def parse_message(processor: MessageProcessor, message: UserMessage, tracker: Optional[DialogueStateTracker] = None, only_output_properties: bool = True) -> Dict[Text, Any]:
    """As rasa/core/processor.py, which has read the conversation by then; once the message is understood."""
    if isinstance(message, Coming):
        _of_this_turn.set(message)
        await message.understood()
    return await _parse_by_rasa(processor, message, tracker, only_output_properties)


async def save_tracker(processor: MessageProcessor, tracker: DialogueStateTracker) -> None:
    """As rasa/core/processor.py, where a turn ends with this."""
    message = _of_this_turn.get()
    if message and not message.answered.done():
        message.answered.set_result(None)
    await _save_by_rasa(processor, tracker)
