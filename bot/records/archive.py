"""What Ivy said: each distinct text that left, kept once by its hash, with the days on which it was said.

No person, no conversation, no time of day. It outlives the purge of conversations, and answers "what did the
bot say on that day?" in demo mode too. Where a line repeats a patient's own words (the question list), the
line is kept as it was written, with its placeholders, and not as it was filled."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from datetime import date
from typing import Callable, Mapping, Optional, Sequence

import sqlalchemy as sa
import structlog

from bot.library.items import text_hash
from bot.records.database import metadata

log = structlog.get_logger()

said = sa.Table(
    "said",
    metadata,
    sa.Column("words", sa.String(64), primary_key=True),
    sa.Column("content", sa.String(120), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("block", sa.String(40), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("whole", sa.Boolean, nullable=False),
    sa.Column("buttons", sa.Text, nullable=False, server_default=""),
)
said_on = sa.Table(
    "said_on",
    metadata,
    sa.Column("words", sa.String(64), sa.ForeignKey("said.words"), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),
)
sa.Index("said_content", said.c.content)
WAITING = 10_000  # texts kept in memory while the database is away
TRY_AGAIN = 10  # seconds
TOGETHER = 100  # texts at most that are written together: a statement has room for so many values and no more
GATHERED = 0.2  # seconds; what is said meanwhile is written too. SQLite empties its log each time that the file is closed, and holds up the process


@dataclass(frozen=True)
class Said:
    """A text that left. `words`: its hash, as the reply's metadata has it; `state`: draft, approved, expired or
    withheld; `text`: Markdown as it was shown, or as it was written where `whole` is False; `label`: the line
    shown with a draft; `buttons`: the titles below it, one a line."""

    words: str
    content: str
    version: str
    block: str
    state: str
    text: str
    label: str
    whole: bool
    buttons: str = ""


def as_said(message: Mapping) -> Said:
    """A reply as the archive keeps it. Its hash takes in all of it, so that the same words of another version,
    or without the label of a draft, or with other buttons, are another text."""
    kept = message.get("archived")
    text, whole = (message["text"], True) if kept is None else (kept, False)
    parts = (message["content"], message["version"], message.get("block") or "short", message.get("state") or "draft", text, message.get("label") or "")
    buttons = "\n".join(button["title"] for button in message.get("buttons") or ())
    return Said(text_hash(*parts, *filter(None, [buttons])), *parts, whole, buttons)


def said_on_day(engine: sa.engine.Engine, day: date, content: str) -> list[Said]:
    """Every text of a content id that left on a day."""
    query = sa.select(said).join(said_on, said_on.c.words == said.c.words).where(said.c.content == content, said_on.c.day == day.isoformat())
    with engine.connect() as connection:
        return [Said(**row) for row in connection.execute(query.order_by(said.c.block, said.c.words)).mappings()]


def said_by_hash(engine: sa.engine.Engine, words: str) -> Optional[tuple[Said, str, str]]:
    """A text by its hash, with the first and the last day it was said."""
    with engine.connect() as connection:
        row = connection.execute(sa.select(said).where(said.c.words == words)).mappings().first()
        if not row:
            return None
        days = connection.execute(sa.select(sa.func.min(said_on.c.day), sa.func.max(said_on.c.day)).where(said_on.c.words == words)).one()
    return Said(**row), *days


def keep(engine: sa.engine.Engine, texts: Sequence[tuple[Said, date]]) -> None:
    """Store texts, each said on a day; once, however often it is said, and whoever else stores it."""
    try:
        _add(engine, texts)
    except sa.exc.IntegrityError:  # another process stored one of them meanwhile
        _add(engine, texts)


def _add(engine: sa.engine.Engine, texts: Sequence[tuple[Said, date]]) -> None:
    by_words, days = {text.words: vars(text) for text, _ in texts}, {(text.words, day.isoformat()) for text, day in texts}
    with engine.begin() as connection:
        there = connection.execute(sa.select(said.c.words).where(said.c.words.in_(list(by_words)))).scalars().all()
        said_then = connection.execute(sa.select(said_on.c.words, said_on.c.day).where(sa.tuple_(said_on.c.words, said_on.c.day).in_(list(days)))).all()
        # in one order: two servers that write the same never wait for each other
        new = [by_words[words] for words in sorted(by_words.keys() - set(there))]
        new_days = [{"words": words, "day": day} for words, day in sorted(days - set(map(tuple, said_then)))]
        for table, rows in ((said, new), (said_on, new_days)):
            if rows:
                connection.execute(table.insert(), rows)


class Archive:
    """Keeps what leaves, from a thread of its own: no reply waits for it and none fails by it. What cannot be
    written waits in memory and is tried again; what still waits when the process ends is lost. `today` is the
    day where the clinic is."""

    def __init__(self, records: Callable[[], Optional[sa.engine.Engine]], today: Callable[[], date]) -> None:
        self._records, self._today = records, today
        self._waiting: queue.Queue = queue.Queue(WAITING)
        self._seen: set[str] = set()
        self._seen_on: Optional[date] = None
        threading.Thread(target=self._write, name="archive", daemon=True).start()

    def note(self, message: Mapping) -> None:
        """Called with every reply that leaves; returns at once. Replies of which the text is already kept today are let go."""
        day, text = self._today(), as_said(message)
        if day != self._seen_on:
            self._seen, self._seen_on = set(), day
        if text.words in self._seen:
            return
        try:
            self._waiting.put_nowait((text, day))
            self._seen.add(text.words)
        except queue.Full:
            log.error("archive_full", content=text.content)

    @property
    def waiting(self) -> int:
        """How many texts are not written yet."""
        return self._waiting.unfinished_tasks

    def _write(self) -> None:
        while True:
            texts = [self._waiting.get()]
            time.sleep(GATHERED)
            while len(texts) < TOGETHER and not self._waiting.empty():
                texts.append(self._waiting.get())
            while not self._kept(texts):
                time.sleep(TRY_AGAIN)
            for _ in texts:
                self._waiting.task_done()

    def _kept(self, texts: Sequence[tuple[Said, date]]) -> bool:
        """False when it is worth another try."""
        try:
            engine = self._records()
            if engine is not None:
                keep(engine, texts)
            return engine is not None
        except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError) as error:
            log.warning("archive_unwritable", error=type(error).__name__)
            return False
        except Exception as error:  # noqa: BLE001 - one text that can never be written must not keep out the others
            if len(texts) > 1:
                return all([self._kept([text]) for text in texts])
            log.error("archive_refused", content=texts[0][0].content, error=type(error).__name__)
            return True


_archive: Optional[Archive] = None


def open_archive(records: Callable[[], Optional[sa.engine.Engine]], today: Callable[[], date]) -> Archive:
    """From now on keep what this process says. Only a server that patients talk to calls it."""
    global _archive
    _archive = _archive or Archive(records, today)
    return _archive


def note_said(message: Mapping) -> None:
    """Keep a reply that leaves (bot/library/speaking.py, `Reply.as_dict`), if the archive is open. Never fails the reply."""
    try:
        if _archive is not None:
            _archive.note(message)
    except Exception as error:  # noqa: BLE001 - the patient's reply waits behind this
        log.error("reply_not_archived", error=type(error).__name__)


def written(seconds: float) -> bool:
    """Wait until what was said is written, but no longer than so many seconds. Returns whether it is."""
    end = time.monotonic() + seconds
    while _archive is not None and _archive.waiting and time.monotonic() < end:
        time.sleep(0.05)
    return _archive is None or not _archive.waiting
