"""What the detector hears in a message: in all of it, in a sentence of it, and in each part of a longer one.

A sign in the middle of other things is drowned in the whole: of 500 reports that alarm by themselves, set between two questions without
a full stop, 159 alarmed and 121 were let go. So every part of a dozen words is heard as well (bot/understanding/encoders.py): now
360 alarm and 22 are let go, and of 651 questions of more than 14 words that others wrote, 71 are asked about in place of 57."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Mapping, NamedTuple, Optional, Protocol

from bot.safety.combination import FAINT, HEARD, LOW
from bot.safety.matching import Mention, Message
from bot.safety.times import Status

BY_ITSELF = 0.8  # a clause alone lacks what denies or dates it: of 98 reports let go 49 are asked about from here on, and of 420 long questions none
MOST_SENTENCES = 8  # asked one by one: each costs an encoding


class Detector(Protocol):
    """The statistical detector: probabilities that a text reports a sign now, by tier."""

    def scores(self, text: str) -> Mapping[str, float]: ...

    def parts(self, text: str) -> list[tuple[int, int, Mapping[str, float]]]:
        """(first word, word behind the last, scores) of each part of a longer text, words as `str.split` cuts them."""
        ...


class Part(NamedTuple):
    """A part of a message: where in its text (characters), and what is heard there."""

    start: int
    end: int
    scores: Mapping[str, float]


class Hearing:
    """What is heard in one message. Without a detector everything is empty."""

    def __init__(self, detector: Optional[Detector], message: Message) -> None:
        self._detector, self._message = detector if message.words else None, message
        self._sentences: dict[tuple, Mapping] = {}

    @cached_property
    def whole(self) -> Mapping[str, float]:
        """Scores of all of it."""
        return dict(self._detector.scores(self._message.text)) if self._detector else {}

    @cached_property
    def parts(self) -> list[Part]:
        """The parts of a longer message, as they follow each other; they overlap."""
        if not self._detector:
            return []
        words = [(found.start(), found.end()) for found in re.finditer(r"\S+", self._message.text)]
        return [Part(words[first][0], words[end - 1][1], scores) for first, end, scores in self._detector.parts(self._message.text)]

    def sentences(self) -> list[tuple[str, Mapping[str, float]]]:
        """The longest of several sentences with their scores."""
        sentences = self._message.sentences
        longest = sorted(sentences, key=len, reverse=True)[:MOST_SENTENCES] if len(sentences) > 1 else []
        return [(sentence, dict(self._detector.scores(sentence))) for sentence in longest] if self._detector else []

    def of(self, mention: Mention, sentence: tuple, clause: tuple, tier: str, status: Status) -> Optional[float]:
        """How likely a sign of `tier` that the rules found is reported, None without a detector. Where what stands beside it drowns a sign, the words
        around it are asked too. The whole then speaks against a report, so they must be heard to count: less is asked about. And where the
        rules let a sign be, its own clause is: "i had a clot years ago and i cannot catch my breath"."""
        heard = _how_likely(tier, self.whole)
        if heard is None or heard >= LOW and status.kind == "current":
            return heard
        near = max((_how_likely(tier, part.scores) for part in self._around(mention)), default=0.0)
        if status.kind == "current":
            near = max(near, _how_likely(tier, self._in(sentence)))
            return near if near >= HEARD else max(heard, min(near, FAINT))
        alone = _how_likely(tier, self._in(clause))
        return max(heard, near if near >= HEARD else 0.0, alone if alone >= BY_ITSELF else 0.0)

    def _around(self, mention: Mention) -> list[Part]:
        """The parts in which a sign stands; its middle, where it is longer than what two of them share."""
        words = self._message.words
        middle = (words[mention.start].start + words[mention.end - 1].end) // 2
        return [part for part in self.parts if part.start <= middle <= part.end]

    def _in(self, sentence: tuple) -> Mapping[str, float]:
        """Scores of one sentence of several, whose words begin and end there; of all where it is the only one, or too many were asked."""
        if sentence == (0, len(self._message.words)) or sentence not in self._sentences and len(self._sentences) == MOST_SENTENCES:
            return self.whole
        if sentence not in self._sentences:
            self._sentences[sentence] = dict(self._detector.scores(self._message.typed(*sentence)))
        return self._sentences[sentence]


def _how_likely(tier: str, scores: Mapping) -> Optional[float]:
    """That a sign is reported; for a routine sign a routine report is one too."""
    return (scores["now"] + (scores["routine"] if tier == "routine" else 0.0)) if scores else None
