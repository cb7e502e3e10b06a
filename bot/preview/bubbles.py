"""Replies as the patient's chat shows them: its own styles, in a frame of the page.

What belongs to the chat's markup is here and in templates/frame.html, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Optional, Sequence

from starlette.responses import Response

from bot.library.speaking import Reply, Speaker
from bot.preview.pages import Pages
from bot.preview.visit import Visit
from bot.project import ROOT

STYLE = ROOT / "bot" / "web" / "ivy.css"
#: The headings of safety cards (bot/web/widget/replies.js): by tier, and for a check question.
_HEADINGS = {"emergency": "Emergency", "urgent": "Urgent", "routine": "For your care team"}

pages = Pages()


@dataclass(frozen=True)
class Bubble:
    """One reply in the frame, or (`you`) the patient's words before it. `look`: the card's class, "" for none."""

    html: str = ""
    you: str = ""
    look: str = ""
    heading: str = ""
    content: str = ""
    label: str = ""
    reviewed_on: Optional[str] = None
    sources: tuple = ()
    buttons: tuple = ()


@pages.get("/ivy.css")
def chat_style(visit: Visit) -> Response:
    """The chat's own style sheet."""
    return Response(STYLE.read_text(encoding="utf-8"), media_type="text/css")


def bubble(speaks: Speaker, reply: Reply) -> Bubble:
    """A reply as the frame shows it."""
    look, heading = _look(reply)
    return Bubble(speaks.library.renderer.html(reply.text), "", look, heading, reply.content, reply.label or "", _in_words(reply.reviewed_on),
                  tuple(speaks.source_list(reply.sources)), reply.buttons)


def frame(visit: Visit, bubbles: Sequence[Bubble], title: str, press: str = "") -> Response:
    """The page inside a frame. `press`: where a pressed button goes; without it buttons do nothing."""
    return visit.page("frame.html", bubbles=bubbles, title=title, press=press)


def _in_words(day: Optional[str]) -> Optional[str]:
    """A day as the chat writes it (bot/web/widget/replies.js, metaOf)."""
    return f"{date.fromisoformat(day):%B %-d, %Y}" if day else None


def _look(reply: Reply) -> tuple[str, str]:
    if reply.kind == "check":
        return "check", "A safety question"
    if reply.kind != "safety":
        return "", ""
    return {"routine": "note", "none": "note"}.get(reply.tier, reply.tier), _HEADINGS.get(reply.tier, "For your safety")
