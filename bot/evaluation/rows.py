"""Rows of a set, read from JSON lines or YAML and checked; what is wrong is said with the lines it stands on."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Callable, Iterable, Iterator, Sequence, TypeVar

import yaml

from bot.library.problems import ContentError, Problem, parse_yaml, shown_path

Wrong = tuple[str, str]  # problem, repair
Check = Callable[[dict], Iterable[Wrong]]
Read = TypeVar("Read")
YAML = (".yml", ".yaml")
LINES_NAMED = 10
WRITE_ROWS = 'write lines of {"text": ..., ...} or, in a file whose name ends in .yml, entries of - text: ...'


def checked_rows(path: Path, check: Check = lambda row: ()) -> list[dict]:
    """The rows, each with a `text` and nothing that `check` finds wrong. Raises ContentError with all that is wrong in
    the file, also that it cannot be read or holds no row."""
    where, text = shown_path(path), read_text(path)
    numbered, problems = (_of_yaml if path.suffix in YAML else _of_json_lines)(text, where)
    problems += [Problem(where, line, *wrong) for line, row in numbered for wrong in _wrongs(row, check)]
    if not numbered and not problems:
        problems = [Problem(where, 1, "holds no row", WRITE_ROWS)]
    if problems:
        raise ContentError(gathered(problems))
    return [row for _, row in numbered]


def read_all(readings: Iterable[Callable[[], Read]]) -> list[Read]:
    """What each reading gives. Raises ContentError with the problems of all of them."""
    found, problems = [], []
    for reading in readings:
        try:
            found.append(reading())
        except ContentError as error:
            problems += error.problems
    if problems:
        raise ContentError(problems)
    return found


def read_text(path: Path) -> str:
    """What a file says, without the mark that Windows puts before UTF-8. Raises ContentError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ContentError([Problem(shown_path(path), 1, f"cannot be read ({error.strerror})", "name a file that is there and readable")]) from error
    except UnicodeDecodeError as error:
        raise ContentError([Problem(shown_path(path), 1, f"is not UTF-8 text ({error.reason})", "save it as UTF-8")]) from error


def gathered(problems: Sequence[Problem]) -> list[Problem]:
    """What is wrong in the same way on several lines of a file becomes one problem that names some of them."""
    lines: dict[tuple, list[int]] = defaultdict(list)
    for problem in problems:
        lines[problem.path, problem.problem, problem.repair].append(problem.line)
    return [Problem(path, first, f"{problem}{_and_on(others)}", repair) for (path, problem, repair), (first, *others) in lines.items()]


def lacks_words(row: dict, key: str, repair: str) -> Iterator[Wrong]:
    """That a row has no words under a key, if so."""
    if key not in row:
        yield f'has no "{key}"', repair
    elif not isinstance(row[key], str) or not row[key].strip():
        yield f'"{key}" is {row[key]!r}, not words', f"{repair}, in quotes"


def _and_on(others: Sequence[int]) -> str:
    if not others:
        return ""
    named = ", ".join(map(str, others[:LINES_NAMED]))
    return f" (also on line{'s' if len(others) > 1 else ''} {named}{f' and on {len(others) - LINES_NAMED} more' if len(others) > LINES_NAMED else ''})"


def _wrongs(row: object, check: Check) -> Iterator[Wrong]:
    if not isinstance(row, dict):
        yield "is no row of keys and values", WRITE_ROWS
        return
    yield from lacks_words(row, "text", "write the sentence")
    yield from check(row)


def _of_json_lines(text: str, where: str) -> tuple[list[tuple[int, object]], list[Problem]]:
    numbered, problems = [], []
    for number, line in enumerate(text.split("\n"), 1):  # splitlines would also cut where a sentence holds U+2028
        try:
            numbered += [(number, json.loads(line))] if line.strip() else []
        except (ValueError, RecursionError) as error:
            problems.append(Problem(where, number, f"is not JSON ({_why(error)})", "repair the line; a YAML set needs a name that ends in .yml"))
    return numbered, problems


def _why(error: Exception) -> str:
    return f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else type(error).__name__


def _of_yaml(text: str, where: str) -> tuple[list[tuple[int, object]], list[Problem]]:
    rows = parse_yaml(text, where)
    if rows is None:
        return [], []
    if not isinstance(rows, list):
        return [], [Problem(where, 1, "is no list of rows", WRITE_ROWS)]
    return list(zip(_lines_of_entries(text), rows)), []


def _lines_of_entries(text: str) -> list[int]:
    return [entry.start_mark.line + 1 for entry in yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)).value]
