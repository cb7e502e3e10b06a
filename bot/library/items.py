"""A content item: one Markdown file with front matter and named blocks.

    ---
    question: What is IVIG?
    ...
    ---
    ## short
    the answer first

Answers live in content/answers/<family>/<topic>.md, voice lines in content/voice/, safety messages
in content/safety/. The file's stem is the id other parts use; it is never typed inside the file."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterable, Mapping

import yaml

from bot.library.problems import ContentError, Problem, parse_yaml, shown_path

#: What the front matter of each kind must and may hold. Anything else is refused: a misspelt key
#: that is silently ignored would be a lost instruction.
FRONT_MATTER = {
    "answer": {"required": {"question", "audience", "sources", "related", "review_days"}, "optional": set()},
    "voice": {"required": {"purpose", "review_days"}, "optional": {"sources", "buttons"}},
    "safety": {"required": {"purpose", "review_days", "sources"}, "optional": {"buttons"}},
}
BLOCKS = {"answer": ("short", "more", "simple"), "voice": ("short",), "safety": ("short",)}
#: The one voice line whose blocks are languages: `## es`, `## fr` ...
OTHER_LANGUAGE = "other_language"
LIST_KEYS = {"sources", "related", "buttons"}
TEXT_KEYS = {"question", "audience", "purpose"}

_FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.S)
_HEADING = re.compile(r"^## (\S+)[ \t]*$", re.M)
_CITATION = re.compile(r"[ ]?\[@([a-z0-9_]+(?:; ?@[a-z0-9_]+)*)\]")
#: The citation that says "no source was read for this yet"; such a sentence may carry no figure.
OPEN = "open"


@dataclass(frozen=True)
class Block:
    """A named piece of an item's text: its Jinja2 Markdown source and its first line in the file."""

    name: str
    source: str
    line: int

    def citations(self) -> list[str]:
        """Source ids cited in the block, in order, with repeats."""
        return [cited for found in _CITATION.findall(self.source) for cited in re.split(r"; ?@", found)]


@dataclass(frozen=True)
class Item:
    """One reviewed unit. `id` is unique over all content, e.g. `answers/about/what_is_ivig`."""

    id: str
    kind: str
    path: Path
    source: str
    front: Mapping[str, object]
    blocks: Mapping[str, Block]
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The file's stem: for answers the topic id of domain and data."""
        return self.id.rsplit("/", 1)[-1]

    @property
    def family(self) -> str:
        """The folder the item lies in."""
        return self.id.split("/")[-2]

    @property
    def version(self) -> str:
        """sha256 of the file: what an approval vouches for."""
        return text_hash(self.source)

    def list(self, key: str) -> list[str]:
        """A list-valued front matter key; empty when absent."""
        return list(self.front.get(key) or [])


