"""Reading grade: sentences as a reader meets them, and needed words set aside."""

from __future__ import annotations

import pytest

from bot.library.readability import SMOG_FROM, grades, sentences, set_aside

HARD = "Immunoglobulin preparations necessitate extraordinarily comprehensive deliberation."
EASY = "It is a sweet fruit. You can eat it."


def test_each_bullet_ends_a_sentence():
    assert len(sentences("Bring these:\n- your list\n- warm socks\n- a book")) == 4


def test_paragraph_ends_a_sentence():
    assert len(sentences("A heading without a stop\n\nIts text.")) == 2


def test_marks_alone_are_no_sentence():
    assert sentences("** - ** ...") == []


def test_figure_alone_is_a_sentence():
    assert sentences("The number is: 112.") == ["The number is:", "112."]


@pytest.mark.parametrize(("text", "left"), [("an immunoglobulin", "an thing"), ("two Immunoglobulins", "two thing"), ("immunoglobulinaemia", "immunoglobulinaemia")],
                         ids=["the term", "its plural", "a longer word"])
def test_only_the_term_itself_is_set_aside(text, left):
    assert set_aside(text, ["immunoglobulin"]) == left


def test_longer_term_goes_before_a_shorter_one_inside_it():
    assert set_aside("plasma cell", ["plasma", "plasma cell"]) == "thing"


def test_easy_text_has_a_lower_grade_than_a_hard_one():
    assert grades(EASY, [])["flesch_kincaid"] < 6 < grades(HARD, [])["flesch_kincaid"]


def test_glossary_word_does_not_raise_the_grade():
    text = "An immunoglobulin is a tiny helper."
    assert grades(text, ["immunoglobulin"])["flesch_kincaid"] < grades(text, [])["flesch_kincaid"]


@pytest.mark.parametrize(("count", "has"), [(SMOG_FROM - 1, False), (SMOG_FROM, True)], ids=["too few", "enough"])
def test_smog_is_given_from_ten_sentences_on(count, has):
    assert ("smog" in grades("The pear is soft. " * count, [])) is has


def test_empty_text_reads_easily():
    assert grades("", []) == {"flesch_kincaid": 0.0}
