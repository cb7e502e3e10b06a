"""Which topic a sentence is about: a logistic regression and, where that leaves a doubt, for one half the vote of the nearest training sentences.

The regression looks twice. First at the English encoder's 384 numbers and 200 condensed from word and character n-grams (they
carry typos and rare names the encoders blur); where that is not sure, at the multilingual encoder's 512 as well, which
costs more than all before it. Of 3,627 questions of other hands 86 % needed no second look, and 67 % no vote either: the regression
alone was sure (with a vote and a second look from .80 for each, .876 were answered rightly and .039 wrongly, so .881 and .039).

At the second look a fifth of the voice may go to the sentences that the multilingual encoder finds nearest. They alone are right for
73 % (the English encoder's for 92 %), but that encoder never saw Ivy's sentences, so what it finds near is near for another
reason: one point more was answered rightly at the same share of wrong answers.

C is 10: on sentences of other hands it rejected better than 30 at the same accuracy (measured with `ivy evaluate topics`)."""

from __future__ import annotations

import json
import warnings
import zipfile
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Collection, Mapping, NamedTuple, Optional, Sequence

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.understanding.encoders import MINILM_SIZE, USE_SIZE, Encoders, unit
from bot.understanding.neighbours import ARRAYS, Neighbours
from bot.understanding.single_flight import SingleFlight
from bot.understanding.spelling import Spelling

C = 10
REMEMBERED = 256  # texts: a message is judged where that holds up nobody, and its probabilities are then at hand
SURE_AT_FIRST = 0.75  # a second look from below this probability on
SURE_ALONE = 0.97  # no vote where the first regression is as sure as this: it costs a third of what the English encoder does
VOTED_ON = 10  # labels, the likeliest by the first regression, at the second look too
VOTE = 0.5  # the neighbours' share beside a regression; from .3 to .6 it makes little difference
SECOND_VOTE = 0.2  # of all, at the second look, for the neighbours by the multilingual encoder; .1 and .3 brought a little less
OTHERS = "others_"  # before the names of their arrays in a saved model
PIECES, PIECE_WEIGHT = 200, 0.7
WORDS_REMEMBERED, LONGEST_REMEMBERED = 5_000, 30  # words of letters alone, of so many at most: no number, no address, no rubbish that fills the memory
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

    def __init__(self, vectorizers: Sequence[TfidfVectorizer], directions: np.ndarray, scales: np.ndarray) -> None:
        """`directions`: a row an n-gram, in eight bits; `scales`: what one step of each row is worth. Two models' would take 60 MB in single precision."""
        self._vectorizers, self._directions, self._scales = vectorizers, directions, scales
        characters, words = vectorizers
        self._first_word = len(characters.vocabulary_)  # the words' rows follow the characters'
        self._idf = np.concatenate([characters.idf_, words.idf_])
        self._words = words.build_analyzer(), words.vocabulary_
        self._spelt = characters.build_analyzer(), characters.vocabulary_
        # n-grams of characters end where a word does, and a text is asked about more than once
        self._remembered = lru_cache(maxsize=WORDS_REMEMBERED)(self._spelt_out)

    @classmethod
    def fit(cls, texts: Sequence[str], pieces: int = PIECES) -> "Pieces":
        many = len(texts) > 1000
        vectorizers = [TfidfVectorizer(**CHARACTERS, min_df=3 if many else 1, max_features=20_000),
                       TfidfVectorizer(**WORDS, min_df=2 if many else 1, max_features=15_000)]
        rows = _hstack([vectorizer.fit_transform(texts) for vectorizer in vectorizers])
        svd = TruncatedSVD(min(pieces, rows.shape[1] - 1, len(texts) - 1), random_state=0).fit(rows)
        scales = np.maximum(np.abs(svd.components_).max(axis=0), 1e-9) / 127
        return cls(vectorizers, np.ascontiguousarray(np.round(svd.components_ / scales).T.astype(np.int8)), scales.astype(np.float32))

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        rows = _hstack([vectorizer.transform(texts) for vectorizer in self._vectorizers])
        dense = rows.astype(np.float32) @ (self._directions * self._scales[:, None])
        return (PIECE_WEIGHT * unit(dense)).astype(np.float32)

    def of_one(self, text: str) -> np.ndarray:
        """The same for one text, at a tenth of the cost: scikit-learn checks its arguments, builds a matrix and spells each word at each call."""
        places, values = [], []
        for grams in (chain.from_iterable(map(self._places_of_word, text.lower().split())), self._places_of_words(text)):
            counts = Counter(grams)
            if counts:
                places.append(np.fromiter(counts, np.int64, len(counts)))
                values.append(unit((1 + np.log(np.fromiter(counts.values(), np.float64, len(counts)))) * self._idf[places[-1]]))
        if not places:
            return np.zeros(self._directions.shape[1], np.float32)
        rows = np.concatenate(places)
        return PIECE_WEIGHT * unit((np.concatenate(values).astype(np.float32) * self._scales[rows]) @ self._directions[rows].astype(np.float32))

    def _places_of_word(self, word: str) -> tuple:
        """The rows of a word's n-grams of characters, one as often as it stands there."""
        return self._remembered(word) if len(word) <= LONGEST_REMEMBERED and word.isalpha() else self._spelt_out(word)

    def _spelt_out(self, word: str) -> tuple:
        analyze, vocabulary = self._spelt
        return tuple(vocabulary[gram] for gram in analyze(word) if gram in vocabulary)

    def _places_of_words(self, text: str) -> list[int]:
        analyze, vocabulary = self._words
        return [self._first_word + vocabulary[gram] for gram in analyze(text) if gram in vocabulary]

    def arrays(self) -> dict[str, np.ndarray]:
        """The numbers, to be saved."""
        return {"directions": self._directions, "scales": self._scales}

    def as_json(self) -> list:
        return [{"vocabulary": {word: int(place) for word, place in v.vocabulary_.items()}, "idf": v.idf_.tolist()} for v in self._vectorizers]

    @classmethod
    def read(cls, saved: list, arrays: Mapping[str, np.ndarray]) -> "Pieces":
        """From what `as_json` and `arrays` gave."""
        vectorizers = []
        for options, values in zip((CHARACTERS, WORDS), saved):
            vectorizer = TfidfVectorizer(**options, vocabulary=values["vocabulary"])
            vectorizer.idf_ = np.array(values["idf"])
            vectorizers.append(vectorizer)
        return cls(vectorizers, arrays["directions"], arrays["scales"])


