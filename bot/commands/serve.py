"""Start the chat page, Rasa and the action server; Ctrl-C ends all of it."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8080, help="the page's port (default 8080; the action server takes the next one)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
    parser.add_argument("--mode", choices=("demo", "clinic"), help="demo serves drafts, marked; clinic serves only approved words")
    parser.add_argument("--release", metavar="FOLDER", help="serve this release, once its signature and every hash are verified (default: IVY_RELEASE)")


def run(arguments: argparse.Namespace) -> int:
    from bot.release.serving import use_release

    release = use_release(arguments.release)  # first of all: what it refuses must not be loaded
    if release:
        print(f"Release {release['id']}: the signature and {len(release['files'])} files are right", flush=True)
    from bot.rasa.server import prepare_environment

    prepare_environment()
    from bot.rasa.server import serve

    serve(arguments.port, arguments.mode, arguments.host)
    return 0
