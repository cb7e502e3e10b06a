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

from bot.evaluation.sets import own_sets, read_set
from bot.evaluation.topics import shipped_classifier, verdict_on
from bot.understanding.classifier import Guess
from bot.understanding.decision import SHIPPED, Thresholds, decide

COSTS = {"right": 0, "offered": 1, "not sure": 2, "offered wrongly": 3, "wrong": 10}
GRID = {
    "sure": [0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8],
    "sure_of_talk": [0.3, 0.45, 0.6],
    "sure_of_decline": [0.3, 0.35, 0.45, 0.6],
    "doubt": [0.15, 0.25, 0.4],
    "offer": [0.2, 0.35, 0.5],
    "worth_offering": [0.01, 0.03],
}
FOLDS = 5


def report(arguments) -> Iterator[str]:
    """What each choice costs, the cheapest, and whether it holds on sentences it was not chosen on."""
    model = shipped_classifier()
    rows = [row for path in arguments.set or own_sets("topics") for row in read_set(path) if "topic" in row]
    judged = [(row, model.guess(row["text"])) for row in rows]
    choices = [Thresholds(*values) for values in product(*GRID.values())]
    table = np.array([[COSTS[verdict_on(row, decide(guess, choice))] for row, guess in judged] for choice in choices])
    yield f"{len(rows)} sentences; cost of a sentence: {', '.join(f'{name} {cost}' for name, cost in COSTS.items())}"
    yield f"temperature: probabilities are {'too sure' if (best := temperature(judged)) > 1 else 'not sure enough'}; dividing the scores by {best:.2f} fits best"
    yield _line("as shipped", SHIPPED, judged)
    cheapest = choices[int(table.mean(axis=1).argmin())]
    yield _line("cheapest", cheapest, judged)
    for sure in GRID["sure"]:
        yield _line(f"answering from {sure:.2f}", replace(cheapest, sure=sure), judged)
    folds = np.arange(len(rows)) % FOLDS
    held = [table[table[:, folds != fold].mean(axis=1).argmin(), folds == fold].mean() for fold in range(FOLDS)]
    yield f"chosen on four fifths, the last fifth costs {np.mean(held):.3f} a sentence (five times, {min(held):.2f} to {max(held):.2f})"


def temperature(judged: Sequence[tuple[dict, Guess]]) -> float:
    """By what to divide the scores so that the probabilities fit the truth best (Guo and others 2017, arXiv 1706.04599)."""
    chances = [np.array([chance for _, chance in guess.ranked]) for _, guess in judged]
    truths = [[label.removeprefix("ask_") for label, _ in guess.ranked].index(row["topic"]) for row, guess in judged]

    def surprise(divisor: float) -> float:
        return -float(np.mean([np.log((np.maximum(row, 1e-12) ** (1 / divisor))[truth] / (np.maximum(row, 1e-12) ** (1 / divisor)).sum()) for row, truth in zip(chances, truths)]))

    return float(min(np.arange(0.5, 4.01, 0.05), key=surprise))


def _line(name: str, choice: Thresholds, judged: Sequence[tuple[dict, Guess]]) -> str:
    verdicts = [verdict_on(row, decide(guess, choice)) for row, guess in judged]
    shares = ", ".join(f"{verdict} {verdicts.count(verdict) / len(verdicts):.3f}" for verdict in COSTS)
    return f"{name:20} {np.mean([COSTS[verdict] for verdict in verdicts]):.3f}   {shares}   {choice}"
