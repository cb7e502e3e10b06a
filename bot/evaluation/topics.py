"""How often the right topic is answered, offered, missed or refused. Uses the classifier and thresholds as shipped.

Draws, for each set, coverage against precision and confidence against truth (bot/evaluation/plots.py)."""

from __future__ import annotations

import difflib
import random
import tarfile
import tempfile
import zlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Collection, Iterator, Sequence

from bot.bench.report import BenchError
from bot.evaluation.rows import Check, Wrong, lacks_words
from bot.evaluation.sets import by_hand, mean, own_sets, read_sets, share
from bot.evaluation.typos import misspell
from bot.project import ROOT
from bot.rasa.server import MODEL
from bot.understanding.classifier import Guess, SentenceClassifier, plain_case
from bot.understanding.decision import DECLINES, NOT_SURE, OFFERING, SHIPPED, Decision, decide, topic_of
from bot.understanding.encoders import shared_encoders

TYPOS = 0.1  # share of words
PLOTS = ROOT / "results" / "topics"
REPORT_SYMPTOM = "report_symptom"  # no label: a sentence in which triage hears a warning sign, whatever topic it has
DAMAGES = (OSError, EOFError, KeyError, TypeError, ValueError, tarfile.TarError, zlib.error)


def report(arguments) -> Iterator[str]:
    """The tables for each set, or with --data what the training sentences look like. Raises BenchError without a usable
    model, ContentError when a set cannot be measured on."""
    if arguments.data:
        from bot.evaluation import sentences

        yield from sentences.report(arguments.show)
        return
    model = shipped_classifier()
    for path, rows in read_sets(arguments.set or own_sets("topics"), known_topics(model)):
        judged = [(row, guess, decide(guess)) for row in rows for guess in [model.guess(row["text"])]]
        yield f"\n{path.name}: {len(rows)} sentences"
        yield from _summary(judged)
        yield from _typing_errors(model, rows, arguments.show)
        yield from _confusions(judged, arguments.show)
        yield from _plots(judged, path.stem)


def shipped_classifier(model: Path = MODEL) -> SentenceClassifier:
    """The classifier inside Rasa's model file. Raises BenchError when there is none, or it cannot be used."""
    if not model.exists():
        raise BenchError(f"no model at {model}; run `ivy train`")
    with tempfile.TemporaryDirectory() as folder:
        try:
            _unpack(model, folder)
            return SentenceClassifier.load(Path(folder), shared_encoders())
        except DAMAGES as error:
            reason = str(error).replace(folder, str(model))
            raise BenchError(f"the model at {model} cannot be used ({type(error).__name__}: {reason}); run `ivy train`") from error


def _unpack(model: Path, folder: str) -> None:
    with tarfile.open(model, "r:gz") as archive:
        names = [member for member in archive.getmembers() if Path(member.name).name in ("classifier.npz", "classifier.json")]
        for member in names:
            member.name = Path(member.name).name
            archive.extract(member, folder)


def known_topics(model: SentenceClassifier) -> Check:
    """Finds wrong in a row what is no topic of the model, under `topic` or `also`."""
    known = {topic_of(label) for label in model.labels} | {REPORT_SYMPTOM}

    def check(row: dict) -> Iterator[Wrong]:
        yield from lacks_words(row, "topic", "write what the sentence asks about")
        also = row.get("also", [])
        if not isinstance(also, list):
            yield f'"also" is {also!r}, no list', "write [topic, ...]"
            also = []
        named = [row["topic"]] if isinstance(row.get("topic"), str) and row["topic"].strip() else []
        yield from (_unknown(str(name), known) for name in [*named, *also] if str(name) not in known)

    return check


def _unknown(name: str, known: Collection[str]) -> Wrong:
    near = difflib.get_close_matches(name, known, 3)
    return f"topic '{name}' is none of the trained model's", f"write {' or '.join(near)}" if near else "write an intent of domain.yml, without ask_"


def verdict_on(row: dict, decision: Decision) -> str:
    """right, offered, wrong or not sure."""
    if decision.intent == NOT_SURE:
        return "not sure"
    if decision.intent == OFFERING:
        return "offered" if meant(row) & set(decision.options) else "offered wrongly"
    return "right" if decision.topic in meant(row) else "wrong"


def meant(row: dict) -> set[str]:
    """The topics that would be a right answer: `topic`, and what stands under `also`."""
    return {row["topic"], *row.get("also", ())}


def _summary(judged: Sequence[tuple[dict, Guess, Decision]]) -> Iterator[str]:
    counts = Counter(verdict_on(row, decision) for row, _, decision in judged)
    of = len(judged)
    first = sum(topic_of(guess.best) in meant(row) for row, guess, _ in judged)
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
    for sure in sorted({0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, SHIPPED.sure}):
        outcomes = Counter(verdict_on(row, decide(guess, replace(SHIPPED, sure=sure))) for row, guess, _ in judged)
        shares = ", ".join(f"{name} {outcomes[name] / of:.3f}" for name in ("right", "offered", "wrong", "offered wrongly", "not sure"))
        yield f"  answering from {sure:.2f}: {shares}{'   <- shipped' if sure == SHIPPED.sure else ''}"


def _typing_errors(model: SentenceClassifier, rows: Sequence[dict], most: int) -> Iterator[str]:
    """First guesses with errors in a tenth of the words, and what spelling makes of the sentences as they are."""
    draw = random.Random(0)
    bad = [(misspell(row["text"], TYPOS, draw), meant(row)) for row in rows]
    for name, correct in (("with spelling", True), ("without", False)):
        right = sum(topic_of(model.guess(text, correct).best) in topics for text, topics in bad)
        yield f"first guess right with {TYPOS:.0%} of words misspelt, {name:13} {share(right, len(bad))}"
    changed = [(plain_case(row["text"]), model.read_as(row["text"])) for row in rows if plain_case(row["text"]) != model.read_as(row["text"])]
    yield f"spelling changed {len(changed)} of {len(rows)} sentences as they were typed"
    for typed, read in changed[:most]:
        yield "  " + ", ".join(f"{one} -> {other}" for one, other in zip(typed.split(), read.split()) if one != other)


def _plots(judged: Sequence[tuple[dict, Guess, Decision]], name: str) -> Iterator[str]:
    from bot.evaluation.plots import coverage_and_precision, reliability

    confidence = [guess.confidence for _, guess, _ in judged]
    right = [topic_of(guess.best) in meant(row) for row, guess, _ in judged]
    coverage_and_precision(confidence, right, SHIPPED.sure, f"{name}: {len(judged)} sentences", PLOTS / f"{name}_coverage.svg")
    error = reliability(confidence, right, name, PLOTS / f"{name}_reliability.svg")
    yield f"confidence against truth: expected calibration error {error:.3f}; plots in {PLOTS.relative_to(ROOT)}"


def _confusions(judged, most: int) -> Iterator[str]:
    pairs = Counter((row["topic"], topic_of(guess.best)) for row, guess, _ in judged if topic_of(guess.best) not in meant(row))
    for (topic, guessed), count in pairs.most_common(most):
        example = next(row["text"] for row, guess, _ in judged if (row["topic"], topic_of(guess.best)) == (topic, guessed))
        yield f"{count:3} {topic} taken for {guessed}: {example}"
