"""A reply as plain messages: nothing is lost, nothing is too long, every choice can be made."""

from __future__ import annotations

import pytest

from bot.library.speaking import Reply
from bot.preview.medium import LIMITS, MEDIA, as_parts

BUTTONS = tuple({"id": f"b{number}", "title": f"Choice number {number}"} for number in range(1, 4))
LONG = "\n\n".join(f"**Part {number}** " + "some words " * 60 for number in range(12))


@pytest.mark.parametrize("medium", MEDIA)
def test_long_reply_is_split_within_the_limit_and_every_word_is_there(medium):
    parts = as_parts(medium, Reply(LONG, "x", "v", "answer"))
    assert len(parts) > 1 and all(part.length <= LIMITS[medium][0] for part in parts)
    assert " ".join(part.text for part in parts).split() == LONG.replace("**", "").split()


@pytest.mark.parametrize("medium", ["telegram", "messenger", "slack"])
def test_choices_are_buttons_where_the_app_has_them(medium):
    assert as_parts(medium, Reply("Which?", "x", "v", "voice", buttons=BUTTONS))[-1].buttons == tuple(button["title"] for button in BUTTONS)


@pytest.mark.parametrize("medium", ["sms", "whatsapp"])
def test_choices_are_numbered_where_it_has_none(medium):
    (part,) = as_parts(medium, Reply("Which?", "x", "v", "voice", buttons=BUTTONS))
    assert part.buttons == () and part.text.endswith("1. Choice number 1\n2. Choice number 2\n3. Choice number 3")


def test_draft_label_goes_along():
    assert "not read yet" in as_parts("sms", Reply("Hello.", "x", "v", "voice", label="**Draft**: not read yet."))[0].text
