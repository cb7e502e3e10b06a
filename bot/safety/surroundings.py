"""What stands around the signs of a message: its context words, its sentences, and whether these ask."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Optional, Sequence

from bot.safety.context_words import AFTER_AND, AUXILIARY, BETWEEN, JOINS, LATER, NEW_TOPIC, NO, OF_A_SIZE, OWNERS, STATING, WH
from bot.safety.matching import Hit, Mention, Message, Places

LONGEST_PHRASE = 8  # words of a context phrase
LONGEST_CLAUSE = 16  # words on each side of a sign


class Surroundings:
    """One message with the context words and the signs that were found in it."""

    def __init__(self, message: Message, hits: Sequence[Hit], mentions: Sequence[Mention]) -> None:
        self._message = message
        self._mentions = sorted(mentions, key=lambda mention: mention.start)
        self._starts = [mention.start for mention in self._mentions]
        self._places: dict[str, Places] = {}
        for hit in hits:
            self._places.setdefault(hit.key, Places()).add(hit)
        self._questions: dict[tuple, bool] = {}
        self._years: dict[tuple, Optional[str]] = {}
        self._words = [word.norm for word in message.words]
        inner = (place for place in range(1, len(self._words)) if self._turns(place) or self._stops(place - 1))
        self._breaks = [0, *inner, len(self._words)]

    def about_other(self) -> bool:
        """True when the message is about a person in the writer's care."""
        return bool(self._of("own_people", (0, len(self._words))))

    def says(self, key: str, span: Optional[tuple] = None) -> Optional[str]:
        """The first words of a context list found in the span, else None."""
        hits = self._of(key, span or (0, len(self._words)))
        return self._typed(hits[0]) if hits else None

    def raises(self, sign: str) -> Optional[str]:
        """The first words that raise a sign, and are not denied."""
        return next((self._typed(hit) for hit in self._of(f"raises:{sign}", (0, len(self._words))) if not self._is_denied(hit)), None)

    def _is_denied(self, hit: Hit) -> bool:
        """ "No clots.", "no big clots, flows well"; not "no clots at first, then big ones". """
        before = self._words[max(0, hit.start - 2) : hit.start]
        if before and before[-1] in OF_A_SIZE:
            before.pop()
        return bool(NO & set(before[-1:])) and self._next(hit.end) in ("", ",", ".", ";", "\n") and not LATER & set(self._words[hit.end :])

    def _is_question(self, sentence: tuple) -> bool:
        if sentence not in self._questions:
            self._questions[sentence] = self._reads_as_question(sentence)
        return self._questions[sentence]

    def _reads_as_question(self, sentence: tuple) -> bool:
        """A question mark or the words of a question; chat drops subjects ("is getting worse"), so "is" needs more."""
        words = self._words[sentence[0] : sentence[1]]
        first, second = (words + ["", ""])[:2]
        if words[-1:] == ["?"] or first in WH or first in AUXILIARY and second not in STATING:
            return True
        if first == "when":
            return second in AUXILIARY
        stated = second in STATING | {"worse", "very", "so", "now", "still"} or second.endswith("ing")
        return first in ("is", "was") and (not stated or bool(self._of("education", sentence)))

    def sentence(self, mention: Mention) -> tuple:
        """The words around a mention up to the next full stop or new topic: contrast words do not end a sentence."""
        before, after = bisect_right(self._breaks, mention.start) - 1, bisect_left(self._breaks, mention.end)
        return self._breaks[before], self._breaks[after]

    def clause(self, mention: Mention) -> tuple:
        """The words around a mention up to where "and", a comma, "so" or "but" begins something of somebody: "i read the leaflet | and i fainted"."""
        first, end = self.sentence(mention)
        first, end = max(first, mention.start - LONGEST_CLAUSE), min(end, mention.end + LONGEST_CLAUSE)
        first = next((place for place in range(mention.start, first, -1) if self._begins(place)), first)
        return first, next((place - 1 for place in range(mention.end + 1, end) if self._begins(place)), end)

    def _begins(self, place: int) -> bool:
        before = self._words[max(0, place - 2) : place]
        return self._words[place] in OWNERS and (before[-1] in JOINS or before[0] in JOINS and before[-1] in BETWEEN)

    def _stops(self, place: int) -> bool:
        return self._words[place] in {";", "\n"} or set(self._words[place]) <= {".", "!", "?"}

    def _turns(self, place: int) -> bool:
        """True where a message turns to something else: "... and does insurance pay", "... also my neck is stiff"."""
        word, following = self._words[place], self._next(place + 1)
        if word in NEW_TOPIC:
            return self._words[place - 1] != "and"
        asks = following in WH or following in AUXILIARY | {"is"} and self._next(place + 2) not in STATING
        return word == "and" and (following in AFTER_AND or asks)

    def _next(self, place: int) -> str:
        return self._words[place] if place < len(self._words) else ""

    def _of(self, key: str, span: tuple) -> list[Hit]:
        return [hit for hit in self._places[key].between(span[0], span[1] - 1) if hit.end <= span[1]] if key in self._places else []

    def _inside(self, key: str, inner: Hit) -> bool:
        around = self._places[key].between(inner.start - LONGEST_PHRASE, inner.start) if key in self._places else ()
        return any(inner.end <= hit.end for hit in around)

    def _typed(self, hit: Hit) -> str:
        return self._message.typed(hit.start, hit.end)
