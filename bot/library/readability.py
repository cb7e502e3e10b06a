"""How hard a text is to read, with the words set aside that patients must learn anyway.

Two formulas, because one alone is easily fooled: Flesch-Kincaid for each block, SMOG for a whole item, because
SMOG was made for thirty sentences and means little on three."""

from __future__ import annotations

import re
from typing import Iterable

import textstat

MOST = 6.0
SMOG_FROM = 10

_MARKUP = re.compile(r"\*\*|^[-*] |^\d+\. |[()\"“”]", re.M)


def sentences(markdown: str) -> list[str]:
    """Sentences of a Markdown text; each bullet ends one."""
    text = _MARKUP.sub(" ", markdown.replace("\n- ", ".\n- ").replace("\n\n", ".\n\n"))
    return [part.strip() for part in re.split(r"(?<=[.!?:])\s+", text) if re.search(r"[^\W_]", part)]


def set_aside(text: str, terms: Iterable[str]) -> str:
    """The text with each glossary term replaced by a word of one syllable."""
    for term in sorted(terms, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(term)}(e?s)?\b", "thing", text, flags=re.I)
    return text


def grades(markdown: str, terms: Iterable[str]) -> dict[str, float]:
    """School grades (US): {"flesch_kincaid": ..., "smog": ...}; smog only from ten sentences on."""
    parts = sentences(set_aside(markdown, terms))
    text = " ".join(part.rstrip(".:;") + "." for part in parts)
    found = {"flesch_kincaid": round(textstat.flesch_kincaid_grade(text), 1) if parts else 0.0}
    if len(parts) >= SMOG_FROM:
        found["smog"] = round(textstat.smog_index(text), 1)
    return found
