"""Measure Ivy on sentences it was never trained on: `safety` or `topics`, with confidence intervals.

`thresholds` compares when to answer and when to ask; `topics --data` looks for odd training sentences.
Reads JSON lines ({"text", "topic"} or {"text", "tier", "group", "kind"}, "hand" optional) or the tests' own
YAML sets. Prints tables and draws plots into results/; changes nothing else."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("safety", "topics", "thresholds"))
    parser.add_argument("--set", "--voices", type=Path, action="append", help="a JSON lines file to measure on (default: the tests' own set)")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="also list N of the errors of each kind")
    parser.add_argument("--data", action="store_true", help="topics: weak topics, confusions, likely mislabels and near-duplicates of data/nlu")
    parser.add_argument("--rules-only", action="store_true", help="safety: without the statistical detector")
    parser.add_argument("--public", type=Path, metavar="FOLDER", help="safety: also measure on the public sets in this folder (negex_mentions.tsv, psytar_sentences.tsv, medquad_questions.txt)")


def run(arguments: argparse.Namespace) -> int:
    from bot.rasa.server import prepare_environment

    prepare_environment()
    report = import_module(f"bot.evaluation.{arguments.what}").report
    for line in report(arguments):
        print(line, flush=True)
    return 0
