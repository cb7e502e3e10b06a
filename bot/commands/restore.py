"""Put the conversations and records of a backup in place. Stop Ivy first. Exit code 1 when the ledger in it is damaged."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a file of ivy backup")
    parser.add_argument("--replace", action="store_true", help="also where something is kept already, which is lost by it; newer signatures stay")


def run(arguments: argparse.Namespace) -> int:
    from bot.records.backup import restore_backup

    restored = restore_backup(arguments.file, arguments.replace)
    print(f"restored as of {restored.made_at}: {restored.events} conversation events, {restored.approvals} rows of approvals")
    if restored.carried:
        print(f"{restored.carried} of these rows were newer here than in the backup and were kept, so that no withdrawal is lost")
    for line in restored.wrong:
        print(f"ledger: {line}")
    print("Conversations that were deleted since are back until the next purge: run ivy purge now, or start Ivy, which purges first.")
    return 1 if restored.wrong else 0
