"""Measure speed, size, learning and outages: `turns` beside Rasa's default, `parts` of one message, `public` intent sets, `scale` with several servers.

Each prints a Markdown report and keeps it in results/. Run it on a machine that does nothing else."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True, metavar="what")
    turns = what.add_parser("turns", help="Ivy and Rasa's default pipeline, trained and served side by side")
    turns.add_argument("--share", type=_share, default=1.0, help="train both on this share of each intent's sentences (default 1; DIET takes half an hour on all)")
    turns.add_argument("--epochs", type=int, help="fewer epochs for the default, to see its turns without its training")
    turns.add_argument("--messages", type=int, default=200, help="messages a server, a round and a number of users (default 200)")
    turns.add_argument("--rounds", type=int, default=3, help="how often the servers take turns (default 3)")
    turns.add_argument("--port", type=int, default=8180, help="first of the ports used (default 8180; three servers, ten apart)")
    turns.add_argument("--keep", action="store_true", help="leave the trained projects and logs in the temporary folder")
    parts = what.add_parser("parts", help="where the milliseconds of a message go")
    parts.add_argument("--messages", type=int, default=300, help="messages of each kind (default 300)")
    parts.add_argument("--port", type=int, default=8180, help="a free port, and the one after it (default 8180)")
    public = what.add_parser("public", help="Ivy's features and classifier on public intent sets")
    public.add_argument("folder", type=Path, help="holds banking77/, clinc150/ and hwu64/, each with train.json, train_10.json, test.json, test_typo10.json, test_typo30.json: [[text, label], ...]")
    public.add_argument("--set", action="append", choices=("banking77", "clinc150", "hwu64"), help="only this set (may be repeated)")
    public.add_argument("--train", action="append", choices=("train_10", "train"), help="only this training file (may be repeated)")
    public.add_argument("--rows", type=int, help="only so many rows of each test file, evenly spread")
    public.add_argument("--diet", action="store_true", help="also train Rasa's default pipeline on the 10-shot files (minutes each); only it without --ivy")
    public.set_defaults(port=None)
    scale = what.add_parser("scale", help="two Ivys behind nginx with PostgreSQL and Redis: speed, stored conversations, a soak, drills; starts all of it itself")
    scale.add_argument("--messages", type=int, default=300, help="messages a round, a number of users and of replicas (default 300)")
    scale.add_argument("--conversations", type=int, default=10_000, help="conversations to store (default 10000)")
    scale.add_argument("--soak", type=float, default=0, help="minutes for which patients talk while memory is watched (default 0: none)")
    scale.add_argument("--seconds", type=float, default=15, help="how long a part stays broken in a drill (default 15)")
    scale.add_argument("--repeat", type=int, default=1, help="how often each drill is done (default 1)")
    scale.add_argument("--drill", action="append", metavar="NAME", help="only this drill, as the table names it (may be repeated)")


def run(arguments: argparse.Namespace) -> int:
    from importlib import import_module

    from bot.rasa.server import configure_logging, prepare_environment

    given = arguments.folder.resolve() if arguments.what == "public" else None
    prepare_environment(tensorflow=getattr(arguments, "diet", False))  # before numpy is imported, or its threads would wait busily and be measured too
    from bot.bench.report import write_report

    if given:
        arguments.folder = given
    configure_logging(errors_only=True)
    titles = {"turns": "Ivy beside Rasa's default", "parts": "Where a message's milliseconds go", "public": "Public intent sets", "scale": "Several Ivys"}
    write_report(f"bench_{arguments.what}", titles[arguments.what], import_module(f"bot.bench.{arguments.what}").report(arguments))
    return 0


def _share(value: str) -> float:
    share = float(value)
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{value} is no share; give more than 0 and at most 1")
    return share
