"""Where one message asks two things, and where "and" joins words of one question."""

from __future__ import annotations

import pytest

from bot.understanding.two_questions import MOST_CLAUSES, asks, clauses, fears, listed


@pytest.mark.parametrize("text, parts", [
    ("What is it? Who pays?", ["What is it?", "Who pays?"]),
    ("what is it and who pays", ["what is it", "who pays"]),
    ("what is it, and also how often", ["what is it", "how often"]),
    ("is it a cure\nhow often do I need it", ["is it a cure", "how often do I need it"]),
    ("how fast does it work, how long does it last", ["how fast does it work", "how long does it last"]),
    ("can I fly plus can I swim", ["can I fly", "can I swim"]),
    ("Can I fly? Another thing: can I swim?", ["Can I fly?", "can I swim?"]),
    ("thanks! what does it cost", ["what does it cost"]),
    ("I am so scared. How long does it take?", ["I am so scared.", "How long does it take?"]),
    ("what is it?and where is it from?", ["what is it?", "where is it from?"]),
])
def test_cut_where_a_question_begins(text, parts):
    assert clauses(text) == parts


@pytest.mark.parametrize("text", ["headache and nausea after ivig, common?", "the difference between this and that", "is it safe for mother and baby", "38.5 and rising", "why", "", "...", "and", "half an emoji \ud83d"])
def test_one_question_stays_whole(text):
    assert len(clauses(text)) == 1


def test_a_long_letter_is_cut_into_few_parts_and_the_questions_are_kept():
    letter = "We live far away. " * 20 + "What does it cost? " + "It rains. " * 20 + "Can I fly?"
    assert clauses(letter) == ["What does it cost?", "Can I fly?"]
    assert len(clauses("Is it so? " * 50)) == MOST_CLAUSES


@pytest.mark.parametrize("text, parts", [("cost and side effects?", ["cost", "side effects"]), ("kidneys, clots", ["kidneys", "clots"]), ("headache & fever", ["headache", "fever"])])
def test_short_list_of_two(text, parts):
    assert listed(text) == parts


@pytest.mark.parametrize("text", ["what does it cost and who pays", "cost", "a, b and c", "and", "my old mother and her sister both had it years ago"])
def test_no_short_list(text):
    assert listed(text) == []


@pytest.mark.parametrize("text, is_question", [("how long", True), ("it takes long?", True), ("I want to know the price", True), ("side effects", True), ("I have ITP.", False), ("my son is four", False), ("thanks", False)])
def test_what_asks(text, is_question):
    assert asks(text) is is_question


@pytest.mark.parametrize("text, afraid", [("I'm so scared of all this", True), ("i am really nervous", True), ("It makes me anxious", True), ("my nurse was not worried", False), ("it costs a lot", False)])
def test_the_writers_own_fear(text, afraid):
    assert fears(text) is afraid
