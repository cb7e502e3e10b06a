"""Counts what goes in and out, from outside the guard, so that what the guard says itself is counted too."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Text

import structlog
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage

from bot.channels.metrics import UNSURE, count_message, count_reply, ending, message_in_hand
from bot.logs import conversation_hash

#: Lines that are said for want of an answer. "Did you mean ...?" is none: it offers one.
NO_ANSWER = UNSURE - {"voice/did_you_mean"}
log = structlog.get_logger()


class CountedOutput(OutputChannel):
    """Passes replies on and remembers what they were, not what they said."""

    def __init__(self, channel: OutputChannel, name: str) -> None:
        self._channel, self._name = channel, name
        self.replies: list[dict] = []

    @classmethod
    def name(cls) -> Text:
        return "counted"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        reply = {key: message.get(key) for key in ("content", "kind", "state")} | {"tier": message.get("tier") or "none"}
        await self._channel.send_response(recipient_id, message)
        self.replies.append(reply)
        count_reply(self._name, reply)


def meter(agent: Agent, secret: str, keep: Optional[Callable[[Text, Text, Text], None]] = None) -> None:
    """Count each message of an agent, and name its conversation in the log by a hash under the secret. Call it after the
    guard was installed. `keep` is given, in a thread, each typed message that Ivy had no answer for, with the name of the
    line that was said instead and the conversation's id."""
    handle = agent.handle_message

    async def handle_message(message: UserMessage) -> Any:
        came, channel = time.monotonic(), message.input_channel or "web"
        message.output_channel = output = CountedOutput(message.output_channel, channel)
        failed, typed, button = True, str(message.text or ""), (message.metadata or {}).get("button")
        with structlog.contextvars.bound_contextvars(conversation=conversation_hash(secret, message.sender_id)):
            try:
                with message_in_hand():
                    result = await handle(message)
                failed = False
                return result
            finally:
                seconds = time.monotonic() - came
                count_message(channel, output.replies, seconds, failed)
                if keep and not button and (why := _unanswered(output.replies, failed)):
                    asyncio.get_running_loop().run_in_executor(None, keep, typed, why, message.sender_id)
                log.info("answered", channel=channel, outcome=ending(output.replies, failed), seconds=round(seconds, 3))

    agent.handle_message = handle_message  # type: ignore[method-assign]


def _unanswered(replies: Sequence[Mapping[Text, Any]], failed: bool) -> Text:
    """The name of the line that was said for want of an answer; empty where there was one, or an alert."""
    names = [reply["content"].rsplit("/", 1)[-1] for reply in replies if reply["content"] in NO_ANSWER]
    return names[0] if names and ending(replies, failed) == "unsure" else ""
