"""The content folder as it is now: read again when a file changes, and readable although some files are broken."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterable, Optional

from bot.library.checks import QUICK_RULES
from bot.library.library import Library, readable_library
from bot.library.problems import ContentError, Problem, read_yaml, shown_path
from bot.library.question_sets import read_question_sets
from bot.library.review import read_review_rules


@dataclass(frozen=True)
class Shelf:
    """What could be read, and what is wrong with the rest. `library.items` lacks the items that cannot be read;
    where sources, glossary or clinic cannot be, those of the last good reading stand in, or nothing (clinic: None)."""

    library: Library
    problems: tuple[Problem, ...] = ()

    def problems_of(self, path: Path) -> tuple[Problem, ...]:
        """The problems of one file."""
        return tuple(problem for problem in self.problems if problem.path == shown_path(path))


class Contents:
    """Reads a content folder anew after each change of it."""

    def __init__(self, root: Path, country: Optional[str] = None) -> None:
        self.root, self.country = root, country
        self._lock = threading.Lock()
        self._seen: object = None
        self._shelf: Optional[Shelf] = None

    def shelf(self) -> Shelf:
        """Never raises for broken content: the problems are part of what is returned."""
        with self._lock:
            now = self._stamp()
            if self._shelf is None or now != self._seen:
                self._shelf, self._seen = self._read(), now
            return self._shelf

    def _read(self) -> Shelf:
        library, problems = readable_library(self.root, self.country, self._shelf.library if self._shelf else None)
        found = {*problems, *self._problems_of_lists()}
        if library.clinic:
            found |= {problem for rule in QUICK_RULES for problem in rule(library)}
        return Shelf(library, tuple(sorted(found)))

    def _problems_of_lists(self) -> Iterable[Problem]:
        """Problems of the files that are no items. What the lexicon's words mean is left to `ivy check`: it takes seconds."""
        yield from _problems(read_review_rules, self.root)
        yield from _problems(read_question_sets, self.root)
        for path in sorted((self.root / "safety").rglob("*.yml")):
            yield from _problems(read_yaml, path)

    def _stamp(self) -> tuple:
        files = sorted(path for path in self.root.rglob("*") if path.suffix in (".md", ".yml"))
        return tuple((str(path), found.st_mtime_ns, found.st_size) for path in files if (found := _stat(path)))


def _problems(read: Callable[[Path], object], path: Path) -> tuple[Problem, ...]:
    try:
        read(path)
    except ContentError as error:
        return tuple(error.problems)
    return ()


def _stat(path: Path):
    try:
        return path.stat()
    except OSError:  # taken away since it was listed
        return None
