"""Which words changed between two texts, for people to read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_PIECES = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """Words in a row with one fate: `change` is same, added or removed."""

    change: str
    text: str


def word_diff(old: str, new: str) -> list[Piece]:
    """The way from old to new, word by word. Whoever joins what is not `added` gets the old text, what is not `removed` the new."""
    before, after = _PIECES.findall(old), _PIECES.findall(new)
    pieces: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(before[i:j])))
            continue
        pieces += [Piece(change, "".join(words)) for change, words in (("removed", before[i:j]), ("added", after[k:m])) if words]
    return pieces
