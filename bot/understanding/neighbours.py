"""The training sentences nearest to a message, and what they are about: a second opinion beside the regression.

An encoder's vectors, turned so that little is lost in 128 numbers; the ten nearest vote, the
nearer the louder. The regression errs where a sentence mixes the words of two topics, the vote where few
sentences are near; half of each was right more often than either, on sentences of other hands by one
(tests/phrasings/lines.yml) to three points, and its confidence told right from wrong better. Only sentences of the
labels that the regression finds likeliest are asked: as good, and a seventh of the work."""

from __future__ import annotations

from typing import Mapping, Sequence

import numpy as np

from bot.understanding.encoders import unit

KEPT = 128       # numbers a vector keeps: 64 lost half a point, 192 gained none
NEAREST = 10
SHARPNESS = 20   # a neighbour whose cosine is .05 lower has e^-1 of the voice
ARRAYS = ("mean", "turn", "bank", "label_of")  # what `arrays` gives and the class is made from


class Neighbours:
    """Vectors in, shares of the vote out."""

    def __init__(self, arrays: Mapping[str, np.ndarray], labels: int) -> None:
        order = np.argsort(arrays["label_of"], kind="stable")  # each label's rows together, to be asked by themselves
        self._mean, self._turn, self._bank = (arrays[name].astype(np.float32) for name in ("mean", "turn", "bank"))
        self._bank, self._label_of = self._bank[order], arrays["label_of"][order].astype(np.int64)
        self._first = np.searchsorted(self._label_of, np.arange(labels + 1))

    @classmethod
    def fit(cls, vectors: np.ndarray, label_of: Sequence[int], labels: int) -> "Neighbours":
        """Take the training sentences' vectors, shape (sentences, size), and the number of each one's label."""
        mean = vectors.mean(axis=0)
        _, directions = np.linalg.eigh(np.cov((vectors - mean).T))
        turn = directions[:, ::-1][:, :KEPT]
        # half precision, as it is saved: a model read back says the same
        arrays = {"mean": mean.astype(np.float16), "turn": turn.astype(np.float16), "label_of": np.asarray(label_of, np.int16)}
        arrays["bank"] = _turned(vectors, arrays["mean"].astype(np.float32), arrays["turn"].astype(np.float32)).astype(np.float16)
        return cls(arrays, labels)

    def vote(self, vector: np.ndarray, among: Sequence[int]) -> np.ndarray:
        """Each label's share of the vote, shape (labels,), summing to one. Only sentences of the labels `among` which it is have a vote."""
        asked = _turned(vector[None], self._mean, self._turn)[0]
        rows = [slice(self._first[label], self._first[label + 1]) for label in among]
        cosines = np.concatenate([self._bank[row] @ asked for row in rows])
        nearest = np.argpartition(-cosines, min(NEAREST, len(cosines) - 1))[:NEAREST]
        voices = np.exp(SHARPNESS * (cosines[nearest] - cosines[nearest].max()))
        label_of = np.concatenate([self._label_of[row] for row in rows])[nearest]
        return np.bincount(label_of, weights=voices / voices.sum(), minlength=len(self._first) - 1)

    def arrays(self) -> dict[str, np.ndarray]:
        """What `Neighbours` is made from, to be saved."""
        halves = {"mean": self._mean, "turn": self._turn, "bank": self._bank}
        return {**{name: values.astype(np.float16) for name, values in halves.items()}, "label_of": self._label_of.astype(np.int16)}


def _turned(vectors: np.ndarray, mean: np.ndarray, turn: np.ndarray) -> np.ndarray:
    return unit((vectors - mean) @ turn)
