"""The files of the website chat: the widget's one script, the page that is only the chat, the page without
JavaScript, the demonstration."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Mapping, Optional

from jinja2 import Environment, FileSystemLoader, select_autoescape

from bot.library.page_texts import filled
from bot.library.render import plain
from bot.library.speaking import Speaker
from bot.rasa.inbound import LONGEST_ANSWERED

WEB = Path(__file__).resolve().parent.parent / "web"
#: What ivy.js is made of, in this order. One file, so that it arrives whole or not at all.
PARTS = ("page.js", "server.js", "outbox.js", "words.js", "replies.js", "talk.js", "sheet.js", "shell.js", "element.js")
STATIC = {"ivy.css": "text/css", "page.css": "text/css", "favicon.svg": "image/svg+xml"}


class Pages:
    """Fills the pages with the content's words and the clinic's numbers of this hour."""

    def __init__(self, speaks: Speaker, texts: Mapping, keep_days: int) -> None:
        self._speaker, self._texts, self._keep_days = speaks, texts, keep_days
        self._templates = Environment(loader=FileSystemLoader(str(WEB)), autoescape=select_autoescape())
        self._templates.filters["day"] = day
        self._code = "".join((WEB / "widget" / part).read_text(encoding="utf-8") for part in PARTS)
        self._style = (WEB / "ivy.css").read_text(encoding="utf-8")
        self._at: dict[str, dict] = {}
        self._draft = plain(speaks.library.voice("draft_label").blocks["short"].source)

    @property
    def demo_mode(self) -> bool:
        return self._speaker.desk.mode == "demo"

    def texts(self) -> dict:
        """The fixed words, with the numbers of this hour. Filled once for each number that the clinic is called at."""
        situation = self._speaker.situation()
        if situation.clinic.call not in self._at:
            self._at[situation.clinic.call] = filled(self._texts, self._speaker.library.renderer, situation, self._keep_days, self._draft)
        return self._at[situation.clinic.call]

    def script(self) -> str:
        """ivy.js: code, style, words and numbers in one. It holds the emergency card too, which must be there when the server is not."""
        clinic = self._speaker.library.clinic
        facts = {"clinic": clinic.name, "limit": LONGEST_ANSWERED, "demo": self.demo_mode, "draft": self._draft}
        given = json.dumps({"texts": self.texts(), "facts": facts, "style": self._style}, ensure_ascii=False)
        return f'(() => {{\n"use strict";\nconst IVY = {given};\n{self._code}}})();\n'

    def page(self, name: str, **more: object) -> str:
        """A page of bot/web, filled."""
        return self._templates.get_template(name).render(clinic=self._speaker.situation().clinic, texts=self.texts(), demo=self.demo_mode, **more)

    @staticmethod
    def static(name: str) -> Optional[tuple[str, str]]:
        """A file that needs no filling, and its type; None when there is none of that name."""
        return ((WEB / name).read_text(encoding="utf-8"), f"{STATIC[name]}; charset=utf-8") if name in STATIC else None


def day(iso: str) -> str:
    """An ISO date as a person writes it, for the page that cannot ask the browser to."""
    found = date.fromisoformat(iso)
    return f"{found:%B} {found.day}, {found.year}"


def etag(text: str) -> str:
    """A mark of exactly this text (RFC 9110, 8.8.3), for a browser that asks whether its copy still holds."""
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
