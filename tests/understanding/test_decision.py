"""Sure, between two, or not sure."""

from __future__ import annotations

import pytest

from bot.understanding.classifier import Guess
from bot.understanding.decision import DOUBT, NOT_SURE, OFFER, OFFERING, SURE, SURE_OF_DECLINE, SURE_OF_TALK, WORTH_OFFERING, Decision, Thresholds, decide, topic_of


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


def test_what_only_a_clinician_can_answer_is_declined_from_a_lower_confidence():
    assert SURE_OF_DECLINE < SURE and decide(guess(("personal_dose", SURE_OF_DECLINE))) == Decision("personal_dose", "personal_dose")


def test_several_declines_together_decline_also_behind_another_answer():
    """Whether it is about the dose or about stopping: an answer in general would seem to say yes or no."""
    half = SURE_OF_DECLINE / 2
    ranked = [("ask_how_fast", SURE - 0.01), ("stop_or_skip", half + 0.01), ("personal_dose", half)]
    assert decide(guess(*ranked)) == Decision("stop_or_skip", "stop_or_skip")
    assert decide(guess(("ask_how_fast", SURE), *ranked[1:])) == Decision("stop_or_skip", "stop_or_skip")
    assert decide(guess(ranked[0], ("stop_or_skip", half + 0.01))).topic is None
    assert decide(guess(("out_of_scope", SURE_OF_TALK), *ranked[1:])) == Decision("out_of_scope", "out_of_scope")


def test_talk_and_out_of_scope_are_never_offered():
    assert decide(guess(("greet", SURE_OF_TALK - 0.01), ("ask_how_fast", 0.3), ("thanks", 0.2))) == Decision(NOT_SURE, None)


def test_nothing_is_offered_when_it_may_be_out_of_scope():
    """Two medical answers to choose from would be wrong answers both."""
    ranked = [("ask_how_fast", 0.4), ("ask_how_often", 0.3), ("out_of_scope", DOUBT)]
    assert decide(guess(*ranked)) == Decision(NOT_SURE, None)
    assert decide(guess(*ranked[:2], ("out_of_scope", DOUBT - 0.01))).intent == OFFERING


def test_other_thresholds_can_be_tried_without_changing_those_shipped():
    likely = guess(("ask_how_fast", SURE - 0.05), ("ask_how_often", 0.2))
    assert decide(likely, Thresholds(sure=SURE - 0.05)).topic == "how_fast" and decide(likely).intent == OFFERING


@pytest.mark.parametrize("intent, topic", [("ask_how_fast", "how_fast"), ("greet", "greet"), ("stop_or_skip", "stop_or_skip")])
def test_topic_of_an_intent(intent, topic):
    assert topic_of(intent) == topic
