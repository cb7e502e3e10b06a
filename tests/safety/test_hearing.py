"""A sign in the middle of other things is heard in its part of the message, whatever the rest says."""

from __future__ import annotations

import pytest

from bot.safety.hearing import Hearing
from bot.safety.triage import Triage

CALM = {"emergency": 0.0, "urgent": 0.0, "routine": 0.0, "ask": 0.0, "now": 0.0, "sign:fever": 0.0}
#: The sign's words are words 6 to 8 of 14.
ASKED = "what is the price of it dad passed out so how often do people pay"


def urgent(chance: float, sign: str) -> dict:
    return {**CALM, "urgent": chance, "now": chance, f"sign:{sign}": chance}


class InParts:
    """Hears nothing in the whole, and so much in one part of it (first word, word behind the last)."""

    def __init__(self, chance: float, sign: str, part: tuple) -> None:
        self._parts = [(0, 5, CALM), (*part, urgent(chance, sign)), (9, 14, CALM)]

    def scores(self, text):
        return CALM

    def parts(self, text):
        return self._parts


@pytest.fixture(scope="module")
def judge(triage):
    """A verdict on ASKED by the shipped lexicon and a detector that hears so much of a sign in a part."""
    return lambda chance, sign="fainting", part=(4, 10): Triage(triage.lexicon, InParts(chance, sign, part), ["check"]).verdict(ASKED)


def test_sign_that_a_question_before_it_takes_away_is_asked_about_where_its_part_is_heard(judge):
    assert judge(0.5).check and judge(0.5).signs == ("fainting",)


def test_sign_that_is_certain_in_its_part_is_alerted(judge):
    assert judge(0.95).tier == "urgent"


def test_sign_that_is_not_heard_in_its_part_stays_a_question(judge):
    verdict = judge(0.2)
    assert not verdict.check and verdict.tier == "none"


def test_sign_in_no_listed_words_is_asked_about_or_alerted_by_its_part(triage):
    judge = lambda chance: Triage(triage.lexicon, InParts(chance, "vomiting", (4, 10)), ["check"]).verdict("the purple elephant sings about the green tree and goes home by the last bus")
    assert not judge(0.3).check and judge(0.5).check and judge(0.95).tier == "urgent"


def test_what_is_heard_beside_a_sign_does_not_count_as_heard_at_it(judge):
    """Words 10 to 14 only ask; what they say of a sign is not said of the one before them."""
    assert [finding.outcome for finding in judge(0.5, "vomiting", (10, 14)).findings if finding.words == "passed out"] == ["note"]


def test_denial_of_a_sign_elsewhere_makes_a_question_of_a_part_that_is_certain(triage):
    text = "never had hives with the drips so far and then he put both his big hands there last night"
    detector = InParts(0.95, "rash_hives", (9, 18))
    verdict = Triage(triage.lexicon, detector, ["check"]).verdict(text)
    assert verdict.check and verdict.suspected == "urgent"


@pytest.mark.parametrize("sign, asked", [("suicidal", True), ("vomiting", False)])
def test_beside_a_routine_sign_only_thoughts_of_dying_and_their_like_are_asked_about(triage, sign, asked):
    class Sore(InParts):
        def scores(self, text):
            return {**CALM, "routine": 0.5, "sign:sore_arm": 0.5}

    verdict = Triage(triage.lexicon, Sore(0.5, sign, (9, 14)), ["check"]).verdict("my arm is sore where the needle was and the purple elephant sings tonight")
    assert verdict.check is asked


def test_without_a_detector_nothing_is_heard(triage):
    hearing = Hearing(None, triage.read(ASKED))
    assert hearing.whole == {} and hearing.parts == [] and hearing.sentences() == []


def test_parts_are_found_in_the_text_as_it_was_cleaned(triage):
    message = triage.read(ASKED)
    first, middle, _ = Hearing(InParts(0.5, "fainting", (4, 10)), message).parts
    assert message.text[first.start : first.end] == "what is the price of" and message.text[middle.start : middle.end] == "of it dad passed out so"
