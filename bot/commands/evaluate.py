"""Measure Ivy on sentences it was never trained on: `safety` or `topics`, with confidence intervals.

Reads JSON lines ({"text", "topic"} or {"text", "tier", "group", "kind"}, "hand" optional) or the tests' own
YAML sets. Prints tables; changes nothing."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("safety", "topics"))
    parser.add_argument("--set", type=Path, action="append", help="a JSON lines file to measure on (default: the tests' own set)")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="also list N of the errors of each kind")
    parser.add_argument("--rules-only", action="store_true", help="safety: without the statistical detector")


def run(arguments: argparse.Namespace) -> int:
    from bot.rasa.server import prepare_environment

    prepare_environment()
    if arguments.what == "safety":
        from bot.evaluation.safety import report
    else:
        from bot.evaluation.topics import report
    for line in report(arguments):
        print(line, flush=True)
    return 0
