"""Which Ivy this is, down to the bytes: code, model, safety model, content, lexicon, encoders, ledger, release."""

from __future__ import annotations

import argparse
import json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as one line of JSON")


def run(arguments: argparse.Namespace) -> int:
    from bot.release.serving import use_release

    manifest = use_release()
    from bot.release.versions import describe

    found = {**describe(), "release_verified": manifest is not None}
    if arguments.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name.replace('_', ' '):16} {'not there' if value is None else 'no' if value is False else 'yes' if value is True else value}")
    return 0
