"""The cheapest thresholds are found, and what they cost elsewhere is said."""

from __future__ import annotations

from argparse import Namespace

import pytest

from bot.evaluation import thresholds
from bot.understanding.classifier import Guess

#: Text -> guess: a classifier that is often wrong below .6 and never above.
GUESSES = {
    "plain": Guess((("ask_how_fast", 0.9), ("ask_how_often", 0.1))),
    "likely": Guess((("ask_how_fast", 0.65), ("ask_how_often", 0.35))),
    "misread": Guess((("ask_how_often", 0.55), ("ask_how_fast", 0.45))),
}


class Model:
    def guess(self, text: str) -> Guess:
        return GUESSES[text.split()[0]]


@pytest.fixture
def lines(tmp_path, monkeypatch):
    path = tmp_path / "lines.yml"
    path.write_text("".join(f"- topic: how_fast\n  text: {kind} {number}\n" for number in range(5) for kind in GUESSES))
    monkeypatch.setattr(thresholds, "shipped_classifier", Model)
    return list(thresholds.report(Namespace(set=[path])))


def test_cheapest_answers_what_is_right_and_asks_for_the_rest(lines):
    cheapest = next(line for line in lines if line.startswith("cheapest"))
    assert "right 0.667, offered 0.333" in cheapest and "wrong 0.000" in cheapest


def test_cost_of_a_lower_threshold_is_shown(lines):
    """A third of the sentences answered wrongly, at ten each."""
    assert next(line for line in lines if line.startswith("answering from 0.50")).split()[3] == "3.333"


def test_choice_is_judged_on_sentences_it_was_not_made_on(lines):
    assert lines[-1].startswith("chosen on four fifths, the last fifth costs 0.333")


def test_too_sure_a_classifier_is_named():
    """Right two times of three at .9: the probabilities promise too much."""
    judged = [({"topic": topic}, Guess((("ask_a", 0.9), ("ask_b", 0.1)))) for topic in ("a", "a", "b")]
    assert thresholds.temperature(judged) > 1.5
