"""The cheapest thresholds are found, and what they cost elsewhere is said."""

from __future__ import annotations

from argparse import Namespace

import pytest

from bot.evaluation import thresholds
from bot.library.problems import ContentError
from bot.understanding.classifier import Guess

#: Text -> guess: a classifier that is often wrong below .6 and never above.
GUESSES = {
    "plain": Guess((("ask_how_fast", 0.9), ("ask_how_often", 0.1))),
    "likely": Guess((("ask_how_fast", 0.65), ("ask_how_often", 0.35))),
    "misread": Guess((("ask_how_often", 0.55), ("ask_how_fast", 0.45))),
}


class Model:
    labels = ["ask_how_fast", "ask_how_often"]

    def guess(self, text: str) -> Guess:
        return GUESSES[text.split()[0]]


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """The report on rows, by the classifier above."""
    monkeypatch.setattr(thresholds, "shipped_classifier", Model)

    def report(rows: str) -> list[str]:
        path = tmp_path / "lines.yml"
        path.write_text(rows)
        return list(thresholds.report(Namespace(set=[path])))

    return report


@pytest.fixture
def lines(measured):
    return measured("".join(f"- topic: how_fast\n  text: {kind} {number}\n" for number in range(5) for kind in GUESSES))


def test_cheapest_answers_what_is_right_and_asks_for_the_rest(lines):
    cheapest = next(line for line in lines if line.startswith("cheapest"))
    assert "right 0.667, offered 0.333" in cheapest and "wrong 0.000" in cheapest


def test_cost_of_a_lower_threshold_is_shown(lines):
    """A third of the sentences answered wrongly, at ten each."""
    assert next(line for line in lines if line.startswith("answering from 0.50")).split()[3] == "3.333"


def test_choice_is_judged_on_sentences_it_was_not_made_on(lines):
    assert lines[-1].startswith("chosen on four fifths, the last fifth costs 0.333")


def test_shipped_values_are_among_those_compared_and_marked(lines):
    assert thresholds.SHIPPED in [thresholds.Thresholds(*values) for values in thresholds.product(*thresholds.GRID.values())]
    marked = [line for line in lines if line.endswith("<- shipped")]
    assert [line.split("  ")[0] for line in marked] == ["as shipped", f"answering from {thresholds.SHIPPED.sure:.2f}"]


def test_warning_sign_has_no_share_in_the_temperature(measured):
    """It is no label of the classifier."""
    sign = "- topic: report_symptom\n  text: misread sign\n"
    assert not any(line.startswith("temperature") for line in measured(sign))
    assert any(line.startswith("temperature") for line in measured(f"{sign}- topic: how_fast\n  text: plain 1\n"))


def test_too_few_sentences_to_judge_the_choice_on_are_said(measured):
    assert measured("- topic: how_fast\n  text: plain 1\n")[-1].startswith("too few sentences")


def test_unknown_topic_is_named(measured):
    with pytest.raises(ContentError, match="lines.yml:1: topic 'how_fsat' is none of the trained model's; write how_fast"):
        measured("- topic: how_fsat\n  text: plain 1\n")


def test_too_sure_a_classifier_is_named():
    """Right two times of three at .9: the probabilities promise too much."""
    judged = [({"topic": topic}, Guess((("ask_a", 0.9), ("ask_b", 0.1)))) for topic in ("a", "a", "b")]
    assert thresholds.temperature(judged) > 1.5
