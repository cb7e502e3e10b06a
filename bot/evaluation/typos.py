"""Typing errors put into sentences, to measure what they cost: one error in a share of the words.

Half of the errors are slips to a neighbouring key, doubled or missing letters and swaps share the rest,
roughly as people make them on phones; a third of the bad words get a second error."""

from __future__ import annotations

import random
import re

ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
SHORTEST = 3  # letters; shorter words have no room for an error that can be read
SECOND = 1 / 3
_WORD = re.compile(r"[A-Za-z]{%d,}" % SHORTEST)


def misspell(text: str, share: float, draw: random.Random) -> str:
    """The text with errors in about `share` of its words (0 to 1)."""

    def word(match: re.Match) -> str:
        if draw.random() >= share:
            return match[0]
        once = _slip(match[0], draw)
        return _slip(once, draw) if draw.random() < SECOND else once

    return _WORD.sub(word, text)


def _slip(word: str, draw: random.Random) -> str:
    place = draw.randrange(len(word))
    kind = draw.random()
    if kind < 0.5:
        return word[:place] + _beside(word[place], draw) + word[place + 1 :]
    if kind < 0.67:
        return word[:place] + word[place + 1 :]
    if kind < 0.84:
        return word[:place] + word[place] + word[place:]
    place = min(place, len(word) - 2)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :] if place >= 0 else word


def _beside(letter: str, draw: random.Random) -> str:
    row = next((row for row in ROWS if letter.lower() in row), letter)
    place = row.find(letter.lower())
    return row[draw.choice([spot for spot in (place - 1, place + 1) if 0 <= spot < len(row)] or [place])]
