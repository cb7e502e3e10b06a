"""Try a sentence: Ivy's reply as the patient would get it, and all that led to it; whole conversations too."""

from __future__ import annotations

import re
from dataclasses import fields
from functools import partial
from typing import Callable, Iterator, Mapping, Sequence

from starlette.responses import Response

from bot.library.render import plain
from bot.library.speaking import Reply, Speaker
from bot.preview.bubbles import Bubble, bubble, frame
from bot.preview.heard import safety_layers
from bot.preview.pages import READ, Pages
from bot.preview.proposals import NOT_REPORTS, TIERS_OF_TESTS, topics
from bot.preview.signs import read_signs
from bot.preview.speaking import speaker_on
from bot.preview.stage import Conversation, Stage, Turn
from bot.preview.visit import Refusal, Visit
from bot.rasa.inbound import LONGEST_JUDGED
from bot.rasa.server import MODEL
from bot.safety.dialogue import SafetyDialogue
from bot.safety.tokens import clean
from bot.safety.verdict import Verdict

#: Turns shown and kept of one conversation; the model remembers all of it.
MOST_TURNS = 50

pages = Pages()


@pages.get("/try")
def trial(visit: Visit) -> Response:
    stage, speaks = _stage(visit), speaker_on(visit, _mode(visit))
    stage.begin(speaks, _dialogue(visit, speaks))
    turns = _conversation(visit).turns
    return visit.page("try.html", turns=list(reversed(turns)), stage=stage, mode=_mode(visit), items=visit.review.items, marks=marks, plain=plain, topics=topics(visit),
                      signs=read_signs(visit.shelf.library.root), tiers=TIERS_OF_TESTS, not_reports=NOT_REPORTS, longest=LONGEST_JUDGED)


@pages.get("/try/seen")
def trial_seen(visit: Visit) -> Response:
    """The conversation in the chat's own look, for the frame; its buttons can be pressed."""
    speaks = speaker_on(visit, _mode(visit))
    bubbles = list(_bubbles(_conversation(visit).turns, speaks))
    return frame(visit, bubbles, "The conversation, as the patient sees it", press=visit.link("/try", mode=visit.query("mode")))


@pages.post("/try", READ)
def say(visit: Visit) -> Response:
    """One more message, typed or by a button; then back to the page."""
    text, button = visit.field("sentence", LONGEST_JUDGED), visit.field("button", 60)
    speaks = speaker_on(visit, _mode(visit))
    if button and button not in speaks.button_ids():
        raise Refusal(400, "There is no such button any more.", "Type a sentence instead.")
    if text or button:
        title = speaks.button(button)["title"] if button else ""
        conversation = _conversation(visit)
        _stage(visit).turn(conversation, speaks, _dialogue(visit, speaks), text if not button else title, button, title)
        del conversation.turns[:-MOST_TURNS]
    return visit.go("/try", mode=visit.query("mode"))


@pages.post("/try/over", READ)
def start_over(visit: Visit) -> Response:
    visit.session.data.pop("conversation", None)
    return visit.go("/try", mode=visit.query("mode"))


def marks(text: str, verdict: Verdict) -> list[tuple[str, str]]:
    """The message in pieces, as the safety layer reads it: (words, the sign they name, or "")."""
    cleaned, found = clean(text), []
    for finding in verdict.findings:
        if finding.status != "unlisted":
            found += [(match.start(), match.end(), finding.sign) for match in re.finditer(re.escape(finding.words), cleaned, re.I)]
    pieces, done = [], 0
    for start, end, sign in sorted(found):
        if start >= done:
            pieces += [(cleaned[done:start], ""), (cleaned[start:end], sign)]
            done = end
    return [piece for piece in [*pieces, (cleaned[done:], "")] if piece[0]]


def _mode(visit: Visit) -> str:
    """Whose words are shown: on a chosen day always clinic mode's."""
    return "clinic" if visit.as_of or (visit.query("mode") or visit.site.mode) == "clinic" else "demo"


def _dialogue(visit: Visit, speaks: Speaker) -> Callable[[], SafetyDialogue]:
    return partial(safety_layers(visit).dialogue, speaks.library.root)


def _stage(visit: Visit) -> Stage:
    return visit.site.kept.setdefault("stage", Stage(MODEL))


def _conversation(visit: Visit) -> Conversation:
    """The session's own. It ends with the session."""
    if "conversation" not in visit.session.data:
        visit.session.data["conversation"] = _stage(visit).new_conversation()
    return visit.session.data["conversation"]


def _bubbles(turns: Sequence[Turn], speaks: Speaker) -> Iterator[Bubble]:
    for turn in turns:
        yield Bubble(you=turn.text)
        yield from (bubble(speaks, _as_reply(message)) for message in turn.replies)


def _as_reply(message: Mapping) -> Reply:
    """A reply from its metadata."""
    known = {each.name: message[each.name] for each in fields(Reply) if each.name in message}
    return Reply(**{**known, "buttons": tuple(known.get("buttons") or ()), "sources": tuple(known.get("sources") or ())})
