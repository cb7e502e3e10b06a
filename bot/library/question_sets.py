"""The questions to take to a doctor, by situation: content/questions.yml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Mapping

from bot.library.problems import ContentError, Problem, line_of, read_yaml, shown_path

FILE = "questions.yml"
KEYS = {"title", "words", "questions", "sources"}
FEWEST, MOST = 4, 12  # questions of one situation


@dataclass(frozen=True)
class QuestionSet:
    """The questions of one situation. `id` is also its button's, `button` that button's title; `words`
    are what a patient may type to choose it."""

    id: str
    button: str
    title: str
    words: tuple
    questions: tuple
    sources: tuple


def read_question_sets(root: Path) -> tuple[QuestionSet, ...]:
    """The situations of a content folder, in the file's order. Raises ContentError with every problem."""
    path = root / FILE
    entries, titles = read_yaml(path), read_yaml(root / "buttons.yml")
    problems = [Problem(shown_path(path), line_of(path, f"{name}:"), problem, repair) for name, entry in entries.items() for problem, repair in _problems(str(name), entry, titles)]
    if not entries:
        problems = [Problem(shown_path(path), 1, "has no situation", f"write 'situation_...:' and its {', '.join(sorted(KEYS))}")]
    if problems:
        raise ContentError(problems)
    return tuple(QuestionSet(name, str(titles[name]), entry["title"], *(tuple(entry[key]) for key in ("words", "questions", "sources"))) for name, entry in entries.items())


def are_texts(value: object) -> bool:
    """True for a list of texts, none of them blank."""
    return isinstance(value, (list, tuple)) and all(isinstance(entry, str) and entry.strip() for entry in value)


def _problems(name: str, entry: object, titles: Mapping) -> Iterable[tuple[str, str]]:
    if not name.startswith("situation_"):
        yield f"'{name}' is not the name of a situation", "begin it with situation_"
    if name not in titles:
        yield f"situation '{name}' has no button", "add its title to content/buttons.yml"
    if not isinstance(entry, dict) or set(entry) != KEYS:
        yield f"situation '{name}' does not have exactly the keys {', '.join(sorted(KEYS))}", "add what is missing, take out what is not known"
        return
    if not isinstance(entry["title"], str) or not entry["title"].strip():
        yield f"the title of '{name}' is not text", 'write title: "..."'
    for key in sorted(KEYS - {"title"}):
        if not are_texts(entry[key]):
            yield f"'{key}' of '{name}' is not a list of texts", "write one text a line, after a dash"
    if isinstance(entry["questions"], list) and not FEWEST <= len(entry["questions"]) <= MOST:
        yield f"situation '{name}' has {len(entry['questions'])} questions", f"give it {FEWEST} to {MOST}"
