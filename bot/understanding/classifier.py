"""Which topic a sentence is about: logistic regression over two sentence encoders and word pieces.

Features: the encoders' 896 numbers and 200 numbers condensed from word and character n-grams (they
carry typos and rare names the encoders blur). C is 10: on sentences of other hands it
rejected better than 30 at the same accuracy (measured with `ivy evaluate topics`)."""

from __future__ import annotations

import json
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.understanding.encoders import Encoders

C = 10
PIECES, PIECE_WEIGHT = 200, 0.7
CHARACTERS = {"analyzer": "char_wb", "ngram_range": (2, 5), "sublinear_tf": True}
WORDS = {"analyzer": "word", "ngram_range": (1, 2), "sublinear_tf": True, "token_pattern": r"(?u)\b\w+\b"}


@dataclass(frozen=True)
class Guess:
    """Topics by probability, likeliest first: ((label, probability), ...), all labels."""

    ranked: tuple

    @property
    def best(self) -> str:
        return self.ranked[0][0]

    @property
    def confidence(self) -> float:
        return self.ranked[0][1]


class Pieces:
    """Word and character n-grams of a text, condensed to a few numbers of length PIECE_WEIGHT."""

    def __init__(self, vectorizers: Sequence[TfidfVectorizer], components: np.ndarray) -> None:
        self._vectorizers, self.components = vectorizers, components

    @classmethod
    def fit(cls, texts: Sequence[str], pieces: int = PIECES) -> "Pieces":
        many = len(texts) > 1000
        vectorizers = [TfidfVectorizer(**CHARACTERS, min_df=3 if many else 1, max_features=20_000),
                       TfidfVectorizer(**WORDS, min_df=2 if many else 1, max_features=15_000)]
        rows = _hstack([vectorizer.fit_transform(texts) for vectorizer in vectorizers])
        svd = TruncatedSVD(min(pieces, rows.shape[1] - 1, len(texts) - 1), random_state=0).fit(rows)
        return cls(vectorizers, svd.components_.astype(np.float32))

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        rows = _hstack([vectorizer.transform(texts) for vectorizer in self._vectorizers])
        dense = rows @ self.components.T
        return (PIECE_WEIGHT * dense / np.maximum(np.linalg.norm(dense, axis=1, keepdims=True), 1e-9)).astype(np.float32)

    def as_json(self) -> list:
        return [{"vocabulary": {word: int(place) for word, place in v.vocabulary_.items()}, "idf": v.idf_.tolist()} for v in self._vectorizers]

    @classmethod
    def from_json(cls, saved: list, components: np.ndarray) -> "Pieces":
        vectorizers = []
        for options, values in zip((CHARACTERS, WORDS), saved):
            vectorizer = TfidfVectorizer(**options, vocabulary=values["vocabulary"])
            vectorizer.idf_ = np.array(values["idf"])
            vectorizers.append(vectorizer)
        return cls(vectorizers, components)


class SentenceClassifier:
    """Texts in, label probabilities out. Knows nothing of topics, tiers or Rasa."""

    def __init__(self, encoders: Encoders, pieces: Pieces, labels: Sequence[str], weights: np.ndarray, bias: np.ndarray) -> None:
        self._encoders, self._pieces = encoders, pieces
        self.labels, self._weights, self._bias = list(labels), weights, bias

    @classmethod
    def fit(cls, encoders: Encoders, texts: Sequence[str], labels: Sequence[str], c: float = C) -> "SentenceClassifier":
        """Train. Needs at least three labels and a few texts of each; deterministic."""
        texts = [plain_case(text) for text in texts]
        pieces = Pieces.fit(texts)
        features = np.hstack([encoders.encode_all(texts), pieces(texts)])
        with warnings.catch_warnings():
            # more rounds than these change no answer on sentences of other hands, only the time
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = LogisticRegression(C=c, max_iter=120, tol=1e-3).fit(features, list(labels))
        return cls(encoders, pieces, model.classes_.tolist(), model.coef_.astype(np.float32), model.intercept_.astype(np.float32))

    def probabilities(self, text: str) -> np.ndarray:
        """Probability of each label, in the order of `labels`."""
        text = plain_case(text)
        logits = self._weights @ np.hstack([self._encoders.encode(text), self._pieces([text])[0]]) + self._bias
        odds = np.exp(logits - logits.max())
        return odds / odds.sum()

    def guess(self, text: str) -> Guess:
        chances = self.probabilities(text)
        return Guess(tuple((self.labels[place], float(chances[place])) for place in np.argsort(-chances, kind="stable")))

    def save(self, folder: Path) -> None:
        """Write the model as arrays and JSON: nothing that runs when it is read."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(folder / "classifier.npz", components=self._pieces.components.astype(np.float16), weights=self._weights, bias=self._bias)
        (folder / "classifier.json").write_text(json.dumps({"labels": self.labels, "pieces": self._pieces.as_json()}))

    @classmethod
    def load(cls, folder: Path, encoders: Encoders) -> "SentenceClassifier":
        """Read a saved model. Raises OSError, KeyError or ValueError when it is not whole."""
        saved = json.loads((folder / "classifier.json").read_text())
        try:
            with np.load(folder / "classifier.npz", allow_pickle=False) as arrays:
                pieces = Pieces.from_json(saved["pieces"], arrays["components"].astype(np.float32))
                return cls(encoders, pieces, saved["labels"], arrays["weights"], arrays["bias"])
        except (zipfile.BadZipFile, EOFError) as error:
            raise ValueError(f"{folder / 'classifier.npz'} is cut short or damaged") from error


def plain_case(text: str) -> str:
    """Lower case: neither encoder gains from capitals, and PANIC is the same question."""
    return text.lower().strip()


def _hstack(parts):
    from scipy.sparse import hstack

    return hstack(parts).tocsr()
