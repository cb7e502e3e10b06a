"""Delete conversations, unanswered questions, escalation records and notices older than so many days. Fit for a cron job: exit code 2 when a part could not be done."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Callable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--days", type=int, help="delete conversations and unanswered questions older than this (default: IVY_KEEP_DAYS, or 30)")
    parser.add_argument("--escalations-days", type=int, default=365, help="the same for escalation records and notices, which hold no words (default 365)")
    parser.add_argument("--json", action="store_true", help="the counts as one line of JSON")


def run(arguments: argparse.Namespace) -> int:
    from bot.project import keep_days
    from bot.records.database import installed_records
    from bot.records.escalations import purge_escalations
    from bot.records.outbox import purge_notices
    from bot.records.unanswered import purge_unanswered
    from bot.settings import MOST_DAYS

    days, longer = keep_days() if arguments.days is None else arguments.days, arguments.escalations_days
    if min(days, longer) < 0 or max(days, longer) > MOST_DAYS:
        print(f"days go from 0 to {MOST_DAYS}", file=sys.stderr)
        return 2
    deleted = {"conversation events": _done(lambda: _conversations(days)), "unanswered questions": _done(lambda: purge_unanswered(installed_records(), days)),
               "escalation records": _done(lambda: purge_escalations(installed_records(), longer)), "notices": _done(lambda: purge_notices(installed_records(), longer))}
    if arguments.json:
        print(json.dumps(deleted))
    else:
        print("deleted " + ", ".join(f"{'no' if count is None else count} {what}{'' if count is not None else ' (failed)'}" for what, count in deleted.items()))
    return 2 if None in deleted.values() else 0


def _done(delete: Callable[[], int]) -> int | None:
    """How many were deleted; None, told, when it failed: the other parts are still purged."""
    try:
        return delete()
    except Exception as error:  # noqa: BLE001 - a cron job reads what failed, and the next one tries again
        print(str(getattr(error, "orig", error)).splitlines()[0], file=sys.stderr)
        return None


def _conversations(days: int) -> int:
    from bot.rasa.server import prepare_environment

    prepare_environment()
    from bot.rasa.tracker_store import IvyTrackerStore

    return IvyTrackerStore().purge(days)
