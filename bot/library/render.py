"""Turning an item's block into the words for this clinic, this person and this channel."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Mapping
from zoneinfo import ZoneInfo

from jinja2 import DictLoader, StrictUndefined, TemplateError, meta
from jinja2.sandbox import SandboxedEnvironment
from markdown_it import MarkdownIt
import nh3

from bot.library.clinic import Clinic
from bot.library.items import Item, without_citations
from bot.project import keeps_unanswered

#: What a template may ask about the person. Each is True or False, never a value to show.
CONDITIONS = ("itp", "aiha", "hdfn", "transplant", "pregnancy", "child", "newborn", "older", "kidney", "diabetes")
#: Channels a template may name.
CHANNELS = ("web", "sms", "telegram", "messenger", "whatsapp", "slack")

KEPT = 1000  # texts of which the HTML is kept
_TAGS = {"p", "ul", "ol", "li", "strong", "em", "br", "a"}


@dataclass(frozen=True)
class Situation:
    """All that may change the words: the clinic now, what is known of the person, the channel.

    `signs` are plain names of warning signs ("a stiff neck"), `other` is True when the sign is
    somebody else's, `extra` holds what only some lines need."""

    clinic: Clinic
    known: frozenset = frozenset()
    channel: str = "web"
    signs: tuple = ()
    other: bool = False
    extra: Mapping = field(default_factory=dict)

    def clinic_day(self) -> date:
        """Today, where the clinic is: the day an approval must hold on."""
        return datetime.now(ZoneInfo(self.clinic.time_zone)).date()

    def variables(self) -> dict:
        """The names templates see."""
        person = {condition: condition in self.known for condition in CONDITIONS}
        usual = {"emergency": False, "reviewer": None, "reviewed_on": None, "sources": "", "more": 0, "keeps_unanswered": keeps_unanswered()}
        return {**usual, **person, "clinic": self.clinic, "channel": self.channel, "signs": _spoken(self.signs),
                "other": self.other, **self.extra}


class Renderer:
    """Jinja2 (sandboxed, undefined names are errors) and Markdown.

    Templates include nothing: an item is whole in its own file, so that what is approved is what is read."""

    def __init__(self) -> None:
        self._environment = SandboxedEnvironment(loader=DictLoader({}), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
        self._markdown = MarkdownIt("commonmark", {"html": False})
        self._compiled: dict[str, object] = {}
        self._kept_html = lru_cache(maxsize=KEPT)(self._html)

    def render(self, item: Item, block: str, situation: Situation) -> str:
        """The block's Markdown without source marks. Raises jinja2.TemplateError for a broken template."""
        return _tidy(without_citations(self.fill(item.blocks[block].source, situation.variables())))

    def fill(self, source: str, names: Mapping[str, object]) -> str:
        """A template's text with these names filled in. Raises jinja2.TemplateError."""
        template = self._compiled.get(source)
        if template is None:
            template = self._compiled[source] = self._environment.from_string(source)
        return template.render(names)

    def conditions(self, item: Item) -> dict[str, str]:
        """The conditions an answer has words for, each with the block they are in, `short` before `more`."""
        found: dict[str, str] = {}
        for name in ("more", "short"):
            asked = meta.find_undeclared_variables(self._environment.parse(item.blocks[name].source)) if name in item.blocks else set()
            found.update({condition: name for condition in CONDITIONS if condition in asked})
        return found

    def html(self, markdown: str, keep: bool = False) -> str:
        """Markdown as HTML that may stand in any page: a few tags, no attributes but safe links. `keep` where it will be
        asked for again and repeats no patient's words: they are kept nowhere."""
        return self._kept_html(markdown) if keep else self._html(markdown)

    def _html(self, markdown: str) -> str:
        return nh3.clean(self._markdown.render(markdown), tags=_TAGS, url_schemes={"https", "tel"}).strip()


def tap_to_call(html: str, clinic: Clinic) -> str:
    """HTML in which the clinic's and the public numbers can be rung by a tap. Fictional ones never can: a
    fresh machine must not ring a stranger."""
    if clinic.fictional:
        return html
    lines = clinic.lines
    numbers = [clinic.phone, clinic.after_hours_phone, lines.emergency_number, lines.crisis_line, lines.poison_line, lines.violence_line]
    pattern = re.compile(rf"(?<![\w-])({'|'.join(sorted(map(re.escape, filter(None, numbers)), key=len, reverse=True))})(?![\w-])")
    link = partial(pattern.sub, lambda number: f'<a href="tel:{re.sub(r"[^+0-9]", "", number[1])}">{number[1]}</a>')
    # what stands in a tag, or inside a link already, is left alone
    return "".join(part if place % 2 else link(part) for place, part in enumerate(re.split(r"(<a .*?</a>|<[^>]*>)", html, flags=re.S)))


def plain(markdown: str) -> str:
    """Markdown as plain text for a terminal or a text message: emphasis marks out, bullets kept."""
    return re.sub(r"^- ", "• ", markdown.replace("**", ""), flags=re.M)


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return "\n".join(line for line, before in zip(lines, [""] + lines) if line or before)


def _spoken(names) -> str:
    names = list(dict.fromkeys(names))
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else ""


__all__ = ["CHANNELS", "CONDITIONS", "Renderer", "Situation", "TemplateError", "plain", "tap_to_call"]
