"""The ledger of approvals: show, verify, export, import, and what was said. Approving is not possible here.

Only an account signs, on the clinician's page (ivy preview): a signature is a person's word, not a command's."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path


STATES = ("draft", "waiting", "approved", "changed", "expiring", "expired", "withheld", "sent_back")


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{typed}' is no day; write it as 2027-03-01") from None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(act="show", items=[], state=None, on=None)
    acts = parser.add_subparsers(metavar="act")
    show = acts.add_parser("show", help="each item with its state, and what blocks clinic mode")
    show.add_argument("items", nargs="*", help="only items whose id starts so; one item alone is shown with its history")
    show.add_argument("--state", choices=STATES, metavar="STATE", help=f"only items in this state: {', '.join(STATES)}")
    show.add_argument("--on", type=_day, metavar="DAY", help="as of a day, such as 2027-03-01")
    verify = acts.add_parser("verify", help="find every edit, gap and reorder of the ledger; exit code 1 when there is one")
    verify.add_argument("--against", type=Path, metavar="FILE", help="an earlier export (JSON lines): also finds rows that were cut off the end")
    export = acts.add_parser("export", help="write the whole ledger to a file")
    export.add_argument("file", nargs="?", type=Path, help="default: standard output")
    export.add_argument("--csv", action="store_true", help="for a spreadsheet; without it JSON lines, which import reads")
    take = acts.add_parser("import", help="take in another installation's rows (JSON lines) that continue this ledger; all or nothing")
    take.add_argument("file", type=Path)
    said = acts.add_parser("said", help="the exact words Ivy said, without the patient's")
    said.add_argument("--day", type=_day, help="a day, such as 2027-03-01, with --item")
    said.add_argument("--item", help="a content id, such as voice/greet")
    said.add_argument("--conversation", help="a conversation id that a patient hands over")
    for act, act_parser in acts.choices.items():
        act_parser.set_defaults(act=act)


def run(arguments: argparse.Namespace) -> int:
    return {"show": _show, "verify": _verify, "export": _export, "import": _import, "said": _said}[arguments.act](arguments)


def _engine():
    from bot.records.database import installed_records

    return installed_records()


def _show(arguments: argparse.Namespace) -> int:
    from bot.library.approvals import all_rows, verify
    from bot.library.library import read_library
    from bot.library.serving import Desk

    engine = _engine()
    desk = Desk(read_library(), engine)
    day = arguments.on or date.today()
    states = {item: state for item, state in desk.states(day).items() if not arguments.items or item.startswith(tuple(arguments.items))}
    if not states:
        print(f"no item begins with {' or '.join(arguments.items)}; `ivy approvals show` lists all")
        return 1
    for item, state in states.items():
        if not arguments.state or state.name == arguments.state:
            print(f"{state.name:10} {item}{_signers(state)}")
    if len(states) == 1:
        for row in desk.rows:
            if row.item in states:
                print(f"  {row.number}. {row.at} {row.act} by {row.by} ({row.role}){f', until {row.until}' if row.until else ''}, words {row.version[:12]}{': ' + row.note if row.note else ''}")
    if not arguments.items and not arguments.state:
        blocks = desk.blocks_clinic_mode()
        print(f"\n{len(blocks)} items block clinic mode" if blocks else "\nnothing blocks clinic mode")
    if verify(all_rows(engine)):
        print("\nThe ledger is damaged, and nothing that stands in it counts: `ivy approvals verify` says where")
        return 1
    return 0


def _signers(state) -> str:
    signed = f", signed by {state.standing.by} until {state.standing.until.isoformat()}" if state.standing else ""
    return signed + (f", {state.missing} more to sign" if state.name == "waiting" else "")


def _verify(arguments: argparse.Namespace) -> int:
    from bot.library.approvals import all_rows, verify
    from bot.library.exchange import from_json_lines, missing_here

    engine = _engine()
    rows = all_rows(engine)
    wrong = verify(rows)
    if arguments.against:
        wrong += missing_here(engine, from_json_lines(_read(arguments.against)))
    for line in wrong:
        print(line)
    print(f"{len(wrong)} places are damaged" if wrong else f"{len(rows)} rows, whole and in order" + (f"; the last is {rows[-1].hash}" if rows else ""))
    return 1 if wrong else 0


def _export(arguments: argparse.Namespace) -> int:
    from bot.library.approvals import all_rows
    from bot.library.exchange import LedgerError, as_csv, as_json_lines

    rows = all_rows(_engine())
    text = as_csv(rows) if arguments.csv else as_json_lines(rows)
    if arguments.file:
        try:
            arguments.file.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise LedgerError(f"{arguments.file} cannot be written ({error.strerror}); name a file in a folder that you may write to") from error
        print(f"{len(rows)} rows written to {arguments.file}", file=sys.stderr)
    else:
        sys.stdout.write(text)
    return 0


def _import(arguments: argparse.Namespace) -> int:
    from bot.library.exchange import from_json_lines, take_in

    new = take_in(_engine(), from_json_lines(_read(arguments.file)))
    print(f"{new} rows were new and are taken in" if new else "every row was here already")
    return 0


def _read(path: Path) -> str:
    from bot.library.exchange import LedgerError

    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise LedgerError(f"{path} cannot be read ({error}); name a file of ivy approvals export") from error


def _said(arguments: argparse.Namespace) -> int:
    from bot.records.archive import said_on_day
    from bot.records.conversations import said_in
    from bot.records.database import tracker_url

    if arguments.conversation:
        replies = said_in(tracker_url(), arguments.conversation)
        for reply in replies:
            _print(reply.at, reply.said, ", late: the patient may have got a line that Ivy cannot answer now in its place" if reply.late else "")
        if replies:
            print("What Ivy said while the conversations' database or the model was away stands in no conversation: ask for its day and item.", file=sys.stderr)
        else:
            print("Nothing is kept of this conversation: it was deleted (IVY_KEEP_DAYS, or by the patient), or there is none of this id.", file=sys.stderr)
    elif arguments.day and arguments.item:
        found = [*said_on_day(_engine(), arguments.day, arguments.item)]
        for said in found:
            _print(arguments.day.isoformat(), said)
        if not found:
            print(f"Ivy said nothing of {arguments.item} on {arguments.day.isoformat()}.", file=sys.stderr)
        _print_signed(arguments.day, arguments.item)
    else:
        print("name --day and --item, or --conversation", file=sys.stderr)
        return 2
    return 0


def _print(when: str, said, remark: str = "") -> None:
    print(f"-- {when} {said.content} ({said.block}, {said.state}, version {said.version[:12]}{'' if said.whole else ', as written: it was filled with the patient’s own words'}{remark})")
    buttons = " ".join(f"[{title}]" for title in said.buttons.splitlines())
    print("\n\n".join(filter(None, [said.label, said.text, buttons])) + "\n")


def _print_signed(day: date, item: str) -> None:
    from bot.library.approvals import all_rows
    from bot.library.library import read_library
    from bot.library.serving import Desk
    from bot.library.standing import stood_on

    desk = Desk(read_library(), None)
    for standing in stood_on(all_rows(_engine()), item, desk.rule(item), day, desk.library.clinic.time_zone):
        print(f"-- signed words that stood on that day, by {standing.by}, version {standing.version[:12]}, until {standing.until.isoformat()}\n{standing.text}\n")
