"""An item as it is read before it is signed: each block in words, and the sources it rests on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Mapping

from jinja2 import TemplateError

from bot.library.checks import LIST_NAMES, plain_situation
from bot.library.library import Library
from bot.library.review import ReviewItem


@dataclass(frozen=True)
class ShownBlock:
    """A block of an item: `html` as patients see it, clinic facts filled in; empty where its template fails."""

    name: str
    html: str


def blocks_of(library: Library, item: ReviewItem) -> tuple[ShownBlock, ...]:
    """The blocks for a person of whom nothing is known, while the clinic is open. None for files that are no text for patients."""
    parsed = library.items.get(item.id)
    if not parsed or not library.clinic:
        return ()
    situation = replace(plain_situation(library), extra=LIST_NAMES if parsed.name.startswith("list_") else {})
    shown = []
    for name in parsed.blocks:
        try:
            shown.append(ShownBlock(name, library.renderer.html(library.renderer.render(parsed, name, situation))))
        except (TemplateError, ArithmeticError, TypeError):  # the page names the problem beside it
            shown.append(ShownBlock(name, ""))
    return tuple(shown)


def cited_sources(library: Library, item: ReviewItem) -> tuple[Mapping, ...]:
    """The sources that an item lists, as entries of content/sources.yml."""
    parsed = library.items.get(item.id)
    return tuple(library.sources[name] for name in parsed.list("sources") if name in library.sources) if parsed else ()
