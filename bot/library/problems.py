"""What is wrong with the content, said so that the writer can repair it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

import yaml
from yaml.constructor import ConstructorError

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


def line_of(path: Path, start: str) -> int:
    """The first line of a file that begins so; 1 when none does."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if line.startswith(start)), 1)


def read_yaml(path: Path) -> dict:
    """A file of `key: value`. Raises ContentError when it is missing, not YAML or something else."""
    where = shown_path(path)
    try:
        found = parse_yaml(path.read_text(encoding="utf-8"), where)
    except OSError as error:
        raise ContentError([Problem(where, 1, f"cannot be read ({error.strerror})", "put the file there, readable")])
    except UnicodeDecodeError as error:
        raise ContentError([Problem(where, 1, f"is not UTF-8 text ({error.reason})", "save it as UTF-8")])
    if not isinstance(found or {}, dict):
        raise ContentError([Problem(where, 1, "is not a list of key: value", "write key: value lines")])
    return found or {}


def parse_yaml(text: str, where: str, first_line: int = 1) -> object:
    """What a YAML text says. Raises ContentError for anything PyYAML cannot read: besides its own
    errors it lets those of Python's types through (a 13th month is a ValueError)."""
    try:
        return yaml.load(text, Loader=_OnceEachKey)
    except Exception as error:  # noqa: BLE001
        mark = getattr(error, "problem_mark", None)
        line = mark.line + first_line if mark else first_line
        raise ContentError([Problem(where, line, f"is not YAML ({getattr(error, 'problem', error)})", "repair the line; quote text that holds a colon")])


class _OnceEachKey(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # libyaml's reader, where PyYAML has it, is 9 times faster
    """Refuses a key written twice, of which YAML silently keeps the last."""

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict:
        keys: list = []
        for key, _ in node.value:
            if key.value in keys:
                raise ConstructorError(problem=f"'{key.value}' is written twice", problem_mark=key.start_mark)
            keys.append(key.value)
        return super().construct_mapping(node, deep)
