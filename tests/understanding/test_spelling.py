"""Typed words are read as the words Ivy was trained on; what exists, is protected or foreign stays."""

from __future__ import annotations

import tracemalloc

import pytest

from bot.understanding.spelling import SEEN_OFTEN, Spelling, protected_words

TEXTS = ["how long is the infusion", "platelets and the headache", "does the infusion cost much", "when is the headache gone", *["my plasmapheresis date"] * SEEN_OFTEN, "one zzyzx"]


@pytest.fixture(scope="module")
def spelling():
    return Spelling.fit(TEXTS)


@pytest.mark.parametrize("typed, meant", [
    ("how long is the infuson", "how long is the infusion"),
    ("headahce, again?", "headache, again?"),
    ("platlets", "platelets"),
    ("my plazmaferesis", "my plazmaferesis"),  # three edits: too far to be sure
    ("my plasmapheresiss", "my plasmapheresis"),
])
def test_misspelt_word_is_read_as_the_trained_one(spelling, typed, meant):
    assert spelling(typed) == meant


@pytest.mark.parametrize("text", ["how costly are infusions", "I dont and cant", "", "38.5 ?", "🙂", "privigen or octagam", "platelet"])
def test_english_words_negations_and_products_stay(spelling, text):
    assert spelling(text.lower()) == text.lower()


@pytest.mark.parametrize("name", ["warfarin", "eltrombopag", "dont", "itp", "never"])
def test_protected_words_never_become_another(name):
    assert name in protected_words()
    assert Spelling([name[:-1] + "x" if len(name) > 4 else "donk"])(name) == name


@pytest.mark.parametrize("typed, meant", [
    ("waht does teh ifnusion cost", "what does the infusion cost"),
    ("hwo lnog dose teh drip tkae", "how long dose the drip take"),
    ("cna i", "can i"),
])
def test_hastily_mixed_letters_are_put_in_order_however_many_words_have_them(typed, meant):
    assert Spelling("what does the infusion cost how who long drip take can".split())(typed) == meant


def test_rubbish_of_many_letters_is_left_alone_and_costs_little_memory(spelling):
    rubbish = "qwertzuiop" * 2_000
    tracemalloc.start()
    try:
        assert spelling(rubbish) == rubbish and tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_another_language_is_left_alone():
    """Where many words are unknown, correcting would make English of it."""
    spelling = Spelling(["dance", "costs", "much", "cost"])
    assert spelling("wieviel koste das danse mutsch costz") == "wieviel koste das danse mutsch costz"


def test_one_foreign_word_that_looks_mixed_up_makes_no_english_of_the_others():
    french = "combien de temps dure la perfusion à l'hôpital"
    assert Spelling(["combine", "dare", "stamps"])(french) == french


def test_rare_unknown_word_of_training_is_no_word_to_correct_to(spelling):
    assert "zzyzx" not in spelling.words and "plasmapheresis" in spelling.words


def test_words_read_back_correct_the_same(spelling):
    again = Spelling(spelling.words)
    assert again.words == spelling.words and again("infuson") == spelling("infuson")
