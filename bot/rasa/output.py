"""The output channel that the guard hands to Rasa: it knows what left, and when Rasa is late."""

from __future__ import annotations

from typing import Any, Dict, Text

from rasa.core.channels.channel import OutputChannel, UserMessage

from bot.library.speaking import Reply
from bot.records.archive import note_said


class GuardedOutput(OutputChannel):
    """Passes Rasa's replies on while the turn is open; afterwards only a safety message, if none was said."""

    def __init__(self, channel: OutputChannel) -> None:
        self._channel = channel
        self.sent: list[str] = []
        self.said_safety = self.closed = False

    @classmethod
    def name(cls) -> Text:
        return "guarded"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        # words without a content id were written by nobody: an action server gone astray
        if not message.get("text") or not message.get("content") or self.closed and (not _safety(message) or self.said_safety):
            return
        await self._pass_on(recipient_id, message)

    async def say(self, message: UserMessage, reply: Reply) -> None:
        """The guard speaks in Rasa's place. What Rasa still says to this message is late."""
        self.closed = True
        await self._pass_on(message.sender_id, reply.as_dict())

    async def _pass_on(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        self.sent.append(message["content"])
        self.said_safety = self.said_safety or _safety(message)
        note_said(message)
        await self._channel.send_response(recipient_id, message)


def _safety(message: Dict[Text, Any]) -> bool:
    # the answer to a check that was denied is a voice line of kind safety
    return message.get("kind") in ("safety", "check") or str(message.get("content", "")).startswith("safety/") or message.get("tier", "none") != "none"
