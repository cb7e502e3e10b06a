"""The sentences that Ivy was taught, by the content item they lead to."""

from __future__ import annotations

from functools import lru_cache
from typing import Mapping, Optional

from bot.checking import training_sentences
from bot.library.problems import ContentError, read_yaml
from bot.project import DATA


def taught() -> Optional[Mapping[str, tuple[str, ...]]]:
    """Training sentences by intent (data/nlu) and, for a sign, by `sign:<id>` (data/safety); None when the files cannot be read."""
    files = [*sorted((DATA / "nlu").glob("*.yml")), *sorted((DATA / "safety").glob("reports_*.yml"))]
    try:
        return _read(tuple((str(path), path.stat().st_mtime_ns) for path in files))
    except (ContentError, OSError):
        return None


def leading_to(item_id: str, sentences: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The sentences that lead to an item: to an answer or a talk line by its intent, to a sign by the detector's lines."""
    name = item_id.rpartition("/")[2]
    if item_id.startswith("safety/signs/"):
        return sentences.get(f"sign:{name}", ())
    if item_id.startswith("answers/"):
        return sentences.get(f"ask_{name}") or sentences.get(name, ())
    return sentences.get(name, ()) if item_id.startswith("voice/") else ()


@lru_cache(maxsize=1)
def _read(_stamp: tuple) -> Mapping[str, tuple[str, ...]]:
    found = {intent: tuple(lines) for intent, lines in training_sentences().items()}
    for path in sorted((DATA / "safety").glob("reports_*.yml")):
        for sign, lines in read_yaml(path).items():
            found[f"sign:{sign}"] = found.get(f"sign:{sign}", ()) + tuple(map(str, lines))
    return found
