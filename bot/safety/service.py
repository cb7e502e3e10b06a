"""The process's one safety layer, with the statistical detector where it was trained."""

from __future__ import annotations

from functools import lru_cache

from bot.project import content_folder
from bot.safety.detector import load_detector
from bot.safety.dialogue import SafetyDialogue, load_dialogue
from bot.safety.triage import load_triage


@lru_cache(maxsize=1)
def safety_dialogue() -> SafetyDialogue:
    """Raises LexiconError when content/safety cannot be used. A missing detector means rules alone."""
    root = content_folder()
    return load_dialogue(root, load_triage(root, load_detector()))
