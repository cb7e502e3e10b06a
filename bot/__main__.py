"""The command `ivy`. Each command imports what it needs when it runs, so that help is quick."""

from __future__ import annotations

import argparse
import os
import sys
from types import ModuleType

from bot.commands import accounts, approvals, ask, backup, bench, channels, check, escalations, evaluate, outage_page, preview, purge, release, restore, serve, settings, train, version
from bot.configuration import apply_settings

COMMANDS = (serve, ask, check, preview, approvals, accounts, channels, train, evaluate, bench, escalations, purge, backup, restore, release, version, settings, outage_page)


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0 done, 1 problems found, 2 could not run, 3 signatures end soon (check --approvals)."""
    parser = argparse.ArgumentParser(prog="ivy", description="Ivy explains IVIG in blood disorders to patients.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for module in COMMANDS:
        name = name_of(module)
        command = commands.add_parser(name, help=module.__doc__.splitlines()[0], description=module.__doc__)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    chosen = parser.parse_args(arguments)
    try:
        apply_settings(os.environ, serving=chosen.command in ("serve", "settings"))
        return chosen.run(chosen)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `ivy check --topics | head`: who reads has had enough (docs.python.org, "Note on SIGPIPE")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if not _expected(error):
            raise
        print(error, file=sys.stderr)
        return 2


def name_of(module: ModuleType) -> str:
    """A command as it is typed."""
    return module.__name__.rsplit(".", 1)[-1].replace("_", "-")


def _expected(error: Exception) -> bool:
    """Errors whose message already names the trouble and the repair."""
    return type(error).__name__ in {"ContentError", "LexiconError", "EncoderError", "StartError", "TrackerDatabaseError", "DataError", "SettingError", "BenchError", "RecordsError", "AccountError", "LedgerError", "BackupError", "ReleaseError"}


if __name__ == "__main__":
    sys.exit(main())
