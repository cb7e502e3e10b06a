"""A reply as plain messages of an app: how long they are, where they split, which choices go with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping

from bot.library.render import plain
from bot.library.speaking import Reply

#: Characters that one message may hold, and the most buttons below it with the characters on each, as the platforms document them:
#: Telegram Bot API (sendMessage; inline keyboards), Messenger Send API (text; quick replies), Slack Block Kit (section, actions, button),
#: Twilio (WhatsApp and SMS: no buttons without a template; 320 characters of SMS recommended).
LIMITS: Mapping[str, tuple[int, int, int]] = {"sms": (320, 0, 0), "whatsapp": (1600, 0, 0), "telegram": (4096, 100, 40), "messenger": (2000, 13, 20), "slack": (3000, 25, 75)}
MEDIA = tuple(LIMITS)
_BREAKS = ("\n\n", "\n", " ")


@dataclass(frozen=True)
class Part:
    """One message of an app. `buttons`: titles; `length`: its characters."""

    text: str
    buttons: tuple = ()

    @property
    def length(self) -> int:
        return len(self.text)


def as_parts(medium: str, reply: Reply) -> list[Part]:
    """The messages that a reply becomes in a medium of MEDIA; choices that it cannot show as buttons are numbered lines."""
    longest, most, title = LIMITS[medium]
    titles = tuple(button["title"] for button in reply.buttons)
    as_buttons = len(titles) <= most and all(len(each) <= title for each in titles)
    listed = "" if as_buttons else "\n".join(f"{number}. {each}" for number, each in enumerate(titles, 1))
    text = "\n\n".join(filter(None, [plain(reply.text), reply.label and plain(reply.label), listed]))
    parts = [Part(piece) for piece in _split(text, longest)]
    return [*parts[:-1], Part(parts[-1].text, titles if as_buttons else ())]


def _split(text: str, longest: int) -> list[str]:
    """Pieces that fit: cut between paragraphs where that is possible, else between lines, else between words."""
    pieces = []
    while len(text) > longest:
        cut = next((place for place in (text.rfind(mark, 1, longest + 1) for mark in _BREAKS) if place > 0), longest)
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*pieces, text.rstrip()]
