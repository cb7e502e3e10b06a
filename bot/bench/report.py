"""What every bench's report has: the machine and its load, tables, a Markdown file under results/."""

from __future__ import annotations

import os
import platform
import sys
from datetime import datetime
from itertools import chain
from typing import Iterable, Iterator, Sequence

import numpy as np

from bot.project import ROOT

RESULTS = ROOT / "results"


class BenchError(RuntimeError):
    """A measurement cannot be made; the message says what is missing and the repair."""


def write_report(name: str, title: str, lines: Iterable[str]) -> None:
    """Print the lines as they come and keep them, with the machine's load before and after, in results/<name>.md."""
    lines = iter(lines)
    first = next(lines)  # what is missing shows before a report is begun
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.md"
    with path.open("w", encoding="utf-8") as file:
        for line in _framed(title, chain([first], lines)):
            print(line, flush=True)
            file.write(line + "\n")
            file.flush()
    print(f"(written to {path.relative_to(ROOT)})")


def _framed(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"# {title}\n"
    yield f"{datetime.now():%Y-%m-%d %H:%M}, {os.cpu_count()} cores, Python {platform.python_version()}, `ivy {' '.join(sys.argv[1:])}`. Load average {_load()}."
    yield from lines
    yield f"\nLoad average at the end {_load()}. Above the number of cores, other work was measured too: trust ratios, not milliseconds."


def _load() -> str:
    return " / ".join(f"{value:.2f}" for value in os.getloadavg())


def table(header: Sequence[str], rows: Iterable[Sequence]) -> Iterator[str]:
    """A Markdown table, its first column to the left, numbers to the right."""
    yield "\n| " + " | ".join(header) + " |"
    yield "|---|" + "---:|" * (len(header) - 1)
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"


def percentiles(seconds: Sequence[float]) -> list[str]:
    """Median, p95 and p99 in milliseconds."""
    return [f"{1000 * value:.1f}" for value in np.percentile(seconds, (50, 95, 99))] if len(seconds) else ["-", "-", "-"]
