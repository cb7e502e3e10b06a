"""The fixed words of the website chat (content/page.yml): labels, the notice, the emergency card, what is printed."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator, Mapping

from bot.library.problems import ContentError, Problem, line_of, read_yaml, shown_path
from bot.library.render import Renderer, Situation, tap_to_call
from bot.project import keeps_unanswered

FILE = "page.yml"
LISTS = frozenset({"notice", "outage_numbers", "outage"})
#: Filled as HTML, in which numbers can be tapped. All else is plain text.
RICH = LISTS | {"emergency_line", "clinic_line", "demo"}
TEXTS = frozenset("""
    language direction launcher news title subtitle close skip menu numbers emergency_line clinic_line example pinned demo
    notice_title agree composer box placeholder send count too_many waiting unsent
    log you ivy choices choices_are earlier ended
    emergency_title urgent_title routine_title note_title check_title warning_icon note_icon question_icon
    reviewed sources helpful yes no helpful_thanks helpful_failed words
    outage_title kept send_again try_again
    print save delete about delete_title delete_text delete_no delete_yes delete_failed
    sheet_title sheet_note printed list_print list_title list_visit list_hint
    no_script_title no_script_text no_script_link plain_title plain_note plain_ended
    """.split())
DIRECTIONS = ("ltr", "rtl")


def read_page_texts(root: Path) -> dict:
    """The file's texts, templates not yet filled. Raises ContentError with every problem."""
    path = root / FILE
    texts = read_yaml(path)
    problems = [Problem(shown_path(path), line_of(path, f"{key}:"), problem, repair) for key, problem, repair in _problems(texts)]
    if problems:
        raise ContentError(problems)
    return texts


def filled(texts: Mapping, renderer: Renderer, situation: Situation, keep_days: int, draft: str) -> dict:
    """The texts for a clinic at an hour. Raises jinja2.TemplateError for a name that a template may not use."""
    clinic = situation.clinic
    names = {"clinic": clinic, "keep_days": keep_days, "keeps_unanswered": keeps_unanswered(), "draft": draft, "example": texts["example"] if clinic.fictional else ""}

    def fill(key: str, source: str) -> str:
        text = renderer.fill(source, names)
        return tap_to_call(renderer.html(text), clinic).removeprefix("<p>").removesuffix("</p>") if key in RICH else text

    return {key: [fill(key, line) for line in text] if key in LISTS else fill(key, text) for key, text in texts.items()}


def _problems(texts: Mapping) -> Iterator[tuple[str, str, str]]:
    for key in sorted((TEXTS | LISTS) - set(texts)):
        yield "", f"lacks '{key}'", f"add a line '{key}: ...'"
    for key in sorted(set(texts) - TEXTS - LISTS, key=str):
        yield key, f"'{key}' is not known", "correct the name, or take it out"
    for key in sorted(TEXTS & set(texts)):
        if not isinstance(texts[key], str) or not texts[key].strip():
            yield key, f"'{key}' is not text", f'write {key}: "..." in quotes'
    for key in sorted(LISTS & set(texts)):
        if not isinstance(texts[key], list) or not texts[key] or not all(isinstance(line, str) and line.strip() for line in texts[key]):
            yield key, f"'{key}' is not a list of texts", "write one text a line, after a dash"
    if texts.get("direction") not in (None, *DIRECTIONS):
        yield "direction", f"direction '{texts['direction']}' is not known", f"use one of: {', '.join(DIRECTIONS)}"
