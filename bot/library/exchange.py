"""The ledger as a file: JSON lines that another installation can take in, CSV for people to read."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, fields
from typing import Iterable, Sequence

import sqlalchemy as sa

from bot.library.approvals import Approval, all_rows, approvals, verify

COLUMNS = tuple(field.name for field in fields(Approval))


class LedgerError(ValueError):
    """The file was not taken in; the message lists every reason. The ledger was not changed."""


def as_json_lines(rows: Iterable[Approval]) -> str:
    """One row a line, oldest first; what `from_json_lines` reads."""
    return "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows)


def as_csv(rows: Iterable[Approval]) -> str:
    """For a spreadsheet. A cell that one could take for a formula gets an apostrophe before it (OWASP, CSV injection)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in asdict(row).values()] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if str(value).startswith(("=", "+", "-", "@", "\t", "\r")) else value


def from_json_lines(text: str) -> list[Approval]:
    """The rows of an export. Raises LedgerError naming each line that is none."""
    rows, problems = [], []
    for place, line in enumerate(text.rstrip("\n").split("\n") if text.strip() else (), 1):  # not splitlines: texts hold other line ends too
        try:
            entry = json.loads(line)
            if not isinstance(entry, dict) or set(entry) != set(COLUMNS):
                raise ValueError(f"needs exactly {', '.join(COLUMNS)}")
            if not all(isinstance(value, int if key == "number" else str) for key, value in entry.items()):
                raise ValueError("number is a whole number, everything else text")
            rows.append(Approval(**entry))
        except ValueError as error:
            problems.append(f"line {place}: is no row of a ledger ({error})")
    if problems:
        raise LedgerError("\n".join([*problems, "Take the file from ivy approvals export again."]))
    return rows


def take_in(engine: sa.engine.Engine, rows: Sequence[Approval]) -> int:
    """Add the rows of another ledger that continue this one. Returns how many were new: none, when all are here.

    Raises LedgerError, and adds nothing, when either is damaged or the two went apart."""
    try:
        with engine.begin() as connection:
            return _add(connection, rows)
    except sa.exc.IntegrityError as error:
        raise LedgerError("Somebody signed at the same moment. Nothing was taken in; try again.") from error


def _add(connection: sa.engine.Connection, rows: Sequence[Approval]) -> int:
    here = [Approval(**row) for row in connection.execute(sa.select(approvals).order_by(approvals.c.number)).mappings()]
    problems = [*(f"the file: {wrong}" for wrong in verify(rows)), *(f"this ledger: {wrong}" for wrong in verify(here))] or differences(here, rows)
    if problems:
        raise LedgerError("\n".join([*problems, "Nothing was taken in."]))
    new = rows[len(here):]
    if new:
        connection.execute(approvals.insert(), [asdict(row) for row in new])
    return len(new)


def differences(here: Sequence[Approval], there: Sequence[Approval]) -> list[str]:
    """Where two whole ledgers went apart; empty when one continues the other."""
    for mine, other in zip(here, there):
        if mine.hash != other.hash:
            return [f"row {mine.number}: here {_named(mine)}, in the file {_named(other)}; the two ledgers went apart before it"]
    return []


def missing_here(engine: sa.engine.Engine, there: Sequence[Approval]) -> list[str]:
    """What an earlier export has and this ledger has not: rows cut off its end leave no other trace."""
    here = all_rows(engine)
    return differences(here, there) or [f"row {row.number}: {_named(row)} was there when the file was written, and is gone" for row in there[len(here):]]


def _named(row: Approval) -> str:
    return f"{row.act} of {row.item} by {row.by} at {row.at}"
