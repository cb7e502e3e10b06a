"""How often the right topic is answered, offered, missed or refused. Uses the classifier and thresholds as shipped."""

from __future__ import annotations

import tarfile
import tempfile
from collections import Counter
from pathlib import Path
from typing import Iterator, Sequence

from bot.evaluation.sets import by_hand, mean, own_sets, read_set, share
from bot.rasa.inbound import DECLINES
from bot.rasa.server import MODEL
from bot.understanding.classifier import Guess, SentenceClassifier
from bot.understanding.decision import NOT_SURE, OFFERING, Decision, decide, topic_of
from bot.understanding.encoders import shared_encoders


def report(arguments) -> Iterator[str]:
    """The tables for each set."""
    model = shipped_classifier()
    for path in arguments.set or own_sets("topics"):
        rows = [row for row in read_set(path) if "topic" in row]
        judged = [(row, guess, decide(guess)) for row in rows for guess in [model.guess(row["text"])]]
        yield f"\n{path.name}: {len(rows)} sentences"
        yield from _summary(judged)
        yield from _confusions(judged, arguments.show)


def shipped_classifier(model: Path = MODEL) -> SentenceClassifier:
    """The classifier inside Rasa's model file."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(model) as archive:
        names = [member for member in archive.getmembers() if Path(member.name).name in ("classifier.npz", "classifier.json")]
        for member in names:
            member.name = Path(member.name).name
            archive.extract(member, folder)
        return SentenceClassifier.load(Path(folder), shared_encoders())


def verdict_on(row: dict, decision: Decision) -> str:
    """right, offered, wrong or not sure."""
    if decision.intent == NOT_SURE:
        return "not sure"
    if decision.intent == OFFERING:
        return "offered" if row["topic"] in decision.options else "offered wrongly"
    return "right" if decision.topic == row["topic"] else "wrong"


def _summary(judged: Sequence[tuple[dict, Guess, Decision]]) -> Iterator[str]:
    counts = Counter(verdict_on(row, decision) for row, _, decision in judged)
    of = len(judged)
    first = sum(topic_of(guess.best) == row["topic"] for row, guess, _ in judged)
    yield f"right                {share(counts['right'], of)}"
    right_rows = [{**row, "hit": verdict_on(row, decision) == "right"} for row, _, decision in judged]
    yield f"  over hands         {by_hand(right_rows, lambda rows: mean(row['hit'] for row in rows))}"
    yield f"right or offered     {share(counts['right'] + counts['offered'], of)}"
    yield f"wrong                {share(counts['wrong'], of)}"
    yield f"offered wrongly      {share(counts['offered wrongly'], of)}"
    yield f"not sure             {share(counts['not sure'], of)}"
    yield f"first guess right    {share(first, of)}"
    declined = [(row, d) for row, _, d in judged if row["topic"] in DECLINES]
    yield f"declines declined    {share(sum(d.topic in DECLINES for _, d in declined), len(declined))}"
    for kind in ("far", "near"):
        outside = [(row, d) for row, _, d in judged if row["topic"] == "out_of_scope" and row.get("kind") == kind]
        yield f"{kind} out of scope refused  {share(sum(d.topic in ('out_of_scope', None) and d.intent != OFFERING for _, d in outside), len(outside))}"
    for sure in (0.3, 0.4, 0.5, 0.55, 0.6, 0.7, 0.8):
        answered = [(row, guess) for row, guess, _ in judged if guess.confidence >= sure]
        right = sum(topic_of(guess.best) == row["topic"] for row, guess in answered)
        yield f"  answering from {sure:.2f}: right {right / of:.3f}, wrong {(len(answered) - right) / of:.3f}, answered {len(answered) / of:.3f}"


def _confusions(judged, most: int) -> Iterator[str]:
    pairs = Counter((row["topic"], topic_of(guess.best)) for row, guess, _ in judged if topic_of(guess.best) != row["topic"])
    for (meant, guessed), count in pairs.most_common(most):
        example = next(row["text"] for row, guess, _ in judged if (row["topic"], topic_of(guess.best)) == (meant, guessed))
        yield f"{count:3} {meant} taken for {guessed}: {example}"
