"""The warning signs, and the safety layer over them, as content files have them now. What changed is read anew, which takes some seconds."""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import Any, Callable, Optional

from bot.library.items import text_hash
from bot.library.problems import ContentError, Problem, shown_path
from bot.preview.visit import Visit
from bot.safety.detector import SignDetector, load_detector
from bot.safety.dialogue import SafetyDialogue, load_dialogue
from bot.safety.lexicon import Lexicon, LexiconError, read_lexicon
from bot.safety.triage import Triage

MOST_KEPT = 6


class SafetyLayers:
    """What was read of content folders, by what their safety/ holds: the files and the approved ones are most often alike."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple, Any] = OrderedDict()

    def lexicon(self, root: Path) -> Lexicon:
        """The signs. Raises ContentError with the problems of safety/."""
        return self._kept_or("lexicon", root, lambda: _read_lexicon(root))

    def dialogue(self, root: Path) -> SafetyDialogue:
        """The safety layer as a chat would start with now, with the trained detector where there is one. Raises ContentError."""
        return self._kept_or("dialogue", root, lambda: _read_dialogue(root))

    def _kept_or(self, what: str, root: Path, read: Callable[[], Any]) -> Any:
        files = [path for path in sorted((root / "safety").rglob("*.*")) if path.is_file()]
        # of a message only the name matters here
        key = (what, text_hash(*(str(path.relative_to(root)) + (path.read_text(encoding="utf-8") if path.suffix == ".yml" else "") for path in files)))
        with self._lock:
            if key not in self._kept:
                self._kept[key] = read()
                while len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]


def safety_layers(visit: Visit) -> SafetyLayers:
    """Those that this page has read."""
    return visit.site.kept.setdefault("safety layers", SafetyLayers())


def _read_lexicon(root: Path) -> Lexicon:
    try:
        return read_lexicon(root / "safety")
    except LexiconError as error:
        raise ContentError([Problem(shown_path(Path(path)), line, problem, repair) for path, line, problem, repair in error.problems])
    except (KeyError, TypeError, AttributeError) as error:  # a shared list of another form than the reader expects
        raise ContentError([Problem(shown_path(root / "safety"), 1, f"the lists that signs share cannot be read ({error})", "compare classes.yml and context.yml with their last approved words")])


def _read_dialogue(root: Path) -> SafetyDialogue:
    messages = [path.stem for path in (root / "safety").glob("*.md")]
    return load_dialogue(root, Triage(_read_lexicon(root), _detector(), messages))


@lru_cache(maxsize=1)
def _detector() -> Optional[SignDetector]:
    return load_detector()
