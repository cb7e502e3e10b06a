"""Train what was not trained on the present sentences: the safety detector and Rasa's model.

`make chat` calls it; it does nothing when nothing it depends on has changed."""

from __future__ import annotations

import argparse
import os
import time


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="train even if nothing changed")


def run(arguments: argparse.Namespace) -> int:
    # set before numpy and the encoders are imported; a server keeps to one thread
    for library in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(library, str(os.cpu_count()))
    from bot.training import stale_parts, train_part

    for part in stale_parts(arguments.force):
        print(f"training {part} (one to four minutes on two cores) ...", flush=True)
        started = time.monotonic()
        train_part(part)
        print(f"trained {part} in {time.monotonic() - started:.0f} s", flush=True)
    return 0
