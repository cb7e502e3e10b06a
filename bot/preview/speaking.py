"""Ivy's replies for the page: spoken from the files as they are now, on the day that is looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Mapping, Optional, Sequence

import sqlalchemy as sa
from jinja2 import TemplateError

from bot.library.approved_files import lay_out
from bot.library.checks import LIST_NAMES
from bot.library.items import Item
from bot.library.library import Library, readable_library
from bot.library.problems import ContentError
from bot.library.render import Situation
from bot.library.serving import Desk, Served
from bot.library.speaking import Reply, Speaker
from bot.preview.signs import Sign, signs_leading_to
from bot.preview.visit import Visit
from bot.safety.lexicon import TIERS
from bot.safety.verdict import Verdict


class DeskOn(Desk):
    """The desk as it would be on another day, with what is signed now."""

    def __init__(self, library: Library, engine: Optional[sa.engine.Engine], mode: str, day: date) -> None:
        super().__init__(library, engine, mode)
        self._day = day

    def serve(self, item: Item, today: date) -> Optional[Served]:
        return super().serve(item, self._day)


def speaker_on(visit: Visit, mode: str) -> Speaker:
    """What speaks on the visit's day. Raises ContentError when the clinic's facts cannot be read."""
    library = library_of(visit, mode)
    if not library.clinic:
        raise ContentError(visit.shelf.problems)
    return Speaker(DeskOn(library, visit.site.engine, mode, visit.day))


def library_of(visit: Visit, mode: str) -> Library:
    """The content that a chat in a mode would start with now: the files, or in clinic mode each as it was last approved."""
    if mode == "demo":
        return visit.shelf.library
    shelf, rows = visit.shelf, visit.review.rows
    kept = visit.site.kept.get("approved")
    if not kept or kept[0] is not shelf or kept[1] != rows:
        folder = TemporaryDirectory(prefix="ivy-preview-")  # removed when it is not kept any more
        library, _ = readable_library(lay_out(shelf.library.root, rows, Path(folder.name) / "content"), visit.site.contents.country, shelf.library)
        kept = visit.site.kept["approved"] = (shelf, rows, library, folder)
    return kept[2]


def reply_of(speaks: Speaker, item: Item, block: str, situation: Situation, signs: Sequence[Sign] = ()) -> Reply:
    """An item's block as a patient gets it in a situation; the line for trouble where its template fails, as for a patient."""
    if item.name.startswith("list_"):
        situation = replace(situation, extra={**LIST_NAMES, **situation.extra})
    try:
        if item.kind == "answer":
            return speaks.answer(item, situation, block)
        if item.kind == "voice":
            return speaks.voice(item.name, situation, block=block)
        return speaks.safety(_judged(item, situation, signs, speaks.library), situation)
    except (TemplateError, ArithmeticError, TypeError):
        return speaks.trouble(situation)


def _judged(item: Item, situation: Situation, signs: Sequence[Sign], library: Library) -> Verdict:
    """The verdict that makes Ivy say a safety message: of the first sign that leads to it."""
    tier = item.name.split("_")[0]
    leading = signs_leading_to(item.name, signs, library.root)[:1] or (list(signs[:1]) if item.name != "check_unlisted" else [])
    named: Mapping = {"signs": tuple(sign.id for sign in leading), "names": tuple(sign.name for sign in leading), "other": situation.other}
    if tier in TIERS:
        return Verdict(tier=tier, message=item.name, **named)
    return Verdict(check=item.name in ("check", "check_unlisted"), suspected="urgent", message=item.name, **named)
