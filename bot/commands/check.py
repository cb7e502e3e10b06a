"""Read all of content, lexicon, domain and data; report path, line, problem and repair, all at once.

Exit code: 0 nothing to do, 1 problems, 2 could not run, 3 signatures end within 30 days or have ended (--approvals)."""

from __future__ import annotations

import argparse
import os


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", help="report only problems in files whose path starts so")
    parser.add_argument("--sign", help="print one warning sign as prose, for a clinician")
    parser.add_argument("--topics", action="store_true", help="print the table of topics: sentences, words, grades, sources, PEMAT")
    parser.add_argument("--approvals", action="store_true", help="list the signatures that end within 30 days or have ended; exit code 3 when there are any")
    parser.add_argument("--open-facts", action="store_true", help="list the claims that still need a source")


def run(arguments: argparse.Namespace) -> int:
    from bot.checking import all_problems, counts
    from bot.library.checks import open_facts
    from bot.library.library import read_library
    from bot.project import ROOT

    if arguments.sign:
        from bot.safety.prose import sign_as_prose

        try:
            print(sign_as_prose(arguments.sign))
        except LookupError as error:
            print(error.args[0])
            return 2
        return 0
    if arguments.topics:
        from bot.topic_table import topic_table

        print("\n".join(topic_table(read_library())))
        return 0
    if arguments.approvals:
        return _endings()
    if arguments.open_facts:
        facts = open_facts(read_library())
        for path, line, sentence in facts:
            print(f"{path}:{line}: {sentence}")
        print(f"\n{len(facts)} claims rest on no source that was read; each needs one, or a clinician's decision.")
        return 0
    asked = tuple(os.path.normpath(path) for path in arguments.paths)
    missing = [path for path in asked if not (ROOT / path).exists()]
    if missing:
        print(f"{', '.join(missing)}: no such file in {ROOT}; name files or folders as they stand there, such as content/answers")
        return 2
    found = list(all_problems())
    problems = [problem for problem in found if not asked or problem.path.startswith(asked)]
    for problem in problems:
        print(problem)
    elsewhere = f" there; {len(found)} elsewhere" if found else f": {counts()}"
    print(f"{len(problems)} problems" if problems else f"no problems{elsewhere}")
    return 1 if problems else 0


def _endings() -> int:
    from bot.library.approvals import all_rows, verify
    from bot.library.service import speaker
    from bot.records.database import installed_records

    if verify(all_rows(installed_records())):  # what is damaged counts for nothing, so nothing in it would end
        print("the ledger is damaged: `ivy approvals verify` says where")
        return 2
    ending = speaker().desk.ending(speaker().situation().clinic_day())
    for item, state in ending.items():
        print(f"{item}: {'ended on' if state.days_left < 0 else 'ends after'} {state.standing.until.isoformat()} ({state.days_left} days), signed by {state.standing.by}")
    print(f"{len(ending)} items to sign again" if ending else "no signature ends within 30 days")
    return 3 if ending else 0
