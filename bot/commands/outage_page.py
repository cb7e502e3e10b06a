"""Print what nginx says while no Ivy is up, as a part of its configuration (deploy/nginx/ivy.conf).

Run it again after each change of the clinic's numbers. In clinic mode it prints the words that were
approved, and refuses where a server would: while some never were."""

from __future__ import annotations

import argparse
import os


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(arguments: argparse.Namespace) -> int:
    from bot.rasa.server import approved_content, must_be_approved, prepare_environment

    prepare_environment()
    if os.environ.get("IVY_MODE") == "clinic":
        os.environ["IVY_CONTENT"] = str(approved_content(0))
    from bot.front import outage_conf
    from bot.library.service import speaker

    must_be_approved(speaker().desk)
    print(outage_conf(), end="")
    return 0
