"""Is this message in a language Ivy does not answer in? Lingua tells, and only when it is sure.

Short texts and names of medicines look like many languages, so the bar is high; a message
taken for English by mistake only gets "I am not sure I understand"."""

from __future__ import annotations

from functools import lru_cache
from typing import Optional

from lingua import Language, LanguageDetectorBuilder

from bot.safety.tokens import general_words
from bot.understanding.spelling import protected_words

KNOWN = {Language.ENGLISH: "en", Language.SPANISH: "es", Language.FRENCH: "fr", Language.GERMAN: "de", Language.PORTUGUESE: "pt", Language.ITALIAN: "it", Language.POLISH: "pl"}
SURE = 0.9
FEWEST_WORDS = 3
MOST_ENGLISH = 0.5  # share of words that English has too, or that name a medicine; more, and it is English


@lru_cache(maxsize=1)
def _detector():
    return LanguageDetectorBuilder.from_languages(*KNOWN).with_low_accuracy_mode().build()


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return protected_words()


def other_language(text: str) -> Optional[str]:
    """The code of a language other than English the text is surely in, else None."""
    words = [word.strip(".,;:!?¿¡\"'()").lower() for word in text.split()]
    if len(words) < FEWEST_WORDS or sum(word in general_words() or word in _names() for word in words) > MOST_ENGLISH * len(words):
        return None
    best = _detector().compute_language_confidence_values(text)[0]
    code = KNOWN[best.language]
    return code if code != "en" and best.value >= SURE else None
