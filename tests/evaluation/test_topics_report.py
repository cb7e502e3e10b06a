"""`ivy evaluate topics` counts what was answered, offered and missed, and says which topics were taken for which."""

from __future__ import annotations

import tarfile
from argparse import Namespace

import pytest

from bot.bench.report import BenchError
from bot.evaluation import topics
from bot.library.problems import ContentError
from bot.understanding.classifier import Guess

#: First word of a text -> guess. Each sentence asks how fast it works.
GUESSES = {
    "plain": Guess((("ask_how_fast", 0.9), ("ask_how_often", 0.1))),
    "likely": Guess((("ask_how_fast", 0.5), ("ask_how_often", 0.45))),
    "misread": Guess((("ask_how_often", 0.9), ("ask_how_fast", 0.1))),
}


class Model:
    labels = ["ask_how_fast", "ask_how_often", "greet"]

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


def test_rows_without_a_known_topic_are_all_named(tmp_path, monkeypatch):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "a", "topic": "ask_how_fast"}\n{"text": "b"}\n{"text": "c", "topic": "greet", "also": ["zzz", 1]}\n{"text": "d", "topic": "greet", "also": "how_fast"}\n'
                    '{"topic": "report_symptom"}\n{"text": "e", "topic": null}\n')
    monkeypatch.setattr(topics, "shipped_classifier", Model)
    with pytest.raises(ContentError) as raised:
        list(topics.report(Namespace(set=[path], data=False, show=0)))
    wanted = ("1: topic 'ask_how_fast' is none of the trained model's; write how_fast", '2: has no "topic"', "3: topic '1'", "3: topic 'zzz'", "4: \"also\" is 'how_fast', no list",
              '5: has no "text"', '6: "topic" is None')
    assert [part in line for part, line in zip(wanted, str(raised.value).splitlines(), strict=True)] == [True] * len(wanted)


@pytest.mark.parametrize("damage", ["missing", "cut short", "empty", "without a classifier", "a folder"])
def test_model_that_cannot_be_used_is_named_with_the_repair(tmp_path, damage):
    model = tmp_path / "ivy.tar.gz"
    if damage == "cut short":
        model.write_bytes(topics.MODEL.read_bytes()[:50_000])
    elif damage == "empty":
        model.touch()
    elif damage == "without a classifier":
        tarfile.open(model, "w:gz").close()
    elif damage == "a folder":
        model.mkdir()
    with pytest.raises(BenchError) as raised:
        topics.shipped_classifier(model)
    assert str(model) in str(raised.value) and "run `ivy train`" in str(raised.value)
