"""Show what is set, and where a setting is wrong; `--page` prints the documentation of all settings."""

from __future__ import annotations

import argparse
import os


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--page", action="store_true", help="print docs/settings.md")


def run(arguments: argparse.Namespace) -> int:
    """0; a setting that is wrong has ended the program before."""
    from bot.configuration import distributed, listing, page

    if arguments.page:
        print(page(), end="")
        return 0
    print("\n".join([*listing(os.environ), "distributed: several servers" if distributed(os.environ) else "embedded: one server"]))
    return 0
