"""One item: as the patient sees it, as plain messages, how it reads, what it rests on, and what changed since it was approved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Iterable, Mapping, Optional, Sequence

from starlette.responses import Response

from bot.library.items import Item
from bot.library.problems import ContentError
from bot.library.render import CONDITIONS, Situation
from bot.library.review import ReviewItem
from bot.library.signing import stood_before
from bot.library.speaking import Reply, Speaker
from bot.preview.bubbles import bubble, frame
from bot.preview.catalogue import USE_DAYS, Entry, entry_of
from bot.preview.heard import safety_layers
from bot.preview.medium import MEDIA, as_parts
from bot.preview.pages import Pages
from bot.preview.reading import LONG_SENTENCE, marked, reading_grades
from bot.preview.sentences import leading_to, taught
from bot.preview.showing import cited_sources
from bot.preview.signing import review_item
from bot.preview.signs import read_signs, signs_leading_to
from bot.preview.sources import links
from bot.preview.speaking import reply_of, speaker_on
from bot.preview.visit import Refusal, Visit
from bot.preview.wording import word_diff
from bot.safety.prose import in_prose

#: The conditions a text may depend on, as a clinician says them.
CONDITION_WORDS = {"itp": "ITP", "aiha": "AIHA", "hdfn": "HDFN", "transplant": "a transplant", "pregnancy": "a pregnancy", "child": "a child", "newborn": "a newborn",
                   "older": "an older person", "kidney": "a kidney problem", "diabetes": "diabetes"}
BLOCK_WORDS = {"short": "First answer", "more": "Tell me more", "simple": "In simpler words"}
#: More that a reader can choose, and how it changes the situation.
CLOSED, OTHER = "closed", "other"
CHOICE_WORDS = {**CONDITION_WORDS, CLOSED: "the clinic is closed", OTHER: "it is about somebody else"}

pages = Pages()


@dataclass(frozen=True)
class Variant:
    """What one condition alone changes: (block, the changes word by word)."""

    name: str
    words: str
    blocks: tuple


@dataclass(frozen=True)
class Shown:
    """A block in the chosen situation. `mediums`: (name, its messages)."""

    name: str
    title: str
    reply: Reply
    mediums: tuple
    sentences: tuple
    grades: Mapping[str, float]
    words: int


@pages.get("/items/{item:path}")
def one_item(visit: Visit) -> Response:
    item = review_item(visit, visit.request.path_params["item"])
    parsed = visit.shelf.library.items.get(item.id)
    can_be_shown = parsed is not None and visit.shelf.library.clinic is not None
    chosen = [name for name in visit.request.query_params.getlist("for") if name in CHOICE_WORDS]
    state = visit.review.state(item.id, visit.day)
    stood = state.standing or next(iter(stood_before(visit.review.rows, item.id, visit.review.rule(item.id))), None)
    taught_lines = taught()
    return visit.page("item_blocks.html" if visit.swapped else "item.html", item=item, entry=entry_of(visit, item.id), state=state, stood=stood, parsed=parsed,
                      diff=word_diff(stood.text, item.text) if stood and stood.version != item.version else (),
                      needed=visit.review.needed(item.id, visit.day, visit.account), chosen=chosen, choice_words=CHOICE_WORDS, long=LONG_SENTENCE, use_days=USE_DAYS,
                      sources=[(source, links(source)) for source in cited_sources(visit.shelf.library, item)], problems=visit.shelf.problems_of(item.path),
                      sentences=leading_to(item.id, taught_lines) if taught_lines is not None else None, folder=item.id.rpartition("/")[0],
                      **(_spoken(visit, parsed, chosen) if can_be_shown else {"blocks": (), "variants": (), "grades": {}}), **_about_signs(visit, item, parsed))


@pages.get("/seen/{item:path}")
def seen(visit: Visit) -> Response:
    """A block in the chat's own look, for a frame of the item page."""
    parsed = visit.shelf.library.items.get(visit.request.path_params["item"])
    block = visit.query("block")
    if not parsed or block not in parsed.blocks:
        raise Refusal(404, "There is no such text.", "It may have been renamed or taken away.")
    speaks = _speaker(visit)
    reply = reply_of(speaks, parsed, block, _situation(speaks, visit.request.query_params.getlist("for")), read_signs(visit.shelf.library.root))
    return frame(visit, [bubble(speaks, reply)], f"{parsed.id}: {BLOCK_WORDS.get(block, block)}")


def _spoken(visit: Visit, parsed: Item, chosen: Sequence[str]) -> dict:
    """The item's blocks in the chosen situation, and what each condition alone would change."""
    speaks, signs, terms = _speaker(visit), read_signs(visit.shelf.library.root), visit.shelf.library.hard_words()

    def said(block: str, names: Iterable[str], channel: str = "web") -> Reply:
        return reply_of(speaks, parsed, block, replace(_situation(speaks, names), channel=channel), signs)

    plain_words = {block: said(block, ()).text for block in parsed.blocks}
    blocks = []
    for block in parsed.blocks:
        reply = said(block, chosen)
        mediums = tuple((medium, as_parts(medium, said(block, chosen, medium))) for medium in MEDIA)
        blocks.append(Shown(block, BLOCK_WORDS.get(block, block) if len(parsed.blocks) > 1 else "As patients see it", reply, mediums, tuple(marked(reply.text, terms)),
                            reading_grades([reply.text], terms), len(reply.text.split())))
    variants = (_variant(name, plain_words, lambda block: said(block, [name]).text) for name in CHOICE_WORDS)
    return {"blocks": blocks, "variants": [variant for variant in variants if variant.blocks], "grades": reading_grades([shown.reply.text for shown in blocks], terms)}


def _variant(name: str, plain_words: Mapping[str, str], said) -> Variant:
    changed = [(BLOCK_WORDS.get(block, block), word_diff(before, after)) for block, before in plain_words.items() if (after := said(block)) != before]
    return Variant(name, CHOICE_WORDS[name], tuple(changed))


def _speaker(visit: Visit) -> Speaker:
    """Today the file's words, marked where nobody approved them; on a chosen day what clinic mode would say."""
    return speaker_on(visit, "clinic" if visit.as_of else "demo")


def _situation(speaks: Speaker, names: Iterable[str]) -> Situation:
    """The clinic open, and nothing known of the person but what is named."""
    names = set(names)
    return Situation(replace(speaks.library.clinic, open_now=CLOSED not in names), frozenset(names & set(CONDITIONS)), other=OTHER in names)


def _about_signs(visit: Visit, item: ReviewItem, parsed: Optional[Item]) -> dict:
    """Of a warning sign: the page in words, and its message. Of a safety message: the signs that lead to it."""
    root, name = visit.shelf.library.root, item.id.rpartition("/")[2]
    signs = read_signs(root)
    sign = next((sign for sign in signs if item.id == f"safety/signs/{sign.id}"), None)
    leading = signs_leading_to(name, signs, root) if parsed and parsed.kind == "safety" else []
    return {"sign": sign, "message": sign.message(root) if sign else "", "prose": prose_of(visit, name) if sign else (), "leading": leading}


def prose_of(visit: Visit, sign: str) -> tuple:
    """A sign in words: paragraphs, each (its first line, its list). Empty where the signs cannot be read."""
    try:
        text = in_prose(safety_layers(visit).lexicon(visit.shelf.library.root), sign)
    except ContentError:  # the page names the problems above, and shows the file
        return ()
    return tuple((head, [line.removeprefix("  - ") for line in listed]) for head, *listed in (paragraph.split("\n") for paragraph in text.split("\n\n")))
