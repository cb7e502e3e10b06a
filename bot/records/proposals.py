"""Sentences that somebody on the clinician's page proposes as tests: in their own words, until they are taken in or deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

import sqlalchemy as sa

from bot.records.database import metadata

proposals = sa.Table(
    "proposals",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("topic", sa.String(120), nullable=False),
    sa.Column("tier", sa.String(16), nullable=False),
    sa.Column("group", sa.String(60), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
)


@dataclass(frozen=True)
class Proposal:
    """A proposed test: either a `topic` the sentence belongs to, or (`topic` empty) the `tier` it should be judged
    as, with the sign (`group`) and the `kind` of message, as tests/safety/lines.yml has them. `number` is 0 until it is stored."""

    text: str
    by: str
    topic: str = ""
    tier: str = ""
    group: str = ""
    kind: str = ""
    number: int = 0
    at: str = ""


def add_proposal(engine: sa.engine.Engine, proposed: Proposal) -> Proposal:
    """Store a proposal. The same sentence with the same expectation is stored once. Raises sqlalchemy.exc.SQLAlchemyError."""
    same = {key: getattr(proposed, key) for key in ("text", "topic", "tier", "group", "kind")}
    with engine.begin() as connection:
        there = connection.execute(sa.select(proposals).filter_by(**same)).mappings().first()
        if there:
            return Proposal(**there)
        row = {**same, "by": proposed.by, "at": datetime.now(timezone.utc).isoformat(timespec="seconds")}
        number = connection.execute(proposals.insert().values(**row)).inserted_primary_key[0]
    return Proposal(**row, number=number)


def all_proposals(engine: sa.engine.Engine) -> list[Proposal]:
    """Every proposal, oldest first."""
    with engine.connect() as connection:
        return [Proposal(**row) for row in connection.execute(sa.select(proposals).order_by(proposals.c.number)).mappings()]


def delete_proposals(engine: sa.engine.Engine, numbers: list[int]) -> int:
    """Delete proposals for good. Returns how many there were."""
    with engine.begin() as connection:
        return connection.execute(proposals.delete().where(proposals.c.number.in_(numbers))).rowcount
