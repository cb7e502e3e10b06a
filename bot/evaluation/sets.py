"""Test sets and intervals."""

from __future__ import annotations

import random
from functools import partial
from math import sqrt
from pathlib import Path
from typing import Callable, Iterable, Sequence

from bot.evaluation.rows import Check, checked_rows, read_all
from bot.project import ROOT

Z95 = 1.959964
BOOTSTRAPS = 500


def read_set(path: Path) -> list[dict]:
    """Rows of a JSON lines or YAML set, each with a `text`. Raises ContentError naming file, line and repair of all bad rows."""
    return checked_rows(path)


def read_sets(paths: Iterable[Path], check: Check) -> list[tuple[Path, list[dict]]]:
    """Each set with its rows, checked. Raises ContentError with what is wrong in any of them."""
    paths = list(paths)
    return list(zip(paths, read_all([partial(checked_rows, path, check) for path in paths])))


def own_sets(what: str) -> list[Path]:
    """The project's own sets, under tests/; what is kept unopened is measured only when named with --set."""
    sets = (ROOT / "tests" / {"safety": "safety", "topics": "phrasings"}[what]).glob("*.yml")
    return sorted(path for path in sets if "unopened" not in path.name)


def share(hits: int, of: int) -> str:
    """A share with its 95 % Wilson interval: ".97 (.95-.98), 310/320"."""
    if not of:
        return "none to count"
    p, n = hits / of, of
    middle = (p + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 * sqrt(p * (1 - p) / n + Z95**2 / (4 * n * n)) / (1 + Z95**2 / n)
    return f"{p:.3f} ({max(0, middle - half):.3f}-{min(1, middle + half):.3f}), {hits}/{of}"


def by_hand(rows: Sequence[dict], measure: Callable[[Sequence[dict]], float]) -> str:
    """A measure's 95 % interval over resampled hands (writers): sentences of one hand are not independent."""
    hands: dict[str, list[dict]] = {}
    for row in rows:
        hands.setdefault(str(row.get("hand", "")), []).append(row)
    if len(hands) < 2:
        return "one hand"
    draw = random.Random(0)
    values = sorted(measure([row for hand in draw.choices(sorted(hands), k=len(hands)) for row in hands[hand]]) for _ in range(BOOTSTRAPS))
    return f"{values[int(0.025 * BOOTSTRAPS)]:.3f}-{values[int(0.975 * BOOTSTRAPS)]:.3f} over {len(hands)} hands"


def mean(values: Iterable[bool]) -> float:
    values = list(values)
    return sum(values) / len(values) if values else 0.0
