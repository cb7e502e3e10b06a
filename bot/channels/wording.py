"""The words around a reply in an app: the draft label, where it is from, the sentence over numbered choices."""

from __future__ import annotations

from typing import Any, Mapping

import structlog

from bot.channels.rendering import MEDIA, Part, is_numbered, render
from bot.library.speaking import Speaker

NAMED = 2  # publishers that the line on sources names; the rest are counted

log = structlog.get_logger()


class Wording:
    """Puts a reply together for an app. Every word is of content/voice."""

    def __init__(self, speaks: Speaker) -> None:
        self._speaker = speaks

    def parts(self, message: Mapping[str, Any], medium_name: str, first: int = 1) -> tuple[list[Part], list[str]]:
        """A reply, as its metadata has it, in parts; and the ids of the choices it numbers, from `first` on."""
        medium = MEDIA[medium_name]
        buttons = [(button["id"], button["title"]) for button in message.get("buttons") or ()]
        numbered = is_numbered(medium, buttons)
        clinic = self._speaker.situation().clinic
        numbers = [clinic.emergency_number, *([] if clinic.fictional else [clinic.phone, clinic.after_hours_phone])]
        parts = render(message["text"], medium, buttons, message.get("kind") in ("safety", "check"), self._footer(message, medium_name),
                       self._line("pick_number", medium_name) if numbered else "", first, numbers)
        return parts, [button for button, _ in buttons] if numbered else []

    def _footer(self, message: Mapping[str, Any], medium: str) -> str:
        """The draft label, and for an answer who checked it and what it stands on."""
        from_where = ""
        if message.get("kind") == "answer":
            publishers = list(dict.fromkeys(source["publisher"] for source in self._speaker.source_list(message.get("sources") or ())))
            reviewed_on = message.get("reviewed_on")
            from_where = "" if not publishers and not reviewed_on else self._line("provenance", medium, reviewed_on=reviewed_on, sources="; ".join(publishers[:NAMED]), more=len(publishers[NAMED:]))
        return " ".join(filter(None, [message.get("label"), from_where]))

    def _line(self, name: str, medium: str, **extra: Any) -> str:
        """A line's words; none where it is withheld or broken, because what it goes with must be said all the same."""
        try:
            line = self._speaker.voice(name, self._speaker.situation(channel=medium, **extra))
        except Exception as error:  # noqa: BLE001 - a template may fail in any way
            log.error("line_failed", line=name, error=type(error).__name__)
            return ""
        return "" if line.state == "withheld" else line.text
