"""May these words be shown today? The demo shows everything, marked; the clinic only what is approved."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import date
from typing import Callable, Mapping, Optional

import sqlalchemy as sa
import structlog

from bot.library.approvals import FIRST, Approval, all_rows, head, standing, verify
from bot.library.items import Item, parse_item, text_hash
from bot.library.library import Library
from bot.project import SettingError

LOOK_AGAIN = 10  # seconds between looks for a new approval or withdrawal
LOOK_PATIENCE = 0.2  # seconds that a reply waits for such a look
#: Files approved whole: no template, no expiry of their own.
WHOLE_FILES = ("clinic", "buttons", "questions")
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


class Desk:
    """Decides what may leave. Reads the approvals again when their head changes."""

    def __init__(self, library: Library, engine: Optional[sa.engine.Engine], mode: str = "demo", reopen: Callable[[], Optional[sa.engine.Engine]] = lambda: None) -> None:
        if mode not in MODES:
            raise SettingError(f"mode '{mode}' is not known; use one of: {', '.join(MODES)}")
        self.library, self.mode = library, mode
        self._engine, self._reopen = engine, reopen
        self._standing: Mapping[str, Approval] = {}
        self._head, self._looked = FIRST, float("-inf")

    def serve(self, item: Item, today: date) -> Optional[Served]:
        """The item as it may be shown on a day, or None when it must be withheld.

        After an edit the last approved text goes on being served until it expires. A safety message
        or call line is never withheld: an expired or withdrawn one is said, and the log warns."""
        approval = self.standing(item.id)
        if self.mode == "demo" and not (approval and approval.version == item.version and approval.holds_on(today)):
            return Served(item, "draft")
        if approval and approval.holds_on(today):
            return Served(_as_approved(item, approval), "approved", approval.by, approval.at[:10], approval.until)
        if approval and (item.kind == "safety" or item.id in CALL_LINES):
            log.warning("safety_message_expired", item=item.id, until=approval.until)
            return Served(_as_approved(item, approval), "expired", approval.by, approval.at[:10], approval.until)
        if item.kind == "safety":
            # withdrawn: "I can't answer that yet" to somebody who cannot breathe would be worse than unsigned words
            log.error("safety_message_unsigned", item=item.id)
            return Served(item, "draft")
        return None

    def blocks_clinic_mode(self) -> list[str]:
        """Ids of what clinic mode cannot start without: safety messages and voice lines never approved, and
        the whole files (clinic facts, buttons, question sets) that are not approved as they are now."""
        items = [item.id for item in self.library.items.values() if item.kind in ("safety", "voice") and not self.standing(item.id)]
        return items + [name for name in WHOLE_FILES if not self._approved_as_it_is(name)]

    def _approved_as_it_is(self, name: str) -> bool:
        approval, path = self.standing(name), self.library.root / f"{name}.yml"
        return bool(approval) and path.exists() and approval.version == text_hash(path.read_text(encoding="utf-8"))

    def standing(self, item: str) -> Optional[Approval]:
        """The approval that stands for an item id, of whatever version."""
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
        self._engine = self._engine or self._reopen()
        if not self._engine:
            return
        try:
            found = head(self._engine)
            if found != self._head:
                rows = all_rows(self._engine)
                for wrong in verify(rows):
                    log.error("approvals_damaged", problem=wrong)
                items = {row.item for row in rows}
                self._standing = {item: approval for item in items if (approval := standing(rows, item)) and approval.intact}
                self._head = found
        except sa.exc.SQLAlchemyError:
            # what was approved a moment ago still is; silence would be worse than ten more seconds of it
            log.warning("approvals_unreadable")


def _as_approved(item: Item, approval: Approval) -> Item:
    return item if item.version == approval.version else parse_item(item.id, item.path, approval.text)
