"""Questions that Ivy had no answer for, kept for clinicians where the clinic has switched that on (IVY_KEEP_UNANSWERED).

The one exception to "no patient's words outside the conversation": only words that `bot.understanding.scrubbing` is
certain of, never who asked. What it is not certain of is only counted."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Callable, Sequence

import numpy as np
import sqlalchemy as sa
import structlog

from bot.records.database import metadata, records
from bot.understanding.clusters import EXAMPLES, groups
from bot.understanding.scrubbing import LONGEST, scrubbed

FEWEST = 5      # conversations that asked alike, before a question is shown
MOST_READ = 1_000  # of the latest questions; more would take long to group

log = structlog.get_logger()
#: Tells five questions of one conversation from one of five, and nobody else: it is gone when the process ends.
_KEY = secrets.token_bytes(32)

unanswered = sa.Table(
    "unanswered",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("day", sa.String(10), nullable=False, index=True),
    sa.Column("why", sa.String(40), nullable=False),
    sa.Column("text", sa.String(LONGEST + 100)),
    sa.Column("asker", sa.String(16)),
)


@dataclass(frozen=True)
class Asked:
    """What was asked alike in several conversations. `conversations`: how many, at least FEWEST; `examples`: typical questions as they are kept;
    `why`: what Ivy said instead, by how often."""

    conversations: int
    examples: tuple[str, ...]
    why: dict[str, int]


def note_unanswered(text: str, why: str, sender_id: str) -> None:
    """Keep a question in this installation's records, or only count it. Never raises: the reply has left already.

    `why`: the name of the line that was said instead, such as not_sure."""
    try:
        engine = records()
        if engine is not None:
            keep_unanswered(engine, text, why, sender_id)
    except Exception as error:  # noqa: BLE001 - nobody waits for it
        log.error("unanswered_not_kept", error=type(error).__name__)


def keep_unanswered(engine: sa.engine.Engine, text: str, why: str, sender_id: str) -> None:
    """Write the scrubbed question, or a row without words where it cannot be scrubbed with certainty."""
    words = scrubbed(text)
    asker = hmac.new(_KEY, sender_id.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:16] if words else None
    with engine.begin() as connection:
        connection.execute(unanswered.insert().values(day=_today().isoformat(), why=why[:40], text=words, asker=asker))


def asked_often(engine: sa.engine.Engine, encode: Callable[[Sequence[str]], np.ndarray]) -> list[Asked]:
    """What was asked in at least FEWEST conversations, most asked first."""
    query = sa.select(unanswered.c.text, unanswered.c.why, unanswered.c.asker).where(unanswered.c.text.isnot(None)).order_by(unanswered.c.number.desc()).limit(MOST_READ)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    texts = sorted({row.text for row in rows})
    found = []
    for group in groups(texts, encode):
        alike = [texts[place] for place in group]
        of_group = [row for row in rows if row.text in set(alike)]
        conversations = len({row.asker for row in of_group})
        if conversations >= FEWEST:
            found.append(Asked(conversations, tuple(alike[:EXAMPLES]), dict(Counter(row.why for row in of_group))))
    return sorted(found, key=lambda asked: -asked.conversations)


def counts(engine: sa.engine.Engine) -> dict[str, int]:
    """How many questions are kept with words, and how many were only counted: {"kept": n, "counted": n}."""
    with engine.connect() as connection:
        kept, every = connection.execute(sa.select(sa.func.count(unanswered.c.text), sa.func.count())).one()
    return {"kept": kept, "counted": every - kept}


def purge_unanswered(engine: sa.engine.Engine, older_than_days: int) -> int:
    """Delete questions older than so many days. Returns how many."""
    with engine.begin() as connection:
        return connection.execute(unanswered.delete().where(unanswered.c.day < (_today() - timedelta(days=older_than_days)).isoformat())).rowcount


def _today() -> date:
    return datetime.now(timezone.utc).date()
