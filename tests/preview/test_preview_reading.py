"""What makes a text hard is marked: long sentences, and long words that no glossary explains."""

from __future__ import annotations

from bot.preview.reading import LONG_SENTENCE, marked


def hard(text: str, terms=()) -> list[str]:
    return [words for sentence in marked(text, terms) for words, is_hard in sentence.pieces if is_hard]


def test_long_word_is_marked_and_a_glossary_term_is_not():
    assert hard("The medication is an immunoglobulin.") == ["medication", "immunoglobulin"]
    assert hard("The medication is an immunoglobulin.", ["immunoglobulin"]) == ["medication"]


def test_sentence_above_the_limit_is_marked():
    short, long = marked(f"It is short. It is {'very ' * LONG_SENTENCE}long.", ())
    assert (short.is_long, long.is_long) == (False, True) and long.words == LONG_SENTENCE + 3


def test_pieces_hold_all_of_the_sentence():
    (sentence,) = marked("Ask the hematologist, not a neighbor (or a pharmacist).", ["hematologist"])
    assert "".join(text for text, _ in sentence.pieces) == "Ask the hematologist, not a neighbor  or a pharmacist."
