"""A reply in the form an app can show: its length, its marks, its buttons. Pure: text in, parts out.

Phone numbers are left as text, because phones make them tappable themselves; only Slack is told which are
numbers, and never the fictional ones."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from typing import Callable, Iterable, Mapping, Optional, Sequence

from bot.library.render import plain

#: GSM 03.38, the alphabet of a text message; a letter of the second row takes two places. One letter outside
#: of it makes all of the message UCS-2, and less than half as much fits.
_GSM = set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")
_GSM_TWICE = set("^{}\\[~]|€\f")
_FROM_TYPOGRAPHY = str.maketrans({"•": "-", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "\u00a0": " "})
_BOLD = re.compile(r"\*\*(.+?)\*\*", re.S)
_CALL_LINE = re.compile(r"^\*\*.+$", re.M)
_SEPARATORS = ((r"\n{2,}", "\n\n"), (r"\n", "\n"), (r"(?<=[.!?:;])\s+", " "), (r"\s+", " "))
LONGEST_CALL_LINE = 200
RESERVE = 8  # characters for closing and opening bold where a text is split within it


@dataclass(frozen=True)
class Part:
    """One message of an app. `buttons`: ((id, title), ...); `safety`: it belongs to a safety message."""

    text: str
    buttons: tuple = ()
    safety: bool = False


@dataclass(frozen=True)
class Medium:
    """What an app can show. `longest`: characters a message (UTF-16 units); `segments`: the most text message
    segments; `buttons`: how many a message, 0 for none; `title`: characters on one; `hours`: how long after
    a person's message a reply may be sent, None for always."""

    name: str
    longest: int
    marks: Callable[[str], str]
    buttons: int = 0
    title: int = 0
    segments: Optional[int] = None
    hours: Optional[int] = None


def _telegram(text: str) -> str:
    return _BOLD.sub(r"<b>\1</b>", html.escape(_bullets(text), quote=False))


def _slack(text: str) -> str:
    return _BOLD.sub(r"*\1*", html.escape(_bullets(text), quote=False))


def _whatsapp(text: str) -> str:
    return _BOLD.sub(r"*\1*", _bullets(text))


def _sms(text: str) -> str:
    return plain(text).translate(_FROM_TYPOGRAPHY)


def _bullets(text: str) -> str:
    return re.sub(r"^- ", "• ", text, flags=re.M)


#: Limits as the platforms document them.
#: Telegram: core.telegram.org/bots/api#sendmessage (4096), #inlinekeyboardbutton (no limit on the title; 40 fit on a phone).
#: Messenger: developers.facebook.com, Send API (2000) and Quick Replies (13, 20 characters); standard messaging window 24 hours.
#: Slack: docs.slack.dev, Section block (3000), Actions block (25), Button element (75).
#: WhatsApp by Twilio: twilio.com/docs/whatsapp (1600 characters; 24 hours; buttons only in templates that Meta approved before).
#: SMS by Twilio: twilio.com/docs/messaging (1600 characters, but 320 recommended). Three segments are 459 characters: long
#: enough for most answers, short enough for a carrier to put together again and for a small screen. A safety message
#: may take 1600, because it must not be taken apart.
MEDIA: Mapping[str, Medium] = {medium.name: medium for medium in (
    Medium("telegram", 4096, _telegram, buttons=100, title=40),
    Medium("messenger", 2000, plain, buttons=13, title=20, hours=24),
    Medium("slack", 3000, _slack, buttons=25, title=75),
    Medium("whatsapp", 1600, _whatsapp, hours=24),
    Medium("sms", 1600, _sms, segments=3),
)}


