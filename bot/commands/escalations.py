"""Alerts and the notices of them to the clinic: how many wait, which could not be delivered. Exit code 1 while there are dead ones."""

from __future__ import annotations

import argparse
import json
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the same as one line of JSON")
    act = parser.add_mutually_exclusive_group()
    act.add_argument("--retry", action="store_true", help="try the dead notices again for a day; the running server does it")
    act.add_argument("--test", action="store_true", help="send one test notice by each way that is set up, now, and say whether it arrived")


def run(arguments: argparse.Namespace) -> int:
    if arguments.test:
        return _test()
    from bot.records import journal
    from bot.records.database import installed_records
    from bot.records.escalations import count_escalations
    from bot.records.outbox import count_notices, dead_notices, retry_dead

    engine = installed_records()
    if arguments.retry:
        print(f"{retry_dead(engine)} notices are tried again", file=sys.stderr)
    dead = dead_notices(engine)
    found = {"recorded": count_escalations(engine), "journal": journal.count(), "notices": count_notices(engine), "dead": [vars(notice) for notice in dead]}
    if arguments.json:
        print(json.dumps(found))
        return 1 if dead else 0
    print(f"{found['recorded']} alerts are on record; {found['journal']} wait on this machine's disk until the records are back")
    print("notices: " + ", ".join(f"{count} {state}" for state, count in found["notices"].items()))
    for notice in dead:
        told = json.loads(notice.body)
        print(f"dead  {notice.id}  {notice.way}  {told['at']}  {told['tier']} {' '.join(told['signs'])}: {notice.tries} tries, the last: {notice.why}")
    return 1 if dead else 0


def _test() -> int:
    from datetime import datetime, timezone
    from secrets import token_hex

    from bot.records.notices import NotDelivered, check_settings, read_settings, send

    settings, failed = check_settings(read_settings()), False
    if not settings.ways:
        print("no way is set up: set IVY_NOTIFY_WEBHOOK or IVY_NOTIFY_EMAIL (docs/notifications.md)", file=sys.stderr)
        return 2
    for way in settings.ways:
        key = token_hex(16)
        body = {"id": key, "type": "test", "at": datetime.now(timezone.utc).isoformat(timespec="seconds"), "tier": "none", "signs": [], "content": "", "channel": ""}
        try:
            send(settings, way, key, json.dumps(body))
            print(f"{way}: test notice {key} was taken")
        except NotDelivered as error:
            failed = True
            print(f"{way}: {error}")
    return 1 if failed else 0
