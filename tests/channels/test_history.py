"""What a reload brings back: the patient's words and Ivy's replies in order, also those that the guard said."""

from __future__ import annotations

import pytest
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channels.history import lines_of
from bot.channels.replies import as_json
from bot.library.service import speaker


@pytest.fixture(scope="module")
def speaks():
    return speaker()


def typed(text: str, message_id: str = "", button: str = "") -> UserUttered:
    return UserUttered(text, message_id=f"web-1:{message_id}", metadata={"button": button})


def said(speaks, name: str) -> BotUttered:
    reply = speaks.answer(speaks.library.answer(name), speaks.situation()).as_dict()
    return BotUttered(reply.pop("text"), {"buttons": reply.pop("buttons")}, reply)


def lines(speaks, events, delivered=None) -> list:
    """What is shown: the patient's words as they are, replies by content id."""
    tracker = DialogueStateTracker.from_events("web-1", events)
    return [line.get("you") or line["ivy"]["content"] for line in lines_of(tracker, speaks, delivered or {})]


def test_words_and_replies_come_back_in_order(speaks):
    events = [ActionExecuted("action_session_start"), SessionStarted(), typed("what is it", "m1"), SlotSet("safety", {}), said(speaks, "what_is_ivig"), typed("and then", "m2"), said(speaks, "how_fast")]
    assert lines(speaks, events) == ["what is it", "answers/about/what_is_ivig", "and then", "answers/expectations/how_fast"]


def test_pressed_button_comes_back_by_its_title_not_its_payload(speaks):
    assert lines(speaks, [typed("/ask_how_fast", "m1", "how_fast")]) == [speaks.library.question("how_fast")]


def test_reply_comes_back_as_it_was_shown_with_its_buttons(speaks):
    shown = as_json(speaks, speaks.answer(speaks.library.answer("how_fast"), speaks.situation()).as_dict())
    tracker = DialogueStateTracker.from_events("web-1", [typed("how fast", "m1"), said(speaks, "how_fast")])
    assert lines_of(tracker, speaks, {})[1]["ivy"] == shown


def test_what_the_guard_said_in_rasas_place_comes_back_too(speaks):
    alarm = {"content": "safety/urgent", "text": "Call now."}
    assert lines(speaks, [typed("stiff neck", "m1"), typed("and", "m2"), said(speaks, "how_fast")], {"m1": [alarm]}) == ["stiff neck", "safety/urgent", "and", "answers/expectations/how_fast"]


def test_late_reply_that_never_left_does_not_come_back(speaks):
    """Rasa wrote it down after the guard had answered in its place."""
    alarm = {"content": "voice/service_down", "text": "Call."}
    assert lines(speaks, [typed("what is it", "m1"), said(speaks, "what_is_ivig")], {"m1": [alarm]}) == ["what is it", "voice/service_down"]


def test_words_that_nobody_reviewed_do_not_come_back(speaks):
    assert lines(speaks, [typed("hello", "m1"), BotUttered("an action's own words")]) == ["hello"]


def test_nothing_said_is_nothing(speaks):
    assert lines_of(None, speaks, {}) == []


def test_html_of_a_text_that_may_repeat_typed_words_is_not_kept(speaks):
    kept = speaks.library.renderer._kept_html
    reply = speaks.answer(speaks.library.answer("how_fast"), speaks.situation()).as_dict()
    older = {key: value for key, value in reply.items() if key != "archived"}
    for message in ({**reply, "text": "my own question", "archived": "{{ questions }}"}, {**older, "text": "said by an older Ivy"}):
        before = kept.cache_info().misses
        as_json(speaks, message)
        assert kept.cache_info().misses == before
    as_json(speaks, {**reply, "text": "words of the library"})
    assert kept.cache_info().misses == before + 1
