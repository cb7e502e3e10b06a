"""What changed between two texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.preview.wording import Piece, word_diff


def without(pieces, change):
    return "".join(piece.text for piece in pieces if piece.change != change)


def test_changed_word_is_shown_between_those_that_stayed():
    assert word_diff("Call us now.", "Call them now.") == [Piece("same", "Call "), Piece("removed", "us"), Piece("added", "them"), Piece("same", " now.")]


def test_same_texts_have_nothing_added_or_removed():
    assert word_diff("Call us.", "Call us.") == [Piece("same", "Call us.")]


@given(st.text(), st.text())
def test_both_texts_can_be_read_from_the_difference(old, new):
    pieces = word_diff(old, new)
    assert without(pieces, "added") == old and without(pieces, "removed") == new
