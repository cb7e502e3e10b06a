"""All content in one object: items, sources, glossary, clinic. Start here to know what Ivy can say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Mapping, Optional

from bot.library.clinic import Clinic, read_clinic
from bot.library.glossary import HardWords
from bot.library.items import Item, read_items, read_readable_items
from bot.library.problems import ContentError, Problem, line_of, read_yaml, shown_path
from bot.library.render import Renderer
from bot.project import CONTENT

SOURCE_KEYS = {"title", "publisher", "year", "identifier", "verified"}
#: How far a source was checked: read in full where named, read in a copy, or not read.
VERIFIED = ("read", "secondary")


@dataclass(frozen=True)
class Term:
    """A glossary word: what it means and the other forms it is met in. An `everyday` word counts as
    easy for the reading grade, but is not offered as a definition."""

    term: str
    means: str
    forms: tuple = ()
    everyday: bool = False


@dataclass(frozen=True)
class Library:
    """What Ivy can say. Built by `read_library`; immutable; `renderer` fills in the templates."""

    root: Path
    items: Mapping[str, Item]
    sources: Mapping[str, Mapping]
    glossary: tuple
    clinic: Clinic
    renderer: Renderer

    def answer(self, topic: str) -> Optional[Item]:
        """The answer for a topic id, if there is one."""
        return self.answers.get(topic)

    @cached_property
    def answers(self) -> Mapping[str, Item]:
        """Every answer by its topic id."""
        return {item.name: item for item in self.items.values() if item.kind == "answer"}

    def voice(self, name: str) -> Item:
        return self.items[f"voice/{name}"]

    def safety(self, name: str) -> Item:
        return self.items[f"safety/{name}"]

    def for_response(self, response: str) -> Optional[Item]:
        """The item behind a response name: `utter_how_fast` is the answer how_fast or the voice line."""
        name = response.removeprefix("utter_")
        return self.answer(name) or self.items.get(f"voice/{name}")

    def question(self, topic: str) -> Optional[str]:
        """The topic as a patient would ask it, for buttons."""
        item = self.answer(topic)
        return str(item.front["question"]) if item else None

    @cached_property
    def meanings(self) -> HardWords:
        """The hard words of a text with their meanings."""
        return HardWords(self.glossary)

    def hard_words(self) -> list[str]:
        """Every form of every glossary term, for the reading grade."""
        return [form for term in self.glossary for form in (term.term, *term.forms)]


def read_library(root: Path = CONTENT, country: Optional[str] = None) -> Library:
    """Read a content folder. Raises ContentError with every problem of every file."""
    problems: list[Problem] = []

    def collect(read, *args):
        try:
            return read(*args)
        except ContentError as error:
            problems.extend(error.problems)
        return None

    items = collect(read_items, root)
    sources = collect(_read_sources, root / "sources.yml")
    glossary = collect(_read_glossary, root / "glossary.yml")
    clinic = collect(read_clinic, root, country)
    if problems:
        raise ContentError(problems)
    return Library(root, items, sources, glossary, clinic, Renderer())


def readable_library(root: Path, country: Optional[str] = None, before: Optional[Library] = None) -> tuple[Library, list[Problem]]:
    """What can be read of a content folder, and every problem of the rest; for pages that show broken content.
    Broken items are left out; broken sources, glossary or clinic are those of `before`, or empty (clinic: None).

    Patients are served by `read_library` alone."""
    items, problems = read_readable_items(root)

    def collect(read, otherwise, *args):
        try:
            return read(*args)
        except ContentError as error:
            problems.extend(error.problems)
        return otherwise

    sources = collect(_read_sources, before.sources if before else {}, root / "sources.yml")
    glossary = collect(_read_glossary, before.glossary if before else (), root / "glossary.yml")
    clinic = collect(read_clinic, before.clinic if before else None, root, country)
    return Library(root, items, sources, glossary, clinic, Renderer()), sorted(problems)


def _read_sources(path: Path) -> dict:
    sources = read_yaml(path)
    problems = []
    for key, source in sources.items():
        where = (shown_path(path), line_of(path, f"{key}:"))
        if not isinstance(source, dict) or set(source) != SOURCE_KEYS:
            problems.append(Problem(*where, f"source '{key}' has the keys {sorted(map(str, source)) if isinstance(source, dict) else []}", f"give it exactly {sorted(SOURCE_KEYS)}"))
        elif source["verified"] not in VERIFIED:
            problems.append(Problem(*where, f"source '{key}' is verified '{source['verified']}'", f"use one of: {', '.join(VERIFIED)}"))
    if problems:
        raise ContentError(problems)
    return sources


def _read_glossary(path: Path) -> tuple:
    entries = read_yaml(path)
    problems, terms = [], []
    for term, entry in entries.items():
        if not isinstance(entry, dict) or not entry.get("means") or set(entry) - {"means", "forms", "everyday"} or not isinstance(entry.get("forms") or [], list) or not isinstance(entry.get("everyday", False), bool):
            problems.append(Problem(shown_path(path), line_of(path, f"{term}:"), f"glossary term '{term}' is not {{means, forms}}", "give it 'means' and, if wanted, 'forms' and 'everyday: true'"))
        else:
            terms.append(Term(str(term), entry["means"], tuple(entry.get("forms") or ()), entry.get("everyday", False)))
    if problems:
        raise ContentError(problems)
    return tuple(terms)
