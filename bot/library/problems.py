"""What is wrong with the content, said so that the writer can repair it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from bot.project import ROOT


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to repair: where it is (path and line, both for people), what is wrong, what to do."""

    path: str
    line: int
    problem: str
    repair: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.problem}; {self.repair}"


class ContentError(Exception):
    """Content that cannot be served. Carries every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))


def shown_path(path) -> str:
    """The path as a writer knows it: relative to the project where it lies inside."""
    try:
        return str(path.relative_to(ROOT))
    except ValueError:
        return str(path)
