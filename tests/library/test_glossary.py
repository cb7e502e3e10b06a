"""Hard words in a text: met as they stand, the longest first, a few only, everyday ones never."""

from __future__ import annotations

import pytest

from bot.library.glossary import MOST, HardWords
from bot.library.library import Term

GLOSSARY = (
    Term("Plum", "a fruit with a stone", ("plum", "plums")),
    Term("Plum tree", "what plums grow on", ("plum tree", "plum trees")),
    Term("PT", "short for plum tree", ("PT",)),
    Term("Fruit", "what one eats", ("fruit",), everyday=True),
    *(Term(f"Word{n}", "a word", (f"word{n}",)) for n in range(9)),
)


def words(text: str) -> list[str]:
    return [found["word"] for found in HardWords(GLOSSARY)(text)]


@pytest.mark.parametrize(("text", "found"), [
    ("Plums are sweet.", ["Plums"]),
    ("A plum, and another plum.", ["plum"]),
    ("The plum tree bears a plum.", ["plum tree", "plum"]),
    ("Plumber, plum-like, replums", []),
    ("Ask for PT at the pt desk", ["PT"]),
    ("pt", []),
    ("Fruit is fruit.", []),
    ("", []),
])
def test_words_are_met_as_they_stand(text, found):
    assert words(text) == found


def test_only_a_few_words_are_explained():
    assert words(" ".join(f"word{n}" for n in range(9))) == [f"word{n}" for n in range(MOST)]


def test_meaning_is_that_of_the_glossary(library):
    (found,) = library.meanings("Hemolysis can happen.")
    assert found == {"word": "Hemolysis", "means": next(term.means for term in library.glossary if term.term == "Hemolysis")}


def test_no_glossary_explains_nothing():
    assert HardWords(())("plum") == []
