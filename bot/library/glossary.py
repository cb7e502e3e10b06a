"""Hard words of the glossary that a text holds, each with its meaning."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Iterator

MOST = 4     # words explained in one answer; more would hide the answer among its footnotes
KEPT = 1000  # texts of which the hard words are kept


class HardWords:
    """Finds a glossary's words in reviewed texts. `glossary`: terms with `term`, `means`, `forms` and `everyday`."""

    def __init__(self, glossary: tuple) -> None:
        self._terms = {form.lower(): (form, term) for term in glossary for form in term.forms or (term.term,)}
        # the longest first, so that "platelet count" is not taken for "platelet"
        forms = "|".join(re.escape(form) for form in sorted(self._terms, key=len, reverse=True))
        self._pattern = re.compile(rf"(?<![\w-])(?:{forms})(?![\w-])", re.I)
        self._in = lru_cache(maxsize=KEPT)(self._found)

    def __call__(self, text: str) -> list[dict]:
        """The first hard words of a text as they stand there, with their meanings: [{"word", "means"}, ...].

        Everyday words are left out. A short form (PE, Ig) counts only in its own capitals."""
        return [dict(found) for found in self._in(text)]

    def _found(self, text: str) -> tuple:
        found: dict[str, dict] = {}
        for word, term in self._met(text):
            found.setdefault(term.term, {"word": word, "means": term.means})
            if len(found) == MOST:
                break
        return tuple(found.values())

    def _met(self, text: str) -> Iterator[tuple]:
        for match in self._pattern.finditer(text) if self._terms else ():
            form, term = self._terms[match[0].lower()]
            if not term.everyday and (form.islower() or match[0] == form):
                yield match[0], term
