"""Write conversations and records into one file, while Ivy runs or not."""

from __future__ import annotations

import argparse
import time
from datetime import datetime, timezone
from pathlib import Path

DAY = 24 * 3600


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a file that is not there yet, or a folder, in which it is named by the time; it will hold patients' words")
    parser.add_argument("--keep", type=int, metavar="DAYS", help="with a folder: once the new backup is there, delete those of this command that are older")


def run(arguments: argparse.Namespace) -> int:
    from bot.records.backup import BackupError, make_backup

    folder = arguments.file if arguments.file.is_dir() else None
    if arguments.keep is not None and (folder is None or arguments.keep < 0):
        raise BackupError("--keep goes with a folder that is there, and a number of days from 0 on")
    file = folder / f"ivy-{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}.backup" if folder else arguments.file
    manifest = make_backup(file)
    for name, part in manifest["parts"].items():
        print(f"{name}: {part['engine']}, {part['bytes']} bytes, sha256 {part['sha256']}")
    print(f"written to {file}; restore it now and then on another machine: ivy restore {file}")
    if arguments.keep is not None:
        print(f"deleted {_delete_older(file, arguments.keep)} older backups")
    return 0


def _delete_older(newest: Path, days: int) -> int:
    old = [path for path in newest.parent.glob("ivy-*Z.backup") if path != newest and path.stat().st_mtime < time.time() - days * DAY]
    for path in old:
        path.unlink()
    return len(old)
