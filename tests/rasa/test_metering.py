"""Which messages are handed on to be kept as unanswered: typed ones, for want of an answer, and only where somebody wants them."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from rasa.core.channels.channel import OutputChannel, UserMessage

from bot.rasa.metering import meter


class Phone(OutputChannel):
    async def send_response(self, recipient_id, message) -> None:
        pass


async def kept_of(*replies: dict, button: str = "", wanted: bool = True) -> list[tuple]:
    """What is handed on when a message gets these replies."""
    async def handle_message(message):
        for reply in replies:
            await message.output_channel.send_response(message.sender_id, {"text": "words", "state": "draft", **reply})

    kept, agent = [], SimpleNamespace(handle_message=handle_message)
    meter(agent, "a secret", (lambda *row: kept.append(row)) if wanted else None)
    await agent.handle_message(UserMessage("can my dog come", Phone(), "web-1", metadata={"button": button}))
    await asyncio.get_running_loop().shutdown_default_executor()  # it is handed on in a thread
    return kept


@pytest.mark.parametrize("name", ["not_sure", "not_sure_again", "out_of_scope"])
async def test_message_without_an_answer_is_handed_on_with_why(name):
    assert await kept_of({"kind": "voice", "content": f"voice/{name}"}) == [("can my dog come", name, "web-1")]


@pytest.mark.parametrize("replies", [
    [{"kind": "answer", "content": "answers/about/brands"}],
    [{"kind": "voice", "content": "voice/did_you_mean"}],
    [{"kind": "safety", "content": "safety/urgent", "tier": "urgent"}, {"kind": "voice", "content": "voice/not_sure"}],
    [{"kind": "check", "content": "safety/check"}, {"kind": "voice", "content": "voice/out_of_scope"}],
    [{"kind": "voice", "content": "voice/service_down"}], []])
async def test_message_with_an_answer_or_an_alert_or_in_an_outage_is_not(replies):
    assert await kept_of(*replies) == []


async def test_button_is_nobodys_question():
    assert await kept_of({"kind": "voice", "content": "voice/out_of_scope"}, button="apples") == []


async def test_nothing_is_handed_on_where_it_is_off():
    assert await kept_of({"kind": "voice", "content": "voice/not_sure"}, wanted=False) == []
