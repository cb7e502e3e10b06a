"""A reply as the website gets it: words as text and safe HTML, buttons, and what they stand on."""

from __future__ import annotations

from typing import Any, Dict, Text

from rasa.core.channels.channel import OutputChannel

from bot.library.items import OTHER_LANGUAGE
from bot.library.render import plain, tap_to_call
from bot.library.speaking import Speaker

WANTED = ("content", "version", "state", "tier", "kind", "block", "reviewed_on", "reviewed_by", "label")


class CollectedReplies(OutputChannel):
    """Gathers one message's replies for the JSON answer."""

    def __init__(self, speaks: Speaker) -> None:
        self._speaker = speaks
        self.replies: list[dict] = []

    @classmethod
    def name(cls) -> Text:
        return "web"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        self.replies.append(as_json(self._speaker, message))


def as_json(speaks: Speaker, message: Dict[Text, Any]) -> dict:
    """A reply as the page gets it: never a payload, an intent name or a patient's words.

    `words` are the hard words of an answer with their meanings; `lang` is set where the language is another."""
    text = plain(message["text"])
    return {
        **{key: message.get(key) for key in WANTED},
        "text": text,
        "html": tap_to_call(speaks.library.renderer.html(message["text"], keep="archived" in message and message["archived"] is None), speaks.library.clinic),
        "buttons": [{"id": button["id"], "title": button["title"]} for button in message.get("buttons") or ()],
        "sources": speaks.source_list(message.get("sources") or ()),
        "words": speaks.library.meanings(text) if message.get("kind") == "answer" else [],
        "lang": message.get("block") if message.get("content") == f"voice/{OTHER_LANGUAGE}" else None,
    }
