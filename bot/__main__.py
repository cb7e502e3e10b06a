"""The command `ivy`. Each command imports what it needs when it runs, so that help is quick."""

from __future__ import annotations

import argparse
import sys

from bot.commands import ask, check, evaluate, purge, serve, train

COMMANDS = (serve, ask, check, train, evaluate, purge)


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0 done, 1 problems found, 2 could not run."""
    parser = argparse.ArgumentParser(prog="ivy", description="Ivy explains IVIG in blood disorders to patients.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for module in COMMANDS:
        name = module.__name__.rsplit(".", 1)[-1]
        command = commands.add_parser(name, help=module.__doc__.splitlines()[0], description=module.__doc__)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    chosen = parser.parse_args(arguments)
    try:
        return chosen.run(chosen)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if not _expected(error):
            raise
        print(error, file=sys.stderr)
        return 2


def _expected(error: Exception) -> bool:
    """Errors whose message already names the trouble and the repair."""
    return type(error).__name__ in {"ContentError", "LexiconError", "EncoderError", "StartError", "TrackerDatabaseError", "DataError", "SettingError"}


if __name__ == "__main__":
    sys.exit(main())
