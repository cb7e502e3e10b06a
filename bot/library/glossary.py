"""Hard words of the glossary that a text holds, each with its meaning."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Iterator

MOST = 4  # words explained in one answer; more would hide the answer among its footnotes


def explained(text: str, glossary: tuple) -> list[dict]:
    """The first hard words of a text as they stand there, with their meanings: [{"word", "means"}, ...].

    Everyday words are left out. A short form (PE, Ig) counts only in its own capitals."""
    found: dict[str, dict] = {}
    for word, term in _met(text, glossary):
        found.setdefault(term.term, {"word": word, "means": term.means})
        if len(found) == MOST:
            break
    return list(found.values())


def _met(text: str, glossary: tuple) -> Iterator[tuple]:
    pattern, terms = _pattern(glossary)
    for match in pattern.finditer(text) if terms else ():
        form, term = terms[match[0].lower()]
        if not term.everyday and (form.islower() or match[0] == form):
            yield match[0], term


@lru_cache(maxsize=2)
def _pattern(glossary: tuple) -> tuple[re.Pattern, dict]:
    """All forms, the longest first, so that "platelet count" is not taken for "platelet"."""
    terms = {form.lower(): (form, term) for term in glossary for form in term.forms or (term.term,)}
    forms = "|".join(re.escape(form) for form in sorted(terms, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{forms})(?![\w-])", re.I), terms
