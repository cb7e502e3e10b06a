"""Messaging apps: what is set up, what is missing, and whether the platforms can be reached."""

from __future__ import annotations

import argparse

PATIENCE = 5.0  # seconds for one question to a platform


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("act", choices=("check",), help="check: ask each platform that is set up; nothing is changed, and nobody is written to")


def run(arguments: argparse.Namespace) -> int:
    """0 when everything that is set up works, 1 when something does not."""
    from bot.rasa.server import prepare_environment

    prepare_environment()
    import asyncio

    findings = asyncio.run(_look())
    for finding in findings:
        sign = {True: "ok", False: "NO", None: "-"}[finding.works]
        print(f"{finding.app:<10} {finding.what:<14} {sign:<3} {finding.says}")
    return 1 if any(finding.works is False for finding in findings) else 0


async def _look() -> list:
    from bot.channels.courier import Courier
    from bot.channels.reachable import look, look_at_ourselves
    from bot.channels.settings import APPS, is_on

    courier = Courier(timeout=PATIENCE)
    try:
        findings = [finding for app in APPS for finding in await look(app, courier)]
        return findings + ([await look_at_ourselves(courier)] if any(map(is_on, APPS)) else [])
    finally:
        await courier.close()
