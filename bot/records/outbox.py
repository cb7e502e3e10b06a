"""Notices to the clinic that a warning sign was met: written with the alert, delivered later, once for each way.

The transactional outbox (microservices.io/patterns/data/transactional-outbox.html): the notice stands in the
transaction of the escalation, so there is never one without the other. Delivery is at least once; a notice's id
stays the same through all tries, and a receiver ignores one that it knows. No patient's words, no conversation."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Mapping, Optional, Sequence

import sqlalchemy as sa

from bot.records.database import metadata

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("way", sa.String(16), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("made_at", sa.String(32), nullable=False),
    sa.Column("due_at", sa.String(32), nullable=False),
    sa.Column("until", sa.String(32), nullable=False),
    sa.Column("lease", sa.String(32), nullable=False),
    sa.Column("leased_until", sa.String(32), nullable=False),
    sa.Column("why", sa.String(80), nullable=False),
)
sa.Index("outbox_due", outbox.c.state, outbox.c.due_at)
STATES = ("waiting", "sent", "dead")
LEASE = timedelta(minutes=2)  # longer than any try takes: after it another replica may take the notice over
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Notice:
    """A notice in hand. `id`: the idempotency key; `way`: webhook or email; `body`: the JSON that is delivered,
    the same at every try; `tries`: how often it was tried before; `lease`: the right to settle it."""

    id: str
    way: str
    body: str
    tries: int
    lease: str


@dataclass(frozen=True)
class DeadNotice:
    """A notice that could not be delivered. `why`: what the last try met."""

    id: str
    way: str
    body: str
    tries: int
    made_at: str
    why: str


def enqueue(connection: sa.engine.Connection, alert: Mapping[str, str], ways: Sequence[str], now: Optional[datetime] = None) -> None:
    """Add a notice for each way, within the transaction that records the alert."""
    now = now or _now()
    for way in ways:
        key = secrets.token_hex(16)
        body = {"id": key, "type": "escalation", "at": alert["at"], "tier": alert["tier"], "signs": alert["signs"].split(), "content": alert["content"], "channel": alert["channel"]}
        connection.execute(outbox.insert().values(id=key, way=way, body=json.dumps(body), state="waiting", tries=0, made_at=_iso(now), due_at=_iso(now),
                                                  until=_iso(now + GIVE_UP_AFTER), lease="", leased_until="", why=""))


def claim(engine: sa.engine.Engine, way: str, now: Optional[datetime] = None) -> Optional[Notice]:
    """Take the notice of a way that has been due longest, for LEASE. No two callers get the same one: PostgreSQL
    skips rows that another transaction holds, SQLite lets one writer in at a time."""
    now = now or _now()
    due = sa.and_(outbox.c.state == "waiting", outbox.c.way == way, outbox.c.due_at <= _iso(now), outbox.c.leased_until <= _iso(now))
    first = sa.select(outbox.c.id).where(due).order_by(outbox.c.due_at).limit(1)
    with engine.connect() as connection:
        if not connection.execute(first).first():
            return None  # without taking the one place of SQLite's writer
    lease = secrets.token_hex(16)
    with engine.begin() as connection:
        connection.execute(outbox.update().where(outbox.c.id == first.with_for_update(skip_locked=True).scalar_subquery()).values(lease=lease, leased_until=_iso(now + LEASE)))
        row = connection.execute(sa.select(outbox).where(outbox.c.lease == lease)).mappings().first()
    return Notice(**{key: row[key] for key in Notice.__dataclass_fields__}) if row else None


def settle(engine: sa.engine.Engine, notice: Notice, why: str = "", wait: Optional[float] = None, now: Optional[datetime] = None) -> str:
    """Write down how a try ended: sent, or (`why`) to be tried again, later each time or after `wait` seconds, or dead
    after GIVE_UP_AFTER. Returns the state; "" when the lease had ended and the notice is somebody else's now."""
    now = now or _now()
    with engine.begin() as connection:
        mine = outbox.c.lease == notice.lease
        until = connection.execute(sa.select(outbox.c.until).where(mine)).scalar()
        if until is None:
            return ""
        pause = min(FIRST_WAIT * 2 ** min(notice.tries, 20), LONGEST_WAIT) if wait is None else min(timedelta(seconds=wait), LONGEST_WAIT)
        state = "sent" if not why else "dead" if _iso(now + pause) > until else "waiting"
        connection.execute(outbox.update().where(mine).values(state=state, tries=notice.tries + 1, due_at=_iso(now + pause), lease="", leased_until="", why=why[:80]))
    return state


def retry_dead(engine: sa.engine.Engine, now: Optional[datetime] = None) -> int:
    """Give every dead notice another GIVE_UP_AFTER, from now on. Returns how many."""
    now = now or _now()
    with engine.begin() as connection:
        return connection.execute(outbox.update().where(outbox.c.state == "dead").values(
            state="waiting", due_at=_iso(now), until=_iso(now + GIVE_UP_AFTER), tries=0)).rowcount


def count_notices(engine: sa.engine.Engine) -> dict[str, int]:
    """How many notices are in each state."""
    with engine.connect() as connection:
        found = dict(connection.execute(sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)).all())
    return {state: found.get(state, 0) for state in STATES}


def dead_notices(engine: sa.engine.Engine) -> list[DeadNotice]:
    """Every notice that could not be delivered, oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(sa.select(outbox).where(outbox.c.state == "dead").order_by(outbox.c.made_at)).mappings()
        return [DeadNotice(**{key: row[key] for key in DeadNotice.__dataclass_fields__}) for row in rows]


def purge_notices(engine: sa.engine.Engine, older_than_days: int) -> int:
    """Delete notices older than so many days that are sent or dead. Returns how many."""
    limit = _iso(_now() - timedelta(days=older_than_days))
    with engine.begin() as connection:
        return connection.execute(outbox.delete().where(outbox.c.state != "waiting", outbox.c.made_at < limit)).rowcount


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _iso(moment: datetime) -> str:
    """Of one length, so that texts compare as times do."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")
