"""What is approved, item by item, and the clinic's own rules for it (content/review.yml)."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Iterable, Mapping, Sequence

from bot.library.items import text_hash
from bot.library.problems import ContentError, Problem, line_of, read_yaml, shown_path

FILE, REVIEW_ITEM = "review.yml", "review"
KEYS = {"items", "approvers", "two_people", "days"}
MOST_APPROVERS, MOST_DAYS = 5, 1095
#: Folders of content/ that no patient's words and no verdict come from.
NOT_REVIEWED = ("readings",)


@dataclass(frozen=True)
class ReviewRule:
    """How a group of items is approved. `approvers`: how many different people must sign the same words;
    `two_people`: two must have acted in all, proposing or signing; `days`: the longest a signature holds."""

    name: str
    items: tuple
    approvers: int
    two_people: bool
    days: int


@dataclass(frozen=True)
class ReviewItem:
    """One file that is approved whole. `kind`: answer, voice, safety (words patients read), triage (what
    decides that there is a warning sign) or file (facts and lists that words are filled from)."""

    id: str
    kind: str
    path: Path
    text: str

    @property
    def version(self) -> str:
        """sha256 of the file: what a signature vouches for. Templates include nothing (bot/library/render.py),
        so the file is all there is."""
        return text_hash(self.text)


def review_items(root: Path) -> dict[str, ReviewItem]:
    """Every file of a content folder that patients' words or a verdict depend on, by id: the path without
    its ending. Nothing is parsed, so that a broken file can be listed and sent back too.

    Raises ContentError with every file that is not UTF-8 text."""
    found, problems = {}, []
    for path in sorted([*root.rglob("*.md"), *root.rglob("*.yml")]):
        name = path.relative_to(root)
        if name.parts[0] in NOT_REVIEWED or name.name == "README.md":
            continue
        try:
            item_id = str(name.with_suffix(""))
            found[item_id] = ReviewItem(item_id, _kind(name), path, path.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            problems.append(Problem(shown_path(path), 1, f"is not UTF-8 text ({error.reason})", "save it as UTF-8"))
    if problems:
        raise ContentError(problems)
    return found


def item_of_text(item_id: str, text: str) -> ReviewItem:
    """An item whose file is gone, from words of it that the ledger holds. Only Markdown files begin with front matter."""
    name = Path(item_id + (".md" if text.startswith("---") else ".yml"))
    return ReviewItem(item_id, _kind(name), name, text)


def _kind(name: Path) -> str:
    if name.suffix == ".yml":
        return "triage" if name.parts[0] == "safety" else "file"
    return {"answers": "answer", "voice": "voice", "safety": "safety"}.get(name.parts[0], "file")


def rule_for(rules: Sequence[ReviewRule], item_id: str) -> ReviewRule:
    """The first rule that names the item; the strictest of all where none does. For the rules themselves one
    that they cannot change: nobody alone may make it one who signs."""
    if item_id == REVIEW_ITEM:
        return ReviewRule(REVIEW_ITEM, (REVIEW_ITEM,), 1, True, 180)
    named = (rule for rule in rules if any(fnmatchcase(item_id, pattern) for pattern in rule.items))
    return next(named, None) or max(rules, key=lambda rule: (rule.approvers, rule.two_people))


def read_review_rules(root: Path) -> tuple[ReviewRule, ...]:
    """The rules of content/review.yml, in the file's order. Raises ContentError with every problem."""
    path = root / FILE
    entries = read_yaml(path)
    problems = [Problem(shown_path(path), line_of(path, f"{name}:"), problem, repair) for name, entry in entries.items() for problem, repair in _problems(entry)]
    if not entries:
        problems = [Problem(shown_path(path), 1, "has no group", f"write a group and its {', '.join(sorted(KEYS))}")]
    if problems:
        raise ContentError(problems)
    return tuple(ReviewRule(str(name), tuple(entry["items"]), entry["approvers"], entry["two_people"], entry["days"]) for name, entry in entries.items())


def _problems(entry: object) -> Iterable[tuple[str, str]]:
    if not isinstance(entry, Mapping) or set(entry) != KEYS:
        yield f"does not have exactly the keys {', '.join(sorted(KEYS))}", "add what is missing, take out what is not known"
        return
    if not isinstance(entry["items"], list) or not entry["items"] or not all(isinstance(pattern, str) for pattern in entry["items"]):
        yield "'items' is not a list of names", "write e.g. items: [safety/*, clinic]"
    if type(entry["approvers"]) is not int or not 1 <= entry["approvers"] <= MOST_APPROVERS:
        yield f"'approvers' is not a number from 1 to {MOST_APPROVERS}", "write e.g. approvers: 2"
    if not isinstance(entry["two_people"], bool):
        yield "'two_people' is neither true nor false", "write two_people: true"
    if type(entry["days"]) is not int or not 1 <= entry["days"] <= MOST_DAYS:
        yield f"'days' is not a number from 1 to {MOST_DAYS}", "write e.g. days: 180"
