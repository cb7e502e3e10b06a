"""Every content item as one line of the overview: what it is, its state on a day, what patients get of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from time import monotonic
from typing import Mapping, Optional

import sqlalchemy as sa
from jinja2 import TemplateError

from bot.library.checks import LIST_NAMES, plain_situation
from bot.library.items import OTHER_LANGUAGE, Item
from bot.library.library import Library
from bot.library.review import ReviewItem
from bot.library.serving import CALL_LINES
from bot.library.standing import State
from bot.preview.reading import reading_grades
from bot.preview.sentences import leading_to, taught
from bot.preview.signs import read_signs
from bot.preview.visit import Visit
from bot.records.database import tracker_url
from bot.records.use import times_said
from bot.safety.lexicon import TIERS

USE_DAYS = 30
COUNT_AGAIN = 300  # seconds for which counted use is shown
#: What clinic mode has of an item on a day (bot/library/serving.py, `Desk.serve`; bot/library/approved_files.py for what is read at its start).
FATES = ("these words", "earlier words", "withheld", "said all the same", "blocks the start")


@dataclass(frozen=True)
class About:
    """What an item is, whatever its state. `title`: in words; `group`: its heading; `order`: of the heading; `grade` and
    `smog`: school grades, None where there is nothing to grade; `sentences`: how many lead to it, None where that cannot be told."""

    title: str
    group: str
    order: tuple
    languages: tuple = ("en",)
    grade: Optional[float] = None
    smog: Optional[float] = None
    sentences: Optional[int] = None


@dataclass(frozen=True)
class Entry:
    """An item on a day. `fate`: one of FATES; `said`: how often within USE_DAYS, None when that cannot be counted."""

    item: ReviewItem
    about: About
    state: State
    fate: str
    said: Optional[int]

    @property
    def folder(self) -> str:
        """The folder that the item lies in: what is signed as a group."""
        return self.item.id.rpartition("/")[0]


def entries(visit: Visit) -> list[Entry]:
    """Every item, in the order of the headings."""
    known, used = _abouts(visit), _use(visit)
    found = (_entry(visit, item, known, used) for item in visit.review.items.values())
    return sorted(found, key=lambda entry: (entry.about.order, entry.item.id))


def entry_of(visit: Visit, item_id: str) -> Entry:
    """One item of `visit.review.items`."""
    return _entry(visit, visit.review.items[item_id], _abouts(visit), _use(visit))


def fate(item: ReviewItem, state: State, day: date) -> str:
    """What clinic mode has of an item on a day. What is read at its start, it has as it was last approved, expired or not."""
    stands, at_start = state.standing, item.kind in ("triage", "file")
    if stands and (at_start or stands.holds_on(day)):
        return "these words" if stands.version == item.version else "earlier words"
    if at_start:
        return "blocks the start"
    return "said all the same" if item.kind == "safety" or stands and item.id in CALL_LINES else "withheld"


def _entry(visit: Visit, item: ReviewItem, known: Mapping[str, About], used: Optional[Mapping[str, int]]) -> Entry:
    state = visit.review.state(item.id, visit.day)
    said = None if used is None or item.kind in ("triage", "file") else used.get(item.id, 0)
    return Entry(item, known[item.id], state, fate(item, state, visit.day), said)


def _abouts(visit: Visit) -> Mapping[str, About]:
    """Worked out anew after a change of content or sentences: the grades take a second or two."""
    sentences, shelf = taught(), visit.shelf
    kept = visit.site.kept.get("catalogue")
    if not kept or kept[0] is not shelf or kept[1] is not sentences or set(kept[2]) != set(visit.review.items):
        signs = {sign.id: sign for sign in read_signs(shelf.library.root)}
        abouts = {item.id: _about(item, shelf.library, sentences, signs) for item in visit.review.items.values()}
        kept = visit.site.kept["catalogue"] = (shelf, sentences, abouts)
    return kept[2]


def _about(item: ReviewItem, library: Library, sentences: Optional[Mapping], signs: Mapping) -> About:
    name, parsed = item.id.rpartition("/")[2], library.items.get(item.id)
    sign = signs.get(name) if item.id.startswith("safety/signs/") else None
    group, order = _heading(item, name, sign)
    title = f"{sign.name[:1].upper()}{sign.name[1:]}" if sign else str(parsed.front.get("question") or parsed.front.get("purpose")) if parsed else name.replace("_", " ")
    languages = tuple(parsed.blocks) if parsed and parsed.name == OTHER_LANGUAGE else ("en",)
    found = _grades(parsed, library) if parsed and parsed.name != OTHER_LANGUAGE else {}
    # what no intent leads to, is said on other grounds: no count, rather than 0
    count = None if sentences is None else len(leading_to(item.id, sentences)) or (0 if item.kind == "answer" or sign else None)
    return About(title, group, order, languages, found.get("flesch_kincaid"), found.get("smog"), count)


def _heading(item: ReviewItem, name: str, sign: object) -> tuple[str, tuple]:
    if item.kind == "answer":
        family = item.id.split("/")[1]
        return f"Answers: {family.replace('_', ' ')}", (2, family)
    if item.kind == "safety":
        tier = name.split("_")[0]
        return (f"Safety messages: {tier}", (0, -TIERS.index(tier))) if tier in TIERS else ("Safety messages: questions and what follows", (0, 1))
    if item.kind == "voice":
        return "Voice lines", (3, "")
    if sign:
        return f"Warning signs: {sign.tier}", (1, -TIERS.index(sign.tier) if sign.tier in TIERS else 1)
    return ("Warning signs: words they share", (1, 2)) if item.kind == "triage" else ("Facts and lists", (4, ""))


def _grades(item: Item, library: Library) -> dict[str, float]:
    if not library.clinic:
        return {}
    situation = replace(plain_situation(library), extra=LIST_NAMES if item.name.startswith("list_") else {})
    try:
        return reading_grades([library.renderer.render(item, block, situation) for block in item.blocks], library.hard_words())
    except (TemplateError, ArithmeticError, TypeError):  # the page names the problem
        return {}


def _use(visit: Visit) -> Optional[Mapping[str, int]]:
    """How often each item was said within USE_DAYS; None when that cannot be counted."""
    at, counts = visit.site.kept.get("use", (float("-inf"), None))
    if monotonic() - at > COUNT_AGAIN:
        try:
            counts = times_said(tracker_url(), datetime.now(timezone.utc) - timedelta(USE_DAYS))
        except sa.exc.SQLAlchemyError:
            counts = None
        visit.site.kept["use"] = (monotonic(), counts)
    return counts
