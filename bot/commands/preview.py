"""Open the clinician's page: preview, try and sign the words; Ctrl-C ends it."""

from __future__ import annotations

import argparse
import os

LOOPBACK = "127.0.0.1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8090, help="the page's port (default 8090)")


def run(arguments: argparse.Namespace) -> int:
    from bot.rasa.ports import becomes_free
    from bot.rasa.server import StartError, configure_logging, prepare_environment

    prepare_environment()
    if not becomes_free(arguments.port):
        raise StartError(f"port {arguments.port} is in use; stop what uses it, or choose another: PREVIEW_PORT={arguments.port + 100} make preview")
    configure_logging()
    from bot.preview.app import build_server
    from bot.preview.site import open_site
    from bot.records.accounts import first_link

    site = open_site()
    hosts = tuple(name.strip() for name in os.environ.get("IVY_PREVIEW_HOSTS", "").split(",") if name.strip())
    address = f"http://{LOOPBACK}:{arguments.port}"
    print(f"The clinician's page: {address}/   (Ctrl-C ends it)", flush=True)
    link = first_link(site.engine)
    if link:
        print(f"There is no account yet. Make one with this link; it works once, for a day:\n{address}/setup/{link}", flush=True)
    build_server(site, arguments.port, hosts).run()
    return 0
