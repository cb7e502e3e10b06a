"""May these words be shown today? The demo shows everything, marked; the clinic only what is approved."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import date
from typing import Callable, Mapping, Optional

import sqlalchemy as sa
import structlog

from bot.library.approvals import FIRST, Approval, all_rows, head, verify
from bot.library.items import Item, parse_item
from bot.library.library import Library
from bot.library.problems import ContentError
from bot.library.review import ReviewItem, ReviewRule, read_review_rules, review_items, rule_for
from bot.library.standing import EXPIRING_DAYS, WARN_DAYS, Standing, State, standing, state
from bot.project import SettingError

LOOK_AGAIN = 10  # seconds between looks for a new approval or withdrawal
LOOK_PATIENCE = 0.2  # seconds that a reply waits for such a look
MODES = ("demo", "clinic")
#: Voice lines that name whom to call. Like safety messages they never expire into silence.
CALL_LINES = ("voice/not_approved", "voice/service_down", "voice/standing_line")

log = structlog.get_logger()


@dataclass(frozen=True)
class Served:
    """An item that may be shown, and in what standing: draft, approved or expired."""

    item: Item
    state: str
    by: Optional[str] = None
    reviewed_on: Optional[str] = None
    until: Optional[str] = None


@dataclass(frozen=True)
class Block:
    """Why clinic mode cannot start: an item, and the reason for people."""

    item: str
    reason: str

    def __str__(self) -> str:
        return f"{self.item} ({self.reason})"


class Desk:
    """Decides what may leave. Reads the ledger again when its head changes; what stands is worked out by
    bot/library/standing.py with the rules of content/review.yml.

    Raises ContentError when those rules cannot be read, SettingError for an unknown mode."""

    def __init__(self, library: Library, engine: Optional[sa.engine.Engine], mode: str = "demo", reopen: Callable[[], Optional[sa.engine.Engine]] = lambda: None) -> None:
        if mode not in MODES:
            raise SettingError(f"mode '{mode}' is not known; use one of: {', '.join(MODES)}")
        self.library, self.mode = library, mode
        self.rules = read_review_rules(library.root)
        self.items: Mapping[str, ReviewItem] = review_items(library.root)
        self._engine, self._reopen = engine, reopen
        self._rows: tuple[Approval, ...] = ()
        self._standing: Mapping[str, Standing] = {}
        self._head, self._looked = FIRST, float("-inf")

    def serve(self, item: Item, today: date) -> Optional[Served]:
        """The item as it may be shown on a day, or None when it must be withheld.

        After an edit the last approved text goes on being served until it expires. A safety message
        or call line is never withheld: an expired or withdrawn one is said, and the log warns."""
        stands = self.standing(item.id)
        if self.mode == "demo":
            holds = stands and stands.version == item.version and stands.holds_on(today)
            return _served(item, "approved", stands) if holds else Served(item, "draft")
        approved = _as_approved(item, stands) if stands else None
        if approved and stands.holds_on(today):
            return _served(approved, "approved", stands)
        if approved and (item.kind == "safety" or item.id in CALL_LINES):
            log.warning("safety_message_expired", item=item.id, until=stands.until.isoformat())
            return _served(approved, "expired", stands)
        if item.kind == "safety":
            # withdrawn: "I can't answer that yet" to somebody who cannot breathe would be worse than unsigned words
            log.error("safety_message_unsigned", item=item.id)
            return Served(item, "draft")
        return None

    def blocks_clinic_mode(self) -> list[Block]:
        """What clinic mode cannot start without, each with the reason: every safety message, voice line, sign and
        list was approved and not withdrawn. Over files as they are in content/ (and not as they were approved,
        bot/library/approved_files.py) an edit is no reason: the earlier words stand. Nor is expiry: a server that
        restarts at night must still hear warning signs."""
        today = date.today()
        blocked = [(item.id, self.state(item.id, today)) for item in self.items.values() if item.kind != "answer"]
        return [Block(item, _reason(now)) for item, now in sorted(blocked, key=lambda pair: pair[0]) if not now.standing]

    def state(self, item: str, day: date) -> State:
        """What holds for an item of content/ on a day. Raises KeyError for an item that has no file."""
        self._look()
        return state(self._rows, item, self.items[item].version, self.rule(item), day)

    def rule(self, item: str) -> ReviewRule:
        """How many must sign an item, and for how long."""
        return rule_for(self.rules, item)

    @property
    def rows(self) -> tuple[Approval, ...]:
        """The ledger as it was read last."""
        self._look()
        return self._rows

    def states(self, day: date) -> dict[str, State]:
        """The same for every item, by id."""
        return {item: self.state(item, day) for item in self.items}

    def ending(self, today: date) -> dict[str, State]:
        """Items whose signatures end within 30 days or have ended, by id, those that ended first."""
        found = {item: now for item, now in self.states(today).items() if now.days_left is not None and now.days_left <= EXPIRING_DAYS}
        return dict(sorted(found.items(), key=lambda pair: pair[1].days_left))

    def warn_of_endings(self, today: date, all_of_them: bool = False) -> None:
        """Tell the staff by the log: 30, 7 and 1 days before signatures end and each day after; at a start, all of them."""
        for item, now in self.ending(today).items():
            if all_of_them or now.days_left in WARN_DAYS or now.days_left < 0:
                log.warning("approval_expired" if now.days_left < 0 else "approval_ends", item=item, until=now.standing.until.isoformat(), days_left=now.days_left)

    def standing(self, item: str) -> Optional[Standing]:
        """The words of an item that enough people signed last, of whatever version."""
        self._look()
        return self._standing.get(item)

    def _look(self) -> None:
        """Look for new approvals when it is time. A reply waits for it at the first look; later only for a
        moment, because the database may be down, and what is found too late counts from the next reply on."""
        now = time.monotonic()
        if now - self._looked < LOOK_AGAIN:
            return
        first, self._looked = self._looked == float("-inf"), now
        look = threading.Thread(target=self._read, name="approvals", daemon=True)
        look.start()
        look.join(None if first else LOOK_PATIENCE)

    def _read(self) -> None:
        try:
            self._engine = self._engine or self._reopen()
            if self._engine and head(self._engine) != self._head:
                self._take(all_rows(self._engine))
        except sa.exc.SQLAlchemyError:
            # what was approved a moment ago still is; silence would be worse than ten more seconds of it
            log.warning("approvals_unreadable")

    def _take(self, rows: list[Approval]) -> None:
        """Work out what stands. Rows once seen must still be there: a withdrawal cut off the end would come undone."""
        if self._head != FIRST and self._head not in {row.hash for row in rows}:
            log.error("approvals_damaged", problem="rows that were there are gone; restore them from an export")
            return
        for wrong in verify(rows):
            log.error("approvals_damaged", problem=wrong)
        found = {item: standing(rows, item, self.rule(item)) for item in {row.item for row in rows}}
        self._rows, self._standing = tuple(rows), {item: stands for item, stands in found.items() if stands}
        self._head = rows[-1].hash if rows else FIRST


def _reason(now: State) -> str:
    if now.name == "waiting":
        return f"{now.missing} more to sign"
    return "withdrawn" if now.name == "withheld" else "never approved"


def _served(item: Item, state_name: str, stands: Standing) -> Served:
    return Served(item, state_name, stands.by, stands.at[:10], stands.until.isoformat())


def _as_approved(item: Item, stands: Standing) -> Optional[Item]:
    """The item in its approved words; None when they are of a form that is no longer read."""
    try:
        return item if item.version == stands.version else parse_item(item.id, item.path, stands.text)
    except ContentError:
        log.error("approved_words_unreadable", item=item.id)
        return None
