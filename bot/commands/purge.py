"""Delete conversations and escalation records older than so many days."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--days", type=int, default=30, help="delete what is older than this (default 30)")
    parser.add_argument("--escalations-days", type=int, default=365, help="the same for escalation records, which hold no words (default 365)")


def run(arguments: argparse.Namespace) -> int:
    if min(arguments.days, arguments.escalations_days) < 0:
        print("days cannot be negative")
        return 2
    from bot.rasa.server import prepare_environment

    prepare_environment()
    from bot.rasa.tracker_store import IvyTrackerStore
    from bot.records.database import database_url, open_database
    from bot.records.escalations import purge_escalations

    events = IvyTrackerStore().purge(arguments.days)
    records = purge_escalations(open_database(database_url()), arguments.escalations_days)
    print(f"deleted {events} conversation events older than {arguments.days} days and {records} escalation records older than {arguments.escalations_days} days")
    return 0
