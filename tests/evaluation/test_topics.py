"""`ivy evaluate topics` counts what was answered, offered and missed, and says which topics were taken for which."""

from __future__ import annotations

from argparse import Namespace

import pytest

from bot.evaluation import topics
from bot.understanding.classifier import Guess

#: First word of a text -> guess. Each sentence asks how fast it works.
GUESSES = {
    "plain": Guess((("ask_how_fast", 0.9), ("ask_how_often", 0.1))),
    "likely": Guess((("ask_how_fast", 0.5), ("ask_how_often", 0.45))),
    "misread": Guess((("ask_how_often", 0.9), ("ask_how_fast", 0.1))),
}


class Model:
    def guess(self, text: str, correct: bool = True) -> Guess:
        return GUESSES.get(text.split()[0], GUESSES["plain"])

    def read_as(self, text: str) -> str:
        return text


@pytest.fixture
def lines(tmp_path, monkeypatch):
    path = tmp_path / "lines.yml"
    path.write_text("".join(f"- topic: how_fast\n  text: {kind} {number}\n" for number in range(5) for kind in GUESSES))
    monkeypatch.setattr(topics, "shipped_classifier", Model)
    monkeypatch.setattr(topics, "PLOTS", topics.ROOT / "results" / "test")
    yield list(topics.report(Namespace(set=[path], data=False, show=3)))
    for plot in (topics.ROOT / "results" / "test").glob("*.svg"):
        plot.unlink()


def counted(lines: list, name: str) -> str:
    return next(line for line in lines if line.startswith(name)).split()[-1]


def test_each_sentence_is_counted_once_by_what_became_of_it(lines):
    assert counted(lines, "right  ") == counted(lines, "wrong  ") == "5/15" and counted(lines, "right or offered") == "10/15"


def test_topics_that_were_taken_for_another_are_named_with_an_example(lines):
    assert "  5 how_fast taken for how_often: misread 0" in lines


def test_threshold_that_is_shipped_stands_among_those_compared(lines):
    assert [line for line in lines if line.endswith("<- shipped")] == [line for line in lines if line.startswith(f"  answering from {topics.SHIPPED.sure:.2f}")] != []


def test_plots_that_are_named_are_there(lines):
    assert (topics.ROOT / "results" / "test" / "lines_coverage.svg").exists() and lines[-1].endswith("results/test")
