"""The statistical detector: hears signs in words nobody listed.

One logistic regression over the sentence encoders and n-grams. Its labels are the signs (a report, now)
and the kinds of look-alike; a tier's probability is the sum over its signs. Trained from
data/safety/*.yml and a fifth of the topic sentences, which are calm by definition. Missing model:
rules alone, which are then more cautious."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Iterable, Mapping, Optional

import numpy as np
import structlog
import yaml

from bot.project import DATA, MODELS, content_folder
from bot.understanding.classifier import SentenceClassifier
from bot.understanding.encoders import EncoderError, shared_encoders

FOLDER = MODELS / "safety"
C = 10
#: Above the topics' .75, because a sign may hide in the rest; all that is calm counts together, whatever kind of calm it is. When that came, of 1,814 questions of
#: other hands 11 % needed the second look (60 % where one label had to be so likely), and of 1,535 messages no tier's probability changed its band.
SURE_AT_FIRST = 0.95
#: Without a vote only where next to nothing else is left: all that is calm, or one sign. By it 31 of those 1,535 messages fell from "faint" to "silent"; as many
#: as before were alerted, asked about and let go, of each kind and tier. From .97 on 59 fell, two of them from "heard".
SURE_ALONE = 0.995
COMBINATION, SELF_QUESTION, QUESTION = "combo_emergency", "self_question", "question"
#: Look-alikes: what sounds like a sign and is none.
LOOK_ALIKES = frozenset({SELF_QUESTION, "education", "denied", "past", "hypothetical", "other_unrelated", "idiom", "complaint_other", "chat"})
#: What calls for nothing.
CALM = LOOK_ALIKES - {SELF_QUESTION} | {QUESTION}
ONE_TOPIC_LINE_IN = 5

log = structlog.get_logger()


class SignDetector:
    """Probabilities of a message, by tier and sign."""

    def __init__(self, model: SentenceClassifier, tiers: Mapping[str, str]) -> None:
        self._model = model
        places = {tier: [place for place, label in enumerate(model.labels) if tiers.get(label) == tier] for tier in ("emergency", "urgent", "routine")}
        self._of_tier, self._asks = places, [place for place, label in enumerate(model.labels) if label == SELF_QUESTION]
        self._signs = [place for place, label in enumerate(model.labels) if label in tiers and label != COMBINATION]

    def scores(self, text: str) -> dict[str, float]:
        """{"emergency", "urgent", "routine", "ask", "now", "sign:<id>" for the likeliest}; `now` is
        emergency and urgent together, `ask` a question that may hide a report."""
        return self._scores(self._model.probabilities(text))

    def parts(self, text: str) -> list[tuple[int, int, dict[str, float]]]:
        """(first word, word behind the last, scores) of each part of a longer text; words as `str.split` cuts them."""
        return [(first, end, self._scores(chances)) for first, end, chances in self._model.parts(text)]

    def _scores(self, chances: np.ndarray) -> dict[str, float]:
        found = {tier: float(chances[places].sum()) for tier, places in self._of_tier.items()}
        found["ask"], found["now"] = float(chances[self._asks].sum()), found["emergency"] + found["urgent"]
        sign = max(self._signs, key=chances.__getitem__)
        return {**found, f"sign:{self._model.labels[sign]}": float(chances[sign])}


def training_lines() -> list[tuple[str, str]]:
    """(text, label) of data/safety and, as "question", a part of data/nlu. Raises ValueError naming a file that is not {label: [lines]}."""
    lines = []
    for path in sorted((DATA / "safety").glob("*.yml")):
        for label, texts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if not isinstance(texts, list):
                raise ValueError(f"{path}: '{label}' is not a list of sentences; write '- sentence' lines")
            lines += [(str(text), label) for text in texts]
    topics = [line for path in sorted((DATA / "nlu").glob("*.yml")) for line in _nlu_lines(path)]
    # by what they say, not by where they stand: one line more or less changes no other
    return lines + [(text, QUESTION) for text in topics if zlib.crc32(text.encode()) % ONE_TOPIC_LINE_IN == 0]


def train_detector(folder: Path = FOLDER) -> None:
    """Train and save beside Rasa's model, but not inside it: the net must hold without that model."""
    lines = training_lines()
    labels = [label for _, label in lines]
    # the other neighbours' vote helps topics; with it two of 880 emergency and urgent messages fewer were alerted
    model = SentenceClassifier.fit(shared_encoders(), [text for text, _ in lines], labels, c=C, sure=SURE_AT_FIRST, alone=SURE_ALONE, alike=CALM, others_vote=False)
    model.save(folder)


def load_detector(folder: Path = FOLDER) -> Optional[SignDetector]:
    """The trained detector, or None (logged) when it was never trained or cannot be read."""
    try:
        return SignDetector(SentenceClassifier.load(folder, shared_encoders()), sign_tiers())
    except (OSError, KeyError, ValueError, EncoderError) as error:
        log.warning("safety_detector_missing", reason=type(error).__name__)
        return None


def sign_tiers() -> dict[str, str]:
    """Tier of each sign, from the lexicon's files."""
    tiers = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))["tier"] for path in (content_folder() / "safety" / "signs").glob("*.yml")}
    return {**tiers, COMBINATION: "emergency"}


def _nlu_lines(path: Path) -> Iterable[str]:
    for intent in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
        yield from (line[2:] for line in intent["examples"].splitlines() if line.startswith("- "))
