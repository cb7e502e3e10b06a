"""Ivy's own features and classifier, trained anew on public intent sets; beside it DIET and published figures.

The sets are not part of the project: BANKING77 (Casanueva 2020, CC BY 4.0), CLINC150 (Larson 2019, CC BY 3.0),
HWU64 (Liu 2019, CC BY 4.0), with the 10-shot samples of github.com/jianguoz/Few-Shot-Intent-Detection. The files
test_typo10 and test_typo30 are the test set with keyboard typos in so many of 100 words. Nothing learned here is kept."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Iterator, Optional, Sequence

import numpy as np

from bot.bench.report import BenchError, table
from bot.evaluation.sets import share
from bot.project import ROOT
from bot.understanding.classifier import SentenceClassifier, plain_case
from bot.understanding.encoders import MINILM_SIZE, Encoders

SETS, TRAINED_ON, TESTS = ("banking77", "clinc150", "hwu64"), ("train_10", "train"), ("test", "test_typo10", "test_typo30")
TUNED = ROOT / "bot" / "understanding" / "weights" / "manifest.json"
MOST_LOST = 0.06   # at 10 % typos
KEPT_IN_SCOPE = 0.95
TARGETS = {("banking77", "train_10"): 0.86, ("clinc150", "train_10"): 0.91, ("hwu64", "train_10"): 0.83,
           ("banking77", "train"): 0.93, ("clinc150", "train"): 0.955, ("hwu64", "train"): 0.91}
#: Accuracy in per cent on the same splits, as others report it: 10-shot from the table in the README of
#: github.com/jianguoz/Few-Shot-Intent-Detection; full sets from Casanueva 2020 (arXiv 2003.04807), table 3. Not measured here.
PUBLISHED = {("banking77", "train_10"): "USE 84.2, ConveRT 83.3, USE+ConveRT 85.2, CPFT 87.2, ICDA 89.8", ("clinc150", "train_10"): "USE 90.9, ConveRT 92.6, USE+ConveRT 93.3, CPFT 94.2, ICDA 94.8",
             ("hwu64", "train_10"): "USE 83.8, ConveRT 82.7, USE+ConveRT 85.8, CPFT 87.1, ICDA 87.4", ("banking77", "train"): "USE 92.8, ConveRT 93.0, USE+ConveRT 93.4, BERT 93.7",
             ("clinc150", "train"): "USE 95.1, ConveRT 97.2, USE+ConveRT 97.2", ("hwu64", "train"): "USE 91.3, ConveRT 91.2, USE+ConveRT 92.6"}

Rows = Sequence[tuple[str, str]]


class KeptEncoders:
    """Encoders that keep each vector they made, because several classifiers are asked the same sentences."""

    def __init__(self, encoders: Encoders) -> None:
        self._encoders, self._kept = encoders, {}
        self.version = getattr(encoders, "version", "")

    def encode_all(self, texts: Sequence[str]) -> np.ndarray:
        """Always computed, so that training is timed whole."""
        vectors = self._encoders.encode_all(texts)
        self._kept.update(zip(texts, vectors))
        return vectors

    def english(self, text: str) -> np.ndarray:
        return self._vector(text)[:MINILM_SIZE]

    def multilingual(self, text: str) -> np.ndarray:
        return self._vector(text)[MINILM_SIZE:]

    def _vector(self, text: str) -> np.ndarray:
        if text not in self._kept:
            self.encode_all([text])
        return self._kept[text]


def report(arguments) -> Iterator[str]:
    """The tables. Raises BenchError naming every file that is missing."""
    sets, trained_on = arguments.set or SETS, arguments.train or TRAINED_ON
    _must_be_there(arguments.folder, sets, trained_on)
    measured: list[tuple] = []
    for encoder in ("tuned", "frozen") if TUNED.exists() else ("frozen",):
        encoders = _encoders(encoder)
        for name in sets:
            kept = KeptEncoders(encoders)
            for file in trained_on:
                yield from _one_set(arguments, kept, encoder, name, file, measured)
    if arguments.diet:
        from bot.bench.diet import TRAINED_ON as LEARNED, judged_by_diet

        for name in sets:
            yield from judged_by_diet(name, read_rows(arguments.folder / name / f"{LEARNED}.json"), {test: _rows(arguments, name, test) for test in TESTS}, measured)
    yield from _targets(measured)


def _encoders(which: str) -> Encoders:
    """The encoders with the English one tuned or frozen, whatever this process is set to."""
    before = os.environ.get("IVY_ENCODER")
    os.environ["IVY_ENCODER"] = which
    try:
        return Encoders(os.cpu_count() or 1)
    finally:
        os.environ.pop("IVY_ENCODER") if before is None else os.environ.update(IVY_ENCODER=before)


def _must_be_there(folder: Path, sets: Sequence[str], trained_on: Sequence[str]) -> None:
    wanted = [folder / name / f"{file}.json" for name in sets for file in (*trained_on, *TESTS)]
    missing = [str(path) for path in wanted if not path.exists()]
    if missing:
        raise BenchError(f"not there: {', '.join(missing)}. Get the public sets in this layout, or name those you have with --set and --train")


def read_rows(path: Path) -> Rows:
    """[(text, label), ...]. Raises BenchError for a file of another kind."""
    try:
        return [(str(text), str(label)) for text, label in json.loads(path.read_text(encoding="utf-8"))]
    except (ValueError, TypeError) as error:
        raise BenchError(f"{path} is not a JSON list of [text, label] ({error})") from error


def _rows(arguments, name: str, file: str) -> Rows:
    rows = read_rows(arguments.folder / name / f"{file}.json")
    return rows[:: max(1, len(rows) // arguments.rows)] if arguments.rows else rows


def _one_set(arguments, encoders: KeptEncoders, encoder: str, name: str, file: str, measured: list) -> Iterator[str]:
    training = read_rows(arguments.folder / name / f"{file}.json")
    began = time.monotonic()
    model = SentenceClassifier.fit(encoders, [text for text, _ in training], [label for _, label in training])
    seconds = time.monotonic() - began
    tests = {test: _rows(arguments, name, test) for test in TESTS}
    encoders.encode_all([plain_case(text) for rows in tests.values() for text, _ in rows])
    judged = {test: [(label, *_best(model, text)) for text, label in rows] for test, rows in tests.items()}
    yield f"\n{name}, {file}: {len(training)} sentences, {len(model.labels)} labels; {encoder} encoder; trained in {seconds:.0f} s"
    for test, rows in judged.items():
        right = sum(label == guessed for label, guessed, _ in rows)
        measured.append((name, file, f"Ivy, {encoder}", test, right, len(rows), seconds))
        yield f"- {test}: {share(right, len(rows))}"
    yield from _out_of_scope(arguments, model, name, judged["test"])


def _best(model: SentenceClassifier, text: str) -> tuple[str, float]:
    chances = model.probabilities(text)
    best = int(chances.argmax())
    return model.labels[best], float(chances[best])


def _out_of_scope(arguments, model: SentenceClassifier, name: str, in_scope: Sequence[tuple]) -> Iterator[str]:
    """How many sentences of no label are refused, where the set has such; refused is what is less sure than 95 % of val."""
    folder = arguments.folder / name
    if not (folder / "oos_test.json").exists() or not (folder / "val.json").exists():
        return
    known = [_best(model, text)[1] for text, _ in _rows(arguments, name, "val")]
    bar = float(np.quantile(known, 1 - KEPT_IN_SCOPE))
    outside = [_best(model, text)[1] for text, _ in _rows(arguments, name, "oos_test")]
    answered = sum(label == guessed and sure >= bar for label, guessed, sure in in_scope)
    yield f"- out of scope, by the first label's probability below {bar:.3f} (which 5 % of val are): refused {share(sum(sure < bar for sure in outside), len(outside))}"
    yield f"- in scope, right and not refused: {share(answered, len(in_scope))}"
    yield f"- AUROC {_auroc([sure for _, _, sure in in_scope], outside):.3f}"


def _auroc(inside: Sequence[float], outside: Sequence[float]) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score([1] * len(inside) + [0] * len(outside), [*inside, *outside]))


def _targets(measured: Sequence[tuple]) -> Iterator[str]:
    rows = []
    for name, file, who in dict.fromkeys(entry[:3] for entry in measured):
        found = {test: (right, of, seconds) for n, f, w, test, right, of, seconds in measured if (n, f, w) == (name, file, who)}
        clean, typos = (found[test][0] / found[test][1] for test in ("test", "test_typo10"))
        wanted: Optional[float] = TARGETS[name, file] if who.startswith("Ivy") else None
        met = "-" if wanted is None else "yes" if clean >= wanted and clean - typos <= MOST_LOST else "no"
        cells = [_per_cent(*found[test][:2]) for test in TESTS]
        rows.append([f"{name} {file}", who, *cells, f"{100 * (clean - typos):.1f}", f"{found['test'][2]:.0f}", f"{100 * wanted:.1f}, 6.0" if wanted else "-", met, PUBLISHED[name, file]])
    yield from table(["set", "classifier", "accuracy % (95 %)", "10 % typos", "30 % typos", "lost at 10 %", "training s", "target, most lost", "met", "published, not measured here"], rows)


def _per_cent(right: int, of: int) -> str:
    value, interval = share(right, of).split(",")[0].split(" ", 1)
    low, high = interval.strip("()").split("-")
    return f"{100 * float(value):.1f} ({100 * float(low):.1f}-{100 * float(high):.1f})"
