"""Every word that Ivy can say, as each app shows it."""

from __future__ import annotations

import pytest

from bot.channels.rendering import MEDIA, segments
from bot.channels.wording import Wording
from bot.library.serving import Desk
from bot.library.speaking import CHECKS, Speaker
from bot.safety.verdict import Verdict

MOST_MESSAGES = 7  # text messages for one answer; a "tell me more" is long


@pytest.fixture(scope="module")
def speaks(library):
    return Speaker(Desk(library, None))


@pytest.fixture(scope="module")
def everything(speaks):
    """All answers in each block, all safety messages, all lines of talk that need nothing."""
    situation = speaks.situation()
    said = [speaks.answer(item, situation, block) for item in speaks.library.items.values() if item.kind == "answer" for block in item.blocks]
    for name in (item.name for item in speaks.library.items.values() if item.kind == "safety"):
        tier = next((tier for tier in ("emergency", "urgent", "routine") if name.startswith(tier)), "none")
        said.append(speaks.safety(Verdict(tier=tier, message=name, check=name in CHECKS, names=("a stiff neck",)), situation))
    return [reply.as_dict() for reply in said]


@pytest.fixture(params=sorted(MEDIA))
def app(request):
    return request.param


def test_everything_fits(speaks, everything, app):
    medium = MEDIA[app]
    for reply in everything:
        parts, _ = Wording(speaks).parts(reply, app)
        for part in parts:
            assert len(part.text.encode("utf-16-le")) // 2 <= medium.longest, reply["content"]
            assert len(part.buttons) <= medium.buttons and all(len(title) <= medium.title and len(name.encode()) <= 64 for name, title in part.buttons), reply["content"]


def test_no_mark_of_ours_is_shown(speaks, everything, app):
    for reply in everything:
        shown = "\n".join(part.text for part in Wording(speaks).parts(reply, app)[0])
        assert "**" not in shown and "[@" not in shown and "{{" not in shown and "utter_" not in shown, reply["content"]


def test_safety_message_is_one_part_and_begins_with_what_to_do(speaks, everything, app):
    """In a text message, too: the longest has to be short enough."""
    for reply in everything:
        if reply["kind"] == "safety" and reply["tier"] in ("urgent", "emergency"):
            parts, _ = Wording(speaks).parts(reply, app)
            first, second = parts[0].text.lower().split("\n\n")[:2]
            assert len(parts) == 1 and ("call" in first or reply["content"] == "safety/emergency_suicidal" and "call" in second), (reply["content"], first)


def test_check_question_and_its_choices_are_one_part(speaks, everything, app):
    for reply in everything:
        if reply["kind"] == "check":
            (part,), numbered = Wording(speaks).parts(reply, app)
            assert [button for button, _ in part.buttons] == ["check_yes", "check_no", "check_not_sure"] or numbered == ["check_yes", "check_no", "check_not_sure"]


def test_every_draft_says_so(speaks, everything, app):
    for reply in everything:
        assert "Draft: not yet reviewed by a clinician." in "\n".join(part.text for part in Wording(speaks).parts(reply, app)[0]), reply["content"]


def test_text_messages_stay_few_and_cheap(speaks, everything):
    for reply in everything:
        parts, _ = Wording(speaks).parts(reply, "sms")
        assert len(parts) <= MOST_MESSAGES and (reply["kind"] in ("safety", "check") or all(segments(part.text) <= 3 for part in parts)), reply["content"]
