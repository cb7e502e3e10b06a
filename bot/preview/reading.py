"""How hard a text is to read: two formulas, with the long sentences and hard words they count marked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable, Sequence

import textstat

from bot.library.readability import grades, sentences

#: Words in a sentence above which it is marked. Plain-language guides (plainlanguage.gov, "Write short sentences") ask for 20 at most.
LONG_SENTENCE = 20
#: Syllables from which SMOG counts a word as hard (McLaughlin, SMOG Grading, 1969).
HARD_SYLLABLES = 3
#: What counting sentences adds to their ends (a full stop for each line that ends without one).
_STOPS = re.compile(r"\s*([.:!?])[.\s]*\Z")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True)
class Marked:
    """A sentence as it is shown: `pieces` are (text, is it a hard word); `words`: how many it has; `is_long`: too many."""

    pieces: tuple
    words: int

    @property
    def is_long(self) -> bool:
        return self.words > LONG_SENTENCE


def marked(markdown: str, terms: Iterable[str]) -> list[Marked]:
    """The sentences of a text. Glossary terms are not hard: they are explained."""
    known = sorted(terms, key=len, reverse=True)
    return [_marked(_STOPS.sub(r"\1", sentence), known) for sentence in sentences(markdown)]


def reading_grades(texts: Sequence[str], terms: Iterable[str]) -> dict[str, float]:
    """School grades (US) of an item whole: flesch_kincaid, and smog where it has ten sentences (bot/library/readability.py)."""
    return grades("\n\n".join(texts), terms)


def _marked(sentence: str, terms: Sequence[str]) -> Marked:
    explained = [(found.start(), found.end()) for term in terms for found in re.finditer(rf"\b{re.escape(term)}(?:e?s)?\b", sentence, re.I)]
    pieces, done = [], 0
    for word in _WORD.finditer(sentence):
        if textstat.syllable_count(word[0]) < HARD_SYLLABLES or any(start <= word.start() < end for start, end in explained):
            continue
        pieces += [(sentence[done : word.start()], False), (word[0], True)]
        done = word.end()
    return Marked(tuple(piece for piece in [*pieces, (sentence[done:], False)] if piece[0]), len(sentence.split()))
