"""What the training sentences look like from outside: weak topics, confusions, likely mislabels, near-duplicates.

Cross-validated: each sentence is judged by a classifier that has not seen it. The encoders are used as
packaged, for the tuned one has seen every sentence here and would find nothing odd."""

from __future__ import annotations

from collections import Counter
from typing import Iterator, Sequence

import numpy as np

from bot.checking import training_sentences
from bot.understanding.classifier import Pieces, plain_case, regression
from bot.understanding.decision import topic_of
from bot.understanding.encoders import Encoders

FOLDS, C = 4, 10
NEIGHBOURS = 8
SURE_OF_ANOTHER, DOUBTS_ITS_OWN = 0.8, 0.05  # confident learning (Northcutt and others 2021, arXiv 1911.00068), with fixed bounds
SAME = 0.95  # cosine from which on two sentences are the same one written twice


def report(most: int) -> Iterator[str]:
    """The lists, each with at most `most` lines (20 where that is 0)."""
    most = most or 20
    pairs = [(plain_case(text), topic_of(intent)) for intent, texts in training_sentences().items() for text in texts]
    texts, topics = [text for text, _ in pairs], np.array([topic for _, topic in pairs])
    vectors = Encoders(threads=2, tuned=False).encode_all(texts) / np.sqrt(2)
    names, chances = _cross_validated(texts, topics, vectors)
    guessed = names[chances.argmax(axis=1)]
    yield f"{len(texts)} training sentences, {len(names)} topics; cross-validated {np.mean(guessed == topics):.3f} right"
    yield from _weak(topics, guessed, most)
    yield from _confused(topics, guessed, texts, most)
    yield from _mislabelled(topics, names, chances, texts, most)
    yield from _neighbourhood(topics, vectors, texts, most)


def _cross_validated(texts: Sequence[str], topics: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    names, fold = np.unique(topics), np.random.RandomState(0).permutation(len(texts)) % FOLDS
    chances = np.zeros((len(texts), len(names)))
    for held in range(FOLDS):
        kept = fold != held
        pieces = Pieces.fit([text for text, keep in zip(texts, kept) if keep])
        features = np.hstack([vectors * np.sqrt(2), pieces(texts)])
        chances[~kept] = regression(features[kept], topics[kept], C).predict_proba(features[~kept])
    return names, chances


def _weak(topics: np.ndarray, guessed: np.ndarray, most: int) -> Iterator[str]:
    yield "\nweakest topics: share right, sentences, taken for"
    right = {topic: np.mean(guessed[topics == topic] == topic) for topic in np.unique(topics)}
    for topic in sorted(right, key=right.get)[:most]:
        others = Counter(guessed[(topics == topic) & (guessed != topic)].tolist()).most_common(3)
        yield f"  {right[topic]:.2f} {int((topics == topic).sum()):4} {topic}: " + ", ".join(f"{other} {count}" for other, count in others)


def _confused(topics: np.ndarray, guessed: np.ndarray, texts: Sequence[str], most: int) -> Iterator[str]:
    yield "\nconfusions: how often, meant, taken for, one of them"
    for (meant, taken), count in Counter(zip(topics[guessed != topics].tolist(), guessed[guessed != topics].tolist())).most_common(most):
        yield f"  {count:3} {meant} taken for {taken}: {next(text for text, a, b in zip(texts, topics, guessed) if (a, b) == (meant, taken))}"


def _mislabelled(topics: np.ndarray, names: np.ndarray, chances: np.ndarray, texts: Sequence[str], most: int) -> Iterator[str]:
    own = chances[np.arange(len(topics)), np.searchsorted(names, topics)]
    doubtful = np.flatnonzero((own < DOUBTS_ITS_OWN) & (chances.max(axis=1) >= SURE_OF_ANOTHER))
    yield f"\nlikely mislabelled: {len(doubtful)}"
    for place in doubtful[np.argsort(own[doubtful] - chances[doubtful].max(axis=1))][:most]:
        yield f"  {topics[place]} reads like {names[chances[place].argmax()]} ({chances[place].max():.2f}): {texts[place]}"


def _neighbourhood(topics: np.ndarray, vectors: np.ndarray, texts: Sequence[str], most: int) -> Iterator[str]:
    strangers, twins = [], []
    for start in range(0, len(texts), 1000):
        near = vectors[start : start + 1000] @ vectors.T
        near[np.arange(len(near)), start + np.arange(len(near))] = -1
        nearest = np.argpartition(-near, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        for row, places in enumerate(nearest):
            (other, count), place = Counter(topics[places].tolist()).most_common(1)[0], start + row
            if other != topics[place] and count >= NEIGHBOURS - 1:
                strangers.append((place, other, count))
        twins += [(start + row, column) for row, column in zip(*np.nonzero(near >= SAME)) if start + row < column]
    yield f"\nsentences among those of another topic (at least {NEIGHBOURS - 1} of the {NEIGHBOURS} nearest): {len(strangers)}"
    yield from (f"  {topics[place]} among {other}: {texts[place]}" for place, other, _ in strangers[:most])
    across = [(one, other) for one, other in twins if topics[one] != topics[other]]
    yield f"\nnear-duplicates: {len(twins)}, of these under two topics: {len(across)}"
    yield from (f"  {topics[one]} / {topics[other]}: {texts[one]} = {texts[other]}" for one, other in (across + [pair for pair in twins if pair not in across])[:most])