def render(text: str, medium: Medium, buttons: Sequence[tuple[str, str]] = (), safety: bool = False, footer: str = "", pick: str = "",
           first: int = 1, numbers: Iterable[str] = ()) -> list[Part]:
    """A reply's Markdown as messages of an app, in order.

    `footer`: provenance, at the end. `pick`: the sentence over numbered choices; `first`: the first of their
    numbers. `numbers`: phone numbers that may be called. Where a safety message must be split, each part begins with whom to call."""
    titled = len(buttons) <= medium.buttons and all(len(title) <= medium.title for _, title in buttons)
    listed = "" if titled or not buttons else "\n".join([pick, *(f"{number}. {title}" for number, (_, title) in enumerate(buttons, first))])
    numbers = tuple(numbers)

    def shown(piece: str) -> str:
        return _callable(medium, medium.marks(piece), numbers)

    fits = _limit(medium, shown, safety)
    pieces = _with_call_line(text.strip(), fits) if safety else split(text.strip(), fits)
    for tail in filter(None, (footer, listed.strip())):
        joined = f"{pieces[-1]}\n\n{tail}"
        pieces = [*pieces[:-1], joined] if fits(joined) else [*pieces, *split(tail, fits)]
    parts = [Part(shown(piece), safety=safety) for piece in _balanced(pieces) if shown(piece).strip()]
    native = () if len(buttons) > medium.buttons else tuple(buttons) if titled else tuple((button, str(number)) for number, (button, _) in enumerate(buttons, first))
    return [*parts[:-1], replace(parts[-1], buttons=native)] if parts else []


def is_numbered(medium: Medium, buttons: Sequence[tuple[str, str]]) -> bool:
    """Whether these choices are shown with numbers, which a person may then type."""
    return bool(buttons) and not (len(buttons) <= medium.buttons and all(len(title) <= medium.title for _, title in buttons))


def split(text: str, fits: Callable[[str], bool], level: int = 0) -> list[str]:
    """A text in pieces that fit: between paragraphs, else lines, else sentences, else words, else anywhere."""
    if fits(text):
        return [text]
    if level == len(_SEPARATORS):
        longest = next(length for length in range(len(text) - 1, 0, -1) if length == 1 or fits(text[:length]))
        return [text[:longest], *split(text[longest:], fits, level)]
    separator, joiner = _SEPARATORS[level]
    pieces, current = [], ""
    for piece in re.split(separator, text):
        joined = f"{current}{joiner}{piece}" if current else piece
        if fits(joined):
            current = joined
            continue
        *done, current = [*filter(None, [current]), *split(piece, fits, level + 1)]
        pieces += done
    return [*pieces, current]


def segments(text: str) -> int:
    """How many segments a text message takes (3GPP 23.038: 160 letters or 153 a segment; UCS-2: 70 or 67)."""
    if set(text) <= _GSM | _GSM_TWICE:
        length, one, each = sum(2 if letter in _GSM_TWICE else 1 for letter in text), 160, 153
    else:
        length, one, each = _units(text), 70, 67
    return 1 if length <= one else -(-length // each)


def _with_call_line(text: str, fits: Callable[[str], bool]) -> list[str]:
    """A safety message whole, or in pieces that each begin with the line that says whom to call: the first one in bold."""
    bold = _CALL_LINE.search(text)
    call = bold[0] if bold else text.split("\n", 1)[0]
    if fits(text) or len(call) > LONGEST_CALL_LINE:
        return split(text, fits)
    first, *others = split(text, lambda piece: fits(f"{call}\n\n{piece}"))
    return [first, *(f"{call}\n\n{piece}" for piece in others)]


def _limit(medium: Medium, shown: Callable[[str], str], safety: bool) -> Callable[[str], bool]:
    def fits(piece: str) -> bool:
        text = shown(piece)
        return _units(text) <= medium.longest - RESERVE and (safety or medium.segments is None or segments(text) <= medium.segments)

    return fits


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


def _balanced(pieces: Sequence[str]) -> list[str]:
    """Bold that was split is closed in one piece and opened again in the next."""
    balanced, opened = [], False
    for piece in pieces:
        piece = f"**{piece}" if opened else piece
        opened = piece.count("**") % 2 == 1
        balanced.append(f"{piece}**" if opened else piece)
    return balanced


def _callable(medium: Medium, text: str, numbers: Iterable[str]) -> str:
    """Slack does not see numbers by itself."""
    if medium.name == "slack":
        for number in dict.fromkeys(numbers):
            text = re.sub(rf"(?<![\w-]){re.escape(number)}(?![\w-])", f"<tel:{re.sub(r'[^0-9+]', '', number)}|{number}>", text)
    return text
