"""The gate of the topic classifier as shipped, on sentences of a hand that saw no training sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.evaluation.sets import read_set
from bot.evaluation.topics import shipped_classifier, verdict_on
from bot.understanding.decision import Decision, decide

RIGHT_OR_OFFERED, WRONG = 0.80, 0.15
SETS = Path(__file__).parents[1] / "phrasings"


@pytest.fixture(scope="module")
def model():
    return shipped_classifier()


@pytest.fixture(scope="module", params=["lines", "strangers"])
def verdicts(model, request):
    verdicts = [verdict_on(row, decide(model.guess(row["text"]))) for row in read_set(SETS / f"{request.param}.yml")]
    assert len(verdicts) > 250
    return verdicts


@pytest.mark.parametrize(("topic", "outcome"), [("cost_insurance", "right"), ("supply", "right"), ("brands", "wrong")])
def test_answer_that_would_be_right_too_counts_as_right(topic, outcome):
    assert verdict_on({"topic": "cost_insurance", "also": ["supply"]}, Decision(f"ask_{topic}", topic)) == outcome


def test_right_topic_is_answered_or_offered(verdicts):
    assert sum(verdict in ("right", "offered") for verdict in verdicts) / len(verdicts) >= RIGHT_OR_OFFERED


def test_wrong_topic_is_rarely_answered(verdicts):
    """A wrong medical answer is worse than none."""
    assert verdicts.count("wrong") / len(verdicts) <= WRONG
