"""Who vouches for which exact words, until when: an append-only table, each row chained to the last.

An approval binds to the sha256 of an item's source, carries that source whole, and ends by itself. Any
edit of the file makes a new hash, which nobody has approved yet."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime, timezone
from typing import Iterable, Mapping, Optional

import sqlalchemy as sa

from bot.library.items import text_hash
from bot.records.database import metadata

approvals = sa.Table(
    "approvals",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("item", sa.String(120), nullable=False),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("role", sa.String(40), nullable=False),
    sa.Column("checked", sa.String(200), nullable=False),
    sa.Column("until", sa.String(10), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("before", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
)
#: propose: an author lays these words before the clinicians. send_back: a clinician asks for others.
ACTS = ("approve", "withdraw", "send_back", "propose")
FIRST = "0" * 64


@dataclass(frozen=True)
class Approval:
    """One row. `by` is an account's name; `until` the last day an approval holds (ISO date, "" for other acts);
    `before` the hash of the row before."""

    number: int
    item: str
    act: str
    version: str
    text: str
    by: str
    role: str
    checked: str
    until: str
    note: str
    at: str
    before: str
    hash: str

    @property
    def intact(self) -> bool:
        """False when the row was changed after it was written: nobody vouched for what it now says."""
        return self.hash == row_hash(asdict(self)) and self.version == text_hash(self.text)


def append(engine: sa.engine.Engine, item: str, text: str, by: str, role: str, checked: str, until: Optional[date] = None, act: str = "approve", note: str = "") -> Approval:
    """Add a row to the end of the chain and return it. Two writers at once cannot take the same
    place: the row's number is the key, and the loser tries again at the new end.

    Raises ValueError for an unknown act or an approval without an end, sqlalchemy.exc.IntegrityError for a field that is missing."""
    if act not in ACTS:
        raise ValueError(f"act '{act}' is not known; use one of: {', '.join(ACTS)}")
    if act == "approve" and until is None:
        raise ValueError("an approval needs the day on which it ends")
    values = {"item": item, "act": act, "version": text_hash(text), "text": text, "by": by, "role": role, "checked": checked,
              "until": until.isoformat() if until else "", "note": note, "at": datetime.now(timezone.utc).isoformat(timespec="seconds")}
    while True:
        try:
            with engine.begin() as connection:
                last = connection.execute(sa.select(approvals).order_by(approvals.c.number.desc()).limit(1)).mappings().first()
                row = {**values, "number": (last["number"] + 1) if last else 1, "before": last["hash"] if last else FIRST}
                row["hash"] = row_hash(row)
                connection.execute(approvals.insert().values(**row))
                return Approval(**row)
        except sa.exc.IntegrityError:
            if head(engine) == row["before"]:  # nobody took the place: the row itself is refused
                raise


def row_hash(row: Mapping) -> str:
    """sha256 over every field but the hash itself, in a fixed order."""
    body = {key: row[key] for key in sorted(row) if key != "hash"}
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def all_rows(engine: sa.engine.Engine) -> list[Approval]:
    """Every row, oldest first."""
    with engine.connect() as connection:
        return [Approval(**row) for row in connection.execute(sa.select(approvals).order_by(approvals.c.number)).mappings()]


def head(engine: sa.engine.Engine) -> str:
    """The last row's hash: servers compare it to learn of a change."""
    with engine.connect() as connection:
        return connection.execute(sa.select(approvals.c.hash).order_by(approvals.c.number.desc()).limit(1)).scalar() or FIRST


def verify(rows: Iterable[Approval]) -> list[str]:
    """What is wrong with a chain, place by place; empty when every row is whole and in order."""
    wrong, before = [], FIRST
    for place, row in enumerate(rows, 1):
        if row.number != place:
            wrong.append(f"row {place}: has number {row.number}; a row is missing, added or moved")
        if row.before != before:
            wrong.append(f"row {place} ({row.item}): does not follow the row before it")
        if row.hash != row_hash(asdict(row)):
            wrong.append(f"row {place} ({row.item}): its content was changed after it was written")
        if row.version != text_hash(row.text):
            wrong.append(f"row {place} ({row.item}): its text is not the text it approves")
        before = row.hash
    return wrong
