"""Spelling for the topic classifier: unknown words are read as the nearest word Ivy was trained on.

Only the classifier reads the corrected text; what is matched, stored or answered stays as typed. Left
alone: words of the training sentences, the 82,000 English words, medicine names and negations
(data/spelling/protected.txt), and text in which many words are unknown and not only mixed up ("teh", "waht"): that is another language."""

from __future__ import annotations

import re
from collections import Counter
from typing import Iterable, Sequence

from bot.project import DATA
from bot.safety.tokens import Speller, general_words

PROTECTED = DATA / "spelling" / "protected.txt"
SEEN_OFTEN = 3         # a word that is no English word counts as a word from so many sentences on
MOST_UNKNOWN = 0.4     # share of unknown words from which on nothing is corrected ...
FEWEST_TO_TELL = 4     # ... in texts of at least so many words
LONGEST_SWAPPED = 30   # letters: no word is longer, and of 20,000 letters the trials would fill the memory
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


class Spelling:
    """Reads lower-case text as it was meant. Keeps its words, so that a saved model corrects as when it was trained."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words, protected = sorted(set(words)), protected_words()
        self._own, self._known = frozenset(self.words), protected.union(self.words)
        self._speller = Speller(self.words, protected)

    @classmethod
    def fit(cls, texts: Sequence[str]) -> "Spelling":
        """Take the words of training sentences: each English one, any other that several sentences have."""
        seen = Counter(word for text in texts for word in set(_WORD.findall(text)))
        return cls(word for word, count in seen.items() if word in general_words() or count >= SEEN_OFTEN)

    def __call__(self, text: str) -> str:
        """The text with unknown words corrected. `text` is lower case."""
        found = _WORD.findall(text)
        unknown = {word for word in found if word not in self._known and word not in general_words()}
        meant = {word: swapped for word in unknown if (swapped := self._swapped(word))}
        foreign = len(found) >= FEWEST_TO_TELL and sum(word in unknown for word in found) > MOST_UNKNOWN * len(found)
        if not unknown or foreign and 2 * len(meant) < len(unknown):  # French "combien" is "combine" in haste, but only one word of many
            return text
        corrected = {**meant, **{word: near for word in unknown if (near := self._speller.correct(word)) != word}}  # the speller leaves short words alone
        return _WORD.sub(lambda match: corrected.get(match[0], match[0]), text)

    def _swapped(self, word: str) -> str:
        """The commonest of Ivy's words that this is with two letters, not the first, in the other's place; empty where there is none."""
        places = range(1, len(word) - 1 if len(word) <= LONGEST_SWAPPED else 0)
        swapped = {word[:place] + word[place + 1] + word[place] + word[place + 2:] for place in places}
        return max(self._own & swapped, key=lambda own: (general_words().get(own, 0), own), default="")


def protected_words() -> frozenset[str]:
    """Medicine names and negations, one a line in data/spelling/protected.txt; `#` starts a comment line."""
    lines = (line.strip().lower() for line in PROTECTED.read_text(encoding="utf-8").splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))
