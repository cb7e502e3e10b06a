"""What is trained, from which files, and whether that is still so. Imports Rasa only when it must train."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import Iterable

from bot.project import DATA, MODELS, ROOT
from bot.understanding.weight_files import encoder_version

UNDERSTANDING = (*(f"bot/understanding/{name}.py" for name in ("classifier", "encoders", "neighbours", "spelling", "weight_files")), "bot/safety/tokens.py", "data/spelling/*.txt", "requirements.lock")
#: Each part with the files its model depends on. The lexicon is read at start, never trained; of a sign's
#: file only the name and the tier matter here, and those are the detector's labels.
PARTS = {
    "safety detector": (*UNDERSTANDING, "bot/safety/detector.py", "data/safety/*.yml", "data/nlu/*.yml"),
    "topics": (*UNDERSTANDING, "config.yml", "domain.yml", "data/nlu/*.yml", "data/stories/*.yml", "bot/rasa/topics.py", "bot/rasa/triage.py", "bot/rasa/policy.py", "bot/rasa/two_answers.py"),
}
TRAINING_LOG = MODELS / "training.log"
MADE = {"safety detector": MODELS / "safety" / "classifier.json", "topics": MODELS / "ivy.tar.gz"}


class DataError(RuntimeError):
    """The training data cannot be used; the message says where and why."""


def stale_parts(force: bool = False) -> list[str]:
    """Parts without a model, or whose model was made from other files."""
    return [part for part in PARTS if force or not MADE[part].exists() or _stamp(part).read_text() != inputs_hash(part)]


def train_part(part: str) -> None:
    """Train one part and write down from what. Raises DataError when Rasa cannot train."""
    MODELS.mkdir(exist_ok=True)
    made_from = inputs_hash(part)
    _stamp(part).write_text("")  # a training that ends halfway leaves a stale part, whatever the files become
    {"safety detector": _train_detector, "topics": _train_topics}[part]()
    _stamp(part).write_text(made_from)


def inputs_hash(part: str) -> str:
    """sha256 over the names and contents of a part's files, and which sentence encoder is in use."""
    digest = hashlib.sha256(encoder_version().encode())
    for path in _files(PARTS[part]):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _files(patterns: Iterable[str]) -> list[Path]:
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern))


def _stamp(part: str) -> Path:
    path = MODELS / f"{part.replace(' ', '_')}.made_from"
    if not path.exists():
        MODELS.mkdir(exist_ok=True)
        path.write_text("")
    return path


def _train_detector() -> None:
    from bot.safety.detector import train_detector

    train_detector()


def _train_topics() -> None:
    from bot.rasa.server import configure_logging, prepare_environment

    prepare_environment()
    configure_logging(errors_only=True)
    from rasa.model_training import train

    # Rasa draws hundreds of progress bars on standard error
    with TRAINING_LOG.open("w") as log, contextlib.redirect_stderr(log), contextlib.redirect_stdout(log):
        result = train(str(ROOT / "domain.yml"), str(ROOT / "config.yml"), [str(DATA / "nlu"), str(DATA / "stories")], output=str(MODELS), fixed_model_name="ivy", force_training=True)
    if result.code != 0 or not result.model:
        raise DataError(f"Rasa could not train; the reason is in {TRAINING_LOG}")


