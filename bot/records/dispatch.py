"""What goes on behind the replies: alerts that wait on the disk go into the records, notices to the clinic leave.

Each kind of work has a thread of its own, so that a receiver that hangs keeps up nobody else. Any number of
replicas may do this beside each other."""

from __future__ import annotations

import threading
import time
from typing import Callable, Mapping, Optional

import sqlalchemy as sa
import structlog

from bot.records import journal
from bot.records.escalations import write_escalation
from bot.records.notices import NotDelivered, NoticeSettings, send
from bot.records.outbox import claim, count_notices, settle

log = structlog.get_logger()
EVERY = 2.0  # seconds between two looks for work
AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.InternalError)  # the database, and not the row


def write_journalled(engine: sa.engine.Engine) -> int:
    """Write into the records what waits on this disk. Returns how many alerts were new there.

    Raises sqlalchemy.exc.SQLAlchemyError when the records are away; what was not written waits on."""
    new = 0
    for row in journal.waiting():
        try:
            new += write_escalation(engine, row)
        except sa.exc.StatementError as error:
            if isinstance(error, AWAY):
                raise
            journal.set_aside(row["message_id"])
        else:
            journal.drop(row["message_id"])
    return new


def deliver_due(engine: sa.engine.Engine, settings: NoticeSettings, way: str) -> int:
    """Try each notice of a way that is due, once. Returns how many were delivered. Raises sqlalchemy.exc.SQLAlchemyError."""
    delivered = 0
    while notice := claim(engine, way):
        try:
            send(settings, way, notice.id, notice.body)
            delivered += settle(engine, notice) == "sent"
        except NotDelivered as error:
            state = settle(engine, notice, str(error), error.wait)
            log.warning("notice_not_delivered", notice=notice.id, way=way, why=str(error), tries=notice.tries + 1, state=state)
    return delivered


class Dispatch:
    """The threads of one server process. `counts`: alerts and notices that wait, and dead notices, as they were seen last."""

    def __init__(self, records: Callable[[], Optional[sa.engine.Engine]], settings: NoticeSettings, every: float = EVERY) -> None:
        self._records, self._settings, self._every = records, settings, every
        self.counts: Mapping[str, int] = {"journal": 0, "waiting": 0, "dead": 0}
        self._begin("journal", self._look_after_journal)
        for way in settings.ways:
            self._begin(way, lambda engine, way=way: deliver_due(engine, settings, way))

    def _begin(self, name: str, work: Callable[[sa.engine.Engine], object]) -> None:
        threading.Thread(target=self._repeat, args=(name, work), name=f"dispatch-{name}", daemon=True).start()

    def _repeat(self, name: str, work: Callable[[sa.engine.Engine], object]) -> None:
        failing = ""
        while True:
            try:
                engine = self._records()
                if engine is not None:
                    work(engine)
                failing = ""
            except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again
                if type(error).__name__ != failing:  # once for each outage, not every two seconds
                    failing = type(error).__name__
                    log.error("dispatch_failed", work=name, error=failing)
            time.sleep(self._every)

    def _look_after_journal(self, engine: sa.engine.Engine) -> None:
        self.counts = {**self.counts, "journal": journal.count()}
        if self.counts["journal"]:
            log.info("escalations_recorded_late", new=write_journalled(engine))
        notices = count_notices(engine)
        self.counts = {"journal": journal.count(), "waiting": notices["waiting"], "dead": notices["dead"]}
