"""The gate of the topic classifier as shipped, on sentences of a hand that saw no training sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.evaluation.sets import read_set
from bot.evaluation.topics import shipped_classifier, verdict_on
from bot.understanding.decision import decide

RIGHT_OR_OFFERED, WRONG = 0.80, 0.15
LINES = Path(__file__).parents[1] / "phrasings" / "lines.yml"


@pytest.fixture(scope="module")
def verdicts():
    model = shipped_classifier()
    verdicts = [verdict_on(row, decide(model.guess(row["text"]))) for row in read_set(LINES)]
    assert len(verdicts) > 300
    return verdicts


def test_right_topic_is_answered_or_offered(verdicts):
    assert sum(verdict in ("right", "offered") for verdict in verdicts) / len(verdicts) >= RIGHT_OR_OFFERED


def test_wrong_topic_is_rarely_answered(verdicts):
    """A wrong medical answer is worse than none."""
    assert verdicts.count("wrong") / len(verdicts) <= WRONG
