"""The statistical detector: hears signs in words nobody listed.

One logistic regression over the sentence encoders and n-grams. Its labels are the signs (a report, now)
and the kinds of look-alike; a tier's probability is the sum over its signs. Trained from
data/safety/*.yml and a fifth of the topic sentences, which are calm by definition. Missing model:
rules alone, which are then more cautious."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable, Mapping, Optional

import structlog
import yaml

from bot.project import DATA, MODELS, content_folder
from bot.understanding.classifier import SentenceClassifier
from bot.understanding.encoders import EncoderError, shared_encoders

FOLDER = MODELS / "safety"
C = 10
SURE_AT_FIRST = 0.95  # above the topics' .8: a sign may hide in the rest. The counts for 1,535 messages stayed even at .8, but for one routine sign
COMBINATION = "combo_emergency"
EVERY_NTH_TOPIC_LINE = 5

log = structlog.get_logger()


class SignDetector:
    """Probabilities of a message, by tier and sign."""

    def __init__(self, model: SentenceClassifier, tiers: Mapping[str, str]) -> None:
        self._model, self._tiers = model, tiers

    def scores(self, text: str) -> dict[str, float]:
        """{"emergency", "urgent", "routine", "ask", "now", "sign:<id>" for the likeliest}; `now` is
        emergency and urgent together, `ask` a question that may hide a report."""
        chances = dict(zip(self._model.labels, map(float, self._model.probabilities(text))))
        found = {tier: sum(chance for label, chance in chances.items() if self._tiers.get(label) == tier) for tier in ("emergency", "urgent", "routine")}
        found["ask"] = chances.get("self_question", 0.0)
        found["now"] = found["emergency"] + found["urgent"]
        sign = max((label for label in chances if label in self._tiers and label != COMBINATION), key=chances.get)
        return {**found, f"sign:{sign}": chances[sign]}


def training_lines() -> list[tuple[str, str]]:
    """(text, label) of data/safety and, as "question", a part of data/nlu. Raises ValueError naming a file that is not {label: [lines]}."""
    lines = []
    for path in sorted((DATA / "safety").glob("*.yml")):
        for label, texts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if not isinstance(texts, list):
                raise ValueError(f"{path}: '{label}' is not a list of sentences; write '- sentence' lines")
            lines += [(str(text), label) for text in texts]
    topics = [line for path in sorted((DATA / "nlu").glob("*.yml")) for line in _nlu_lines(path)]
    return lines + [(text, "question") for text in topics[::EVERY_NTH_TOPIC_LINE]]


def train_detector(folder: Path = FOLDER) -> None:
    """Train and save beside Rasa's model, but not inside it: the net must hold without that model."""
    lines = training_lines()
    model = SentenceClassifier.fit(shared_encoders(), [text for text, _ in lines], [label for _, label in lines], c=C, sure=SURE_AT_FIRST)
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
