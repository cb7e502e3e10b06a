"""Chooses when to answer, when to ask and when to say "not sure", by what each outcome costs a patient.

A wrong medical answer costs 10, a question with the right topic in it 1, an unanswered message 2, a
question without it 3 (asked and still unanswered). Printed for bot/understanding/decision.py, never
written there: a person copies the numbers with their reason. The set must be none that trained anything
and none that is reported as the measure (default: the project's own sets)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Iterator, Sequence

import numpy as np

from bot.evaluation.sets import own_sets, read_sets
from bot.evaluation.topics import REPORT_SYMPTOM, known_topics, shipped_classifier, verdict_on
from bot.understanding.classifier import Guess
from bot.understanding.decision import SHIPPED, Thresholds, decide

COSTS = {"right": 0, "offered": 1, "not sure": 2, "offered wrongly": 3, "wrong": 10}
_OTHERS = {
    "sure": [0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8],
    "sure_of_talk": [0.3, 0.45, 0.6],
    "sure_of_decline": [0.3, 0.35, 0.45, 0.6],
    "doubt": [0.15, 0.25, 0.4],
    "offer": [0.2, 0.35, 0.5],
    "worth_offering": [0.01, 0.03],
}
#: What is compared: each with what is shipped among it.
GRID = {name: sorted({*others, getattr(SHIPPED, name)}) for name, others in _OTHERS.items()}
FOLDS = 5


def report(arguments) -> Iterator[str]:
    """What each choice costs, the cheapest, and whether it holds on sentences it was not chosen on. Raises BenchError without
    a usable model, ContentError when a set cannot be measured on."""
    model = shipped_classifier()
    rows = [row for _, rows in read_sets(arguments.set or own_sets("topics"), known_topics(model)) for row in rows]
    judged = [(row, model.guess(row["text"])) for row in rows]
    choices = [Thresholds(*values) for values in product(*GRID.values())]
    table = np.array([[COSTS[verdict_on(row, decide(guess, choice))] for row, guess in judged] for choice in choices])
    yield f"{len(rows)} sentences; cost of a sentence: {', '.join(f'{name} {cost}' for name, cost in COSTS.items())}"
    yield from _temperature(judged)
    yield _line("as shipped", SHIPPED, judged)
    yield _line("cheapest", choices[int(table.mean(axis=1).argmin())], judged)
    for sure in GRID["sure"]:
        yield _line(f"answering from {sure:.2f}", replace(SHIPPED, sure=sure), judged)
    yield _on_others(table)


def _temperature(judged: Sequence[tuple[dict, Guess]]) -> Iterator[str]:
    of_labels = [(row, guess) for row, guess in judged if row["topic"] != REPORT_SYMPTOM]
    if of_labels:
        best = temperature(of_labels)
        yield f"temperature: probabilities are {'too sure' if best > 1 else 'not sure enough'}; dividing the scores by {best:.2f} fits best"


def temperature(judged: Sequence[tuple[dict, Guess]]) -> float:
    """By what to divide the scores so that the probabilities fit the truth best (Guo and others 2017, arXiv 1706.04599)."""
    chances = [np.array([chance for _, chance in guess.ranked]) for _, guess in judged]
    truths = [[label.removeprefix("ask_") for label, _ in guess.ranked].index(row["topic"]) for row, guess in judged]

    def surprise(divisor: float) -> float:
        return -float(np.mean([np.log((np.maximum(row, 1e-12) ** (1 / divisor))[truth] / (np.maximum(row, 1e-12) ** (1 / divisor)).sum()) for row, truth in zip(chances, truths)]))

    return float(min(np.arange(0.5, 4.01, 0.05), key=surprise))


def _on_others(table: np.ndarray) -> str:
    """`table`: a row a choice, a column a sentence."""
    if table.shape[1] < FOLDS:
        return f"too few sentences to choose on some and judge on others: {table.shape[1]} of at least {FOLDS}"
    folds = np.arange(table.shape[1]) % FOLDS
    held = [table[table[:, folds != fold].mean(axis=1).argmin(), folds == fold].mean() for fold in range(FOLDS)]
    return f"chosen on four fifths, the last fifth costs {np.mean(held):.3f} a sentence (five times, {min(held):.2f} to {max(held):.2f})"


def _line(name: str, choice: Thresholds, judged: Sequence[tuple[dict, Guess]]) -> str:
    verdicts = [verdict_on(row, decide(guess, choice)) for row, guess in judged]
    shares = ", ".join(f"{verdict} {verdicts.count(verdict) / len(verdicts):.3f}" for verdict in COSTS)
    return f"{name:20} {np.mean([COSTS[verdict] for verdict in verdicts]):.3f}   {shares}   {choice}{'   <- shipped' if choice == SHIPPED else ''}"
