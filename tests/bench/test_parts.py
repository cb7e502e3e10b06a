"""`ivy bench parts` measures messages that Ivy has not met before."""

from __future__ import annotations

from argparse import Namespace

import pytest

from bot.bench import parts
from bot.bench.report import BenchError
from bot.bench.stopwatch import Stopwatch
from bot.understanding.encoders import shared_encoders

TEXTS = [f"Sentence {number}" for number in range(100)]


def plain(texts) -> set[str]:
    return {text.strip().lower() for text in texts}


@pytest.mark.parametrize("number", [1, 10, 40])
def test_nothing_measured_was_sent_before(number):
    warm_up, measured, others = parts.drawn([*TEXTS, *(f" {text.upper()}" for text in TEXTS)], number)
    assert (len(warm_up), len(measured), len(others)) == (parts.WARM_UP, number, number)
    assert len(plain([*warm_up, *measured, *others])) == parts.WARM_UP + 2 * number


def test_more_than_there_is_measures_what_there_is():
    warm_up, measured, others = parts.drawn(TEXTS, 10_000)
    assert (len(warm_up), len(measured), len(others)) == (parts.WARM_UP, 40, 40)


def test_same_messages_are_drawn_each_time():
    assert parts.drawn(TEXTS, 10) == parts.drawn(TEXTS, 10)


@pytest.mark.parametrize(("part", "encoder"), [("English encoder", "english"), ("multilingual encoder", "multilingual")])
def test_encoders_are_measured_where_a_text_is_new(part, encoder):
    watch, encode = Stopwatch(), getattr(shared_encoders(), encoder)
    for name, _, where in parts.PARTS:
        if name == part:
            watch.watch(part, where)
    try:
        for _ in range(2):
            encode(f"a text for the {part} that nobody sent before")
    finally:
        watch.release()
    assert watch.calls[part] == 1 and watch.seconds[part] > 0


@pytest.mark.parametrize("number", [0, -3])
def test_no_messages_are_refused(number):
    with pytest.raises(BenchError, match=f"--messages {number} measures nothing; give 1 or more"):
        next(parts.report(Namespace(messages=number, port=8180)))
