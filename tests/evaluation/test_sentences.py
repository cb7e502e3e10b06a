"""Odd training sentences are found: the mislabelled, the near-duplicate, the one among strangers."""

from __future__ import annotations

import pytest

from bot.evaluation import sentences

COST = ["what does the infusion cost", "who pays for my infusion", "how expensive is the drip", "is it paid by insurance", "the price of a bag", "money for the drip",
        "does insurance cover the infusion cost", "what will I pay for it", "how much money is one infusion", "is the cost covered"]
TIME = ["how many hours is the drip", "how long do I sit there", "when am I finished", "hours in the chair", "does the drip take all day", "how long does one infusion take",
        "is it done before lunch", "will it be a long day", "how long is the appointment", "time for one bag"]
PAIN = ["does the needle hurt", "is it painful", "will it sting", "sore arm from the needle", "how bad is the pain", "does putting in the needle hurt",
        "I fear the pain of the needle", "is the cannula painful", "does it burn in the arm", "painful or not"]


@pytest.fixture(scope="module")
def report():
    patch = pytest.MonkeyPatch()
    data = {"ask_cost": [*COST, "how long does an infusion take in hours"], "ask_time": [*TIME, "How long does one infusion take"], "ask_pain": PAIN}
    patch.setattr(sentences, "training_sentences", lambda: data)
    patch.setattr(sentences, "SURE_OF_ANOTHER", 0.5)
    patch.setattr(sentences, "DOUBTS_ITS_OWN", 0.3)
    yield "\n".join(sentences.report(0))
    patch.undo()


def test_mislabelled_sentence_is_named_with_the_topic_it_reads_like(report):
    assert "cost reads like time" in report and "how long does an infusion take in hours" in report.split("likely mislabelled")[1]


def test_near_duplicate_is_named(report):
    assert "how long does one infusion take = how long does one infusion take" in report


def test_weakest_topic_comes_first(report):
    assert "weakest topics" in report and "33 training sentences" not in report and "32 training sentences, 3 topics" in report
