"""Sure, between two, or not sure."""

from __future__ import annotations

import pytest

from bot.understanding.classifier import Guess
from bot.understanding.decision import NOT_SURE, OFFER, OFFERING, SURE, SURE_OF_TALK, WORTH_OFFERING, Decision, decide, topic_of


def guess(*ranked) -> Guess:
    return Guess(tuple(ranked))


@pytest.mark.parametrize("confidence", [SURE, 0.9, 1.0])
def test_sure_answers(confidence):
    assert decide(guess(("ask_how_fast", confidence), ("ask_how_often", 1 - confidence))) == Decision("ask_how_fast", "how_fast")


def test_talk_needs_less_because_a_wrong_guess_harms_nobody():
    assert SURE_OF_TALK < SURE and decide(guess(("thanks", SURE_OF_TALK))) == Decision("thanks", "thanks")
    assert decide(guess(("ask_how_fast", SURE_OF_TALK))).topic is None


def test_between_two_offers_both_likeliest_first():
    assert decide(guess(("ask_how_fast", 0.4), ("ask_how_often", 0.35), ("greet", 0.05))) == Decision(OFFERING, None, ("how_fast", "how_often"))


def test_offers_at_most_three():
    assert len(decide(guess(*[(f"ask_topic_{n}", 0.2) for n in range(5)])).options) == 3


@pytest.mark.parametrize("ranked", [
    [("ask_how_fast", 0.6), ("ask_how_often", WORTH_OFFERING - 0.01), ("ask_supply", WORTH_OFFERING - 0.01)],
    [("ask_how_fast", OFFER / 3 - 0.01), ("ask_how_often", OFFER / 3 - 0.01), ("ask_supply", OFFER / 3 - 0.01)],
], ids=["one alone", "three together too little"])
def test_too_little_is_not_sure(ranked):
    assert decide(guess(*ranked)) == Decision(NOT_SURE, None)


def test_talk_and_out_of_scope_are_never_offered():
    assert decide(guess(("out_of_scope", SURE_OF_TALK - 0.01), ("ask_how_fast", 0.3), ("greet", 0.2))) == Decision(NOT_SURE, None)


@pytest.mark.parametrize("intent, topic", [("ask_how_fast", "how_fast"), ("greet", "greet"), ("stop_or_skip", "stop_or_skip")])
def test_topic_of_an_intent(intent, topic):
    assert topic_of(intent) == topic