def text_hash(*texts: str) -> str:
    """sha256 (hex) over texts, as approvals and versions use it."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode("utf-8"))
        digest.update(b"\0")
    return digest.hexdigest()


def without_citations(text: str) -> str:
    """Text as a patient reads it: source marks taken out."""
    return _CITATION.sub("", text)


def read_items(root: Path) -> dict[str, Item]:
    """All items below a content folder, by id.

    Raises ContentError with every problem of every file."""
    items, problems = read_readable_items(root)
    if problems:
        raise ContentError(problems)
    return items


def read_readable_items(root: Path) -> tuple[dict[str, Item], list[Problem]]:
    """The items below a content folder that can be read, by id, and every problem of the others."""
    items, problems = {}, []
    for path in _item_paths(root):
        try:
            item = read_item(path, root)
            items[item.id] = item
        except ContentError as error:
            problems += error.problems
    return items, problems


def read_item(path: Path, root: Path) -> Item:
    """Read one item file. Raises ContentError naming path, line, problem and repair."""
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ContentError([Problem(shown_path(path), 1, f"is not UTF-8 text ({error.reason})", "save it as UTF-8")])
    return parse_item(str(path.relative_to(root).with_suffix("")), path, source)


def parse_item(item_id: str, path: Path, source: str) -> Item:
    """An item from its text, as it is in a file or was when it was approved. Raises ContentError."""
    kind = {"answers": "answer", "voice": "voice", "safety": "safety"}[item_id.split("/")[0]]
    front, lines = _front_matter(path, source)
    blocks = _blocks(source)
    problems = [*_front_problems(path, kind, front, lines), *_block_problems(path, kind, blocks), *_lost(path, source)]
    if problems:
        raise ContentError(problems)
    return Item(item_id, kind, path, source, front, blocks, lines)


def _item_paths(root: Path) -> Iterable[Path]:
    yield from sorted((root / "answers").glob("*/*.md"))
    yield from sorted((root / "voice").glob("*.md"))
    yield from sorted((root / "safety").glob("*.md"))


def _front_matter(path: Path, source: str) -> tuple[dict, dict]:
    match = _FRONT.match(source)
    where = shown_path(path)
    if not match:
        raise ContentError([Problem(where, 1, "has no front matter", "begin the file with --- key: value ... ---")])
    front = parse_yaml(match[1], where, first_line=2)
    if not isinstance(front, dict):
        raise ContentError([Problem(where, 2, "front matter is not a list of key: value", "write key: value lines")])
    node = yaml.compose(match[1], Loader=yaml.SafeLoader)
    return front, {key.value: key.start_mark.line + 2 for key, _ in node.value}


def _blocks(source: str) -> dict[str, Block]:
    found = list(_HEADING.finditer(source))
    blocks = {}
    for heading, following in zip(found, [*found[1:], None]):
        text = source[heading.end() : following.start() if following else len(source)].strip()
        blocks[heading[1]] = Block(heading[1], text, source.count("\n", 0, heading.end()) + 2)
    return blocks


def _front_problems(path: Path, kind: str, front: Mapping, lines: Mapping) -> Iterable[Problem]:
    rules, where = FRONT_MATTER[kind], shown_path(path)
    permitted = rules["required"] | rules["optional"]
    for key in front:
        if key not in permitted:
            yield Problem(where, lines.get(key, 1), f"front matter key '{key}' is not known", f"use one of: {', '.join(sorted(permitted))}")
    for key in sorted(rules["required"] - set(front)):
        yield Problem(where, 1, f"front matter lacks '{key}'", f"add a line '{key}: ...'")
    for key in sorted(LIST_KEYS & set(front)):
        if not isinstance(front[key], list) or not all(isinstance(entry, str) for entry in front[key]):
            yield Problem(where, lines.get(key, 1), f"'{key}' is not a list of names", f"write {key}: [one, two]")
    for key in sorted(TEXT_KEYS & set(front)):
        if not isinstance(front[key], str) or not front[key].strip():
            yield Problem(where, lines.get(key, 1), f"'{key}' is not text", f'write {key}: "..."')
    if "review_days" in front and not (type(front["review_days"]) is int and 0 < front["review_days"] <= 1095):
        yield Problem(where, lines.get("review_days", 1), "'review_days' is not a number of days from 1 to 1095", "write e.g. review_days: 365")


def _block_problems(path: Path, kind: str, blocks: Mapping[str, Block]) -> Iterable[Problem]:
    where, wanted = shown_path(path), BLOCKS[kind]
    if path.stem == OTHER_LANGUAGE:
        if not blocks:
            yield Problem(where, 1, "has no language", "write a heading '## es' and its text")
        return
    for name in wanted:
        if name not in blocks or not blocks[name].source:
            yield Problem(where, 1, f"has no block '## {name}'", f"write the heading '## {name}' and its text")
    for name, block in blocks.items():
        if name not in wanted:
            yield Problem(where, block.line, f"block '## {name}' is not known", f"use one of: {', '.join(wanted)}")


def _lost(path: Path, source: str) -> Iterable[Problem]:
    """Words that reading would drop without a word: a block written twice, text before the first."""
    where, headings, front = shown_path(path), list(_HEADING.finditer(source)), _FRONT.match(source).end()
    for place, heading in enumerate(headings):
        if heading[1] in [before[1] for before in headings[:place]]:
            yield Problem(where, source.count("\n", 0, heading.start()) + 1, f"block '## {heading[1]}' is written twice", "keep one of them")
    if source[front : headings[0].start() if headings else len(source)].strip():
        yield Problem(where, source.count("\n", 0, front) + 1, "has text before the first block", "put it under a heading '## ...'")