@dataclass(frozen=True)
class Regression:
    """Features of one text in, probabilities out. `weights`: shape (labels, features)."""

    weights: np.ndarray
    bias: np.ndarray

    def __call__(self, features: np.ndarray) -> np.ndarray:
        logits = self.weights @ features + self.bias
        odds = np.exp(logits - logits.max())
        return odds / odds.sum()


class Look(NamedTuple):
    """The first look at a text: probabilities and, for a second, the features seen, the likeliest labels and their vote, where it was needed."""

    chances: np.ndarray
    seen: np.ndarray
    likely: Optional[np.ndarray] = None
    vote: Optional[np.ndarray] = None


class SentenceClassifier:
    """Texts in, label probabilities out. Knows nothing of topics, tiers or Rasa."""

    def __init__(self, encoders: Encoders, spelling: Spelling, pieces: Pieces, neighbours: Neighbours, others: Optional[Neighbours], labels: Sequence[str],
                 looks: Sequence[Regression], sure: float, alone: float, alike: Collection[str]) -> None:
        """`neighbours`: by the English encoder; `others`: by the multilingual one, where they vote; `looks`: the regression on the English encoder's
        features, and the one on all; `sure`: the first look is enough from this probability on, of one label or of all those `alike` together; `alone`: and
        from this one on its regression, without a vote."""
        self._encoders, self._spelling, self._pieces, self._neighbours, self._others = encoders, spelling, pieces, neighbours, others
        self.labels, (self._first, self._second), self._sure, self._alone = list(labels), looks, sure, alone
        self._alike = [place for place, label in enumerate(self.labels) if label in alike]
        self._known = SingleFlight(lambda text: self._judged(self.read_as(text)), REMEMBERED)

    @classmethod
    def fit(cls, encoders: Encoders, texts: Sequence[str], labels: Sequence[str], c: float = C, sure: float = SURE_AT_FIRST, alone: float = SURE_ALONE,
            alike: Collection[str] = (), others_vote: bool = True) -> "SentenceClassifier":
        """Train (`sure`, `alone`, `alike`: see above; `others_vote`: the neighbours by the multilingual encoder too). Needs at least three labels and
        a few texts of each; deterministic."""
        texts = [plain_case(text) for text in texts]
        spelling = Spelling.fit(texts)
        texts = [spelling(text) for text in texts]
        pieces, vectors = Pieces.fit(texts), encoders.encode_all(texts)
        features = np.hstack([vectors[:, :MINILM_SIZE], pieces(texts), vectors[:, MINILM_SIZE:]])
        fitted = [regression(features[:, :width], labels, c) for width in (features.shape[1] - USE_SIZE, features.shape[1])]
        names = fitted[0].classes_
        places = np.searchsorted(names, list(labels))
        neighbours = Neighbours.fit(vectors[:, :MINILM_SIZE], places, len(names))
        others = Neighbours.fit(vectors[:, MINILM_SIZE:], places, len(names)) if others_vote else None
        looks = [Regression(model.coef_.astype(np.float32), model.intercept_.astype(np.float32)) for model in fitted]
        return cls(encoders, spelling, pieces, neighbours, others, names.tolist(), looks, sure, alone, alike)

    def probabilities(self, text: str, correct: bool = True) -> np.ndarray:
        """Probability of each label, in the order of `labels`. `correct` False judges the words as typed."""
        return self._known(text) if correct else self._judged(plain_case(text))

    def remember(self, text: str, chances: np.ndarray) -> None:
        """What `probabilities` gives for a text, as the same model said in another process."""
        self._known.remember(text, chances)

    def parts(self, text: str) -> list[tuple[int, int, np.ndarray]]:
        """(first word, word behind the last, probabilities) of each part of a longer text (`Encoded` tells which), by the first look, which is
        nearly free; words as `str.split` cuts them."""
        read = self.read_as(text)
        words = read.split()
        return [(first, end, self._first_look(vector, " ".join(words[first:end])).chances) for first, end, vector in self._encoders.encoded(read).parts]

    def _judged(self, text: str) -> np.ndarray:
        look = self._first_look(self._encoders.english(text), text)
        if look.vote is None or self._surest(look.chances) >= self._sure:
            return look.chances
        multilingual = self._encoders.multilingual(text)
        chances = (1 - VOTE) * self._second(np.hstack([look.seen, multilingual])) + VOTE * look.vote
        return (1 - SECOND_VOTE) * chances + SECOND_VOTE * self._others.vote(multilingual, look.likely) if self._others else chances

    def _first_look(self, english: np.ndarray, text: str) -> Look:
        seen = np.hstack([english, self._pieces.of_one(text)])
        chances = self._first(seen)
        if self._surest(chances) >= self._alone:
            return Look(chances, seen)
        likely = np.argsort(-chances)[:VOTED_ON]
        vote = self._neighbours.vote(english, likely)
        return Look((1 - VOTE) * chances + VOTE * vote, seen, likely, vote)

    def _surest(self, chances: np.ndarray) -> float:
        return max(chances.max(), chances[self._alike].sum())

    def guess(self, text: str, correct: bool = True) -> Guess:
        chances = self.probabilities(text, correct)
        order = np.argsort(-chances, kind="stable")
        return Guess(tuple(zip(map(self.labels.__getitem__, order.tolist()), chances[order].tolist())))

    def read_as(self, text: str) -> str:
        """The text as it is judged: lower case, spelling corrected."""
        return self._spelling(plain_case(text))

    def save(self, folder: Path) -> None:
        """Write the model as arrays and JSON: nothing that runs when it is read."""
        folder.mkdir(parents=True, exist_ok=True)
        others = {OTHERS + name: values for name, values in self._others.arrays().items()} if self._others else {}
        np.savez_compressed(folder / "classifier.npz", weights=self._second.weights, bias=self._second.bias,
                            first_weights=self._first.weights, first_bias=self._first.bias, **self._pieces.arrays(), **self._neighbours.arrays(), **others)
        saved = {"encoders": self._encoders.version, "labels": self.labels, "sure": self._sure, "alone": self._alone, "alike": [self.labels[place] for place in self._alike],
                 "others": bool(others), "words": self._spelling.words, "pieces": self._pieces.as_json()}
        (folder / "classifier.json").write_text(json.dumps(saved))

    @classmethod
    def load(cls, folder: Path, encoders: Encoders) -> "SentenceClassifier":
        """Read a saved model. Raises OSError, KeyError or ValueError when it is not whole, or was trained on other encoders."""
        saved = json.loads((folder / "classifier.json").read_text())
        if saved["encoders"] != encoders.version:
            raise ValueError(f"{folder} was trained on other sentence encoders: run `ivy train`")
        try:
            with np.load(folder / "classifier.npz", allow_pickle=False) as arrays:
                pieces = Pieces.read(saved["pieces"], arrays)
                neighbours = Neighbours(arrays, len(saved["labels"]))
                others = Neighbours({name: arrays[OTHERS + name] for name in ARRAYS}, len(saved["labels"])) if saved["others"] else None
                looks = Regression(arrays["first_weights"], arrays["first_bias"]), Regression(arrays["weights"], arrays["bias"])
                return cls(encoders, Spelling(saved["words"]), pieces, neighbours, others, saved["labels"], looks, saved["sure"], saved["alone"], saved["alike"])
        except KeyError as error:
            raise ValueError(f"{folder} was made by another version of Ivy: run `ivy train`") from error
        except (zipfile.BadZipFile, EOFError) as error:
            raise ValueError(f"{folder / 'classifier.npz'} is cut short or damaged") from error


def regression(features: np.ndarray, labels: Sequence[str], c: float = C) -> LogisticRegression:
    """The fitted logistic regression; more rounds change no answer on sentences of other hands, only the time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=c, max_iter=120, tol=1e-3).fit(features, list(labels))


def plain_case(text: str) -> str:
    """Lower case: neither encoder gains from capitals, and PANIC is the same question."""
    return text.lower().strip()


def _hstack(parts):
    from scipy.sparse import hstack

    return hstack(parts).tocsr()
