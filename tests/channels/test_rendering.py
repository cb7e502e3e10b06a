"""Rendering: each app's limits hold, nothing is lost, a safety message stays with its call line, no payload is shown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.rendering import MEDIA, render, segments, split

BUTTONS = [("how_fast", "How fast does it start to work?"), ("cost", "What will it cost?"), ("check_not_sure", "Not sure")]
CALL = "**Call your care team now: 555-0100.** Day or night."
WORDS = "Some people get a headache after the drip. It often goes away by itself. Drink enough water before and after. "


def size(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def bare(text: str) -> str:
    """Letters and digits only: marks, spaces and splitting set aside."""
    return re.sub(r"[\W_]+", "", re.sub(r"</?b>|&(amp|lt|gt);", "", text))


@pytest.fixture(params=sorted(MEDIA))
def app(request):
    return MEDIA[request.param]


def test_short_answer_is_one_part(app):
    (part,) = render("It drips slowly.", app)
    assert part.text == "It drips slowly." and part.buttons == ()


def test_long_answer_is_split_between_sentences(app):
    parts = render(WORDS * 60, app)
    assert len(parts) > 1 and all(part.text.endswith(".") for part in parts)
    assert "".join(bare(part.text) for part in parts) == bare(WORDS * 60)


@given(st.lists(st.text(st.sampled_from("ab .\n*&<>é😀€•-"), min_size=1, max_size=40), min_size=1, max_size=30), st.integers(1, 30), st.sampled_from(sorted(MEDIA)), st.booleans())
def test_any_text_fits_and_no_letter_is_lost(pieces, times, name, safety):
    text = "".join(pieces) * times
    parts = render(text, MEDIA[name], safety=safety)
    assert all(part.text.strip() and size(part.text) <= MEDIA[name].longest for part in parts)
    if not safety:
        assert "".join(part.text for part in parts).count("é") == text.count("é")


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=400), st.integers(1, 50))
def test_pieces_are_never_longer_than_allowed(text, most):
    pieces = split(text, lambda piece: len(piece) <= most)
    assert all(len(piece) <= most for piece in pieces)
    assert re.sub(r"\s", "", "".join(pieces)) == re.sub(r"\s", "", text)


def test_text_message_part_takes_at_most_three_segments():
    assert all(segments(part.text) <= 3 for part in render(WORDS * 20, MEDIA["sms"]))
    assert all(segments(part.text) <= 3 for part in render("La señora María está muy mal. " * 40, MEDIA["sms"]))


@pytest.mark.parametrize(("text", "count"), [("a" * 160, 1), ("a" * 161, 2), ("a" * 459, 3), ("€" * 80, 1), ("€" * 81, 2), ("ó" * 70, 1), ("ó" * 71, 2), ("😀" * 35, 1), ("😀" * 36, 2)])
def test_segments_are_counted_as_carriers_do(text, count):
    assert segments(text) == count


def test_text_message_has_no_letter_that_makes_it_dearer():
    (part,) = render("**Please:**\n- don’t “wait” – call…", MEDIA["sms"])
    assert part.text == "Please:\n- don't \"wait\" - call..."


def test_safety_message_is_one_text_message():
    """An ordinary answer of this length would be three."""
    (part,) = render(f"{CALL}\n\n{WORDS * 8}".strip(), MEDIA["sms"], safety=True)
    assert part.safety and part.text.startswith("Call your care team now: 555-0100.")


def test_safety_message_that_must_be_split_says_whom_to_call_in_each_part(app):
    parts = render(f"{CALL}\n\n{WORDS * 120}".strip(), app, safety=True)
    assert len(parts) > 1
    assert all("Call your care team now: 555-0100." in part.text[:60] and part.safety for part in parts)


def test_warm_first_line_is_not_taken_for_the_one_that_says_whom_to_call(app):
    parts = render(f"I'm glad you told me.\n\n{CALL}\n\n{WORDS * 120}".strip(), app, safety=True)
    assert len(parts) > 1 and all("Call your care team now: 555-0100." in part.text[:90] for part in parts)


def test_buttons_that_fit_are_native():
    (part,) = render("Which?", MEDIA["telegram"], BUTTONS)
    assert part.buttons == tuple(BUTTONS) and part.text == "Which?"
    (part,) = render("Which?", MEDIA["messenger"], BUTTONS[1:])
    assert part.buttons == tuple(BUTTONS[1:])


def test_title_too_long_for_a_button_is_written_out_and_the_button_has_its_number():
    (part,) = render("Which?", MEDIA["messenger"], BUTTONS, pick="Pick a number:")
    assert part.text == "Which?\n\nPick a number:\n1. How fast does it start to work?\n2. What will it cost?\n3. Not sure"
    assert part.buttons == (("how_fast", "1"), ("cost", "2"), ("check_not_sure", "3"))


@pytest.mark.parametrize("name", ["sms", "whatsapp"])
def test_without_buttons_choices_are_numbered(name):
    (part,) = render("Which?", MEDIA[name], BUTTONS, pick="Pick a number:", first=4)
    assert part.text.endswith("Pick a number:\n4. How fast does it start to work?\n5. What will it cost?\n6. Not sure") and part.buttons == ()


def test_buttons_come_with_the_last_part(app):
    parts = render(WORDS * 60, app, BUTTONS, pick="Pick:")
    assert all(not part.buttons for part in parts[:-1])
    assert parts[-1].buttons or "3. Not sure" in parts[-1].text


def test_more_buttons_than_an_app_takes_are_numbered():
    many = [(f"topic_{number}", f"Topic {number}") for number in range(14)]
    (part,) = render("Which?", MEDIA["messenger"], many, pick="Pick:")
    assert part.buttons == () and "14. Topic 13" in part.text


def test_provenance_is_the_last_line(app):
    parts = render(WORDS * 60, app, footer="Draft. Sources: A; B.")
    assert parts[-1].text.endswith("Draft. Sources: A; B.")


def test_id_of_a_button_is_never_shown(app):
    assert not any("check_not_sure" in part.text or "/" in part.text for part in render("Which?", app, BUTTONS, pick="Pick:"))


@pytest.mark.parametrize(("name", "shown"), [("telegram", "<b>Call</b> a &lt;b&gt; &amp; c"), ("slack", "*Call* a &lt;b&gt; &amp; c"), ("whatsapp", "*Call* a <b> & c"),
                                             ("messenger", "Call a <b> & c"), ("sms", "Call a <b> & c")])
def test_marks_are_those_of_the_app(name, shown):
    assert render("**Call** a <b> & c", MEDIA[name])[0].text == shown


def test_bold_that_is_split_is_closed_and_opened_again():
    parts = render(f"**{WORDS * 60}**", MEDIA["telegram"])
    assert len(parts) > 1
    assert all(part.text.count("<b>") == part.text.count("</b>") == 1 for part in parts)


def test_slack_gets_numbers_to_tap_but_only_those_given():
    (part,) = render("Call 911 or 555-0100, not 9115 or 1-911.", MEDIA["slack"], numbers=["911"])
    assert part.text == "Call <tel:911|911> or 555-0100, not 9115 or 1-911."
