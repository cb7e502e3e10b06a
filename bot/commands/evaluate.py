"""Measure Ivy on sentences it was never trained on: `safety` or `topics`, with confidence intervals.

`thresholds` compares when to answer and when to ask; `topics --data` looks for odd training sentences.
Reads JSON lines ({"text", "topic"} or {"text", "tier", "group", "kind"}; "also", "group" and "hand" optional, "kind"
where the tier is none) or YAML lists of the same. Prints tables and draws plots into results/; changes nothing else."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path
from typing import Iterator

#: Option -> what it has an effect on.
EFFECTS = {"--data": ("topics",), "--show": ("safety", "topics"), "--rules-only": ("safety",), "--public": ("safety",)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("safety", "topics", "thresholds"))
    parser.add_argument("--set", "--voices", type=_as_typed, action="append", metavar="FILE", help="a file of JSON lines, or of YAML (.yml, .yaml), to measure on; may be repeated (default: the project's own sets)")
    parser.add_argument("--show", type=_count, default=0, metavar="N", help="safety, topics: also list N of the errors of each kind")
    parser.add_argument("--data", action="store_true", help="topics: weak topics, confusions, likely mislabels and near-duplicates of data/nlu")
    parser.add_argument("--rules-only", action="store_true", help="safety: without the statistical detector")
    parser.add_argument("--public", type=_as_typed, metavar="FOLDER", help="safety: also measure on the public sets in this folder (negex_mentions.tsv, psytar_sentences.tsv, medquad_questions.txt)")
    parser.set_defaults(refuse=parser.error)


def run(arguments: argparse.Namespace) -> int:
    without_effect = list(_without_effect(arguments))
    if without_effect:
        arguments.refuse("; ".join(without_effect))
    from bot.rasa.server import configure_logging, prepare_environment

    prepare_environment()
    configure_logging(errors_only=True)
    report = import_module(f"bot.evaluation.{arguments.what}").report
    for line in report(arguments):
        print(line, flush=True)
    return 0


def _without_effect(arguments: argparse.Namespace) -> Iterator[str]:
    for option, measured in EFFECTS.items():
        if getattr(arguments, option.strip("-").replace("-", "_")) and arguments.what not in measured:
            yield f"{option} has no effect on {arguments.what}, only on {' and '.join(measured)}: leave it out"
    if arguments.data and arguments.set and arguments.what == "topics":
        yield "--set has no effect beside --data, which looks at data/nlu: leave one of them out"


def _as_typed(value: str) -> Path:
    """Against the folder where the command was typed: later the process works in Ivy's own."""
    return Path(value).absolute()


def _count(value: str) -> int:
    if not value.isdecimal():
        raise argparse.ArgumentTypeError(f"{value} is no number of lines; give 0 or more")
    return int(value)
