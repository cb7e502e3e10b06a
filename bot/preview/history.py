"""What was done and said: an item's history, the ledger and its check, exports, and the words shown on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Optional, Sequence

from starlette.responses import Response

from bot.library.approvals import Approval, verify
from bot.library.exchange import as_csv, as_json_lines
from bot.library.standing import standing, stood_on
from bot.preview.pages import Pages
from bot.preview.signing import day_of
from bot.preview.visit import Refusal, Visit
from bot.preview.wording import word_diff
from bot.records.archive import said_on_day
from bot.records.conversations import said_in
from bot.records.database import tracker_url
from bot.records.upgrading import RecordsError

#: A row's act, as it is said of the person who did it.
IN_WORDS = {"approve": "approved", "propose": "proposed", "send_back": "sent back", "withdraw": "withdrew"}
NEWEST = 200  # rows on one page

pages = Pages()


@dataclass(frozen=True)
class Step:
    """A row of an item's history and what it changed in the words of the row before (empty: nothing)."""

    row: Approval
    changes: tuple


@pages.get("/history/{item:path}")
def history(visit: Visit) -> Response:
    item = visit.request.path_params["item"]
    rows = visit.review.history(item)
    if not rows and item not in visit.review.items:
        raise Refusal(404, f"There is no item '{item[:80]}'.", "It may have been renamed or taken away. Look for it in the overview.")
    before = [None, *rows]
    steps = [Step(row, tuple(word_diff(earlier.text, row.text)) if earlier and earlier.version != row.version else ()) for earlier, row in zip(before, rows)]
    there = item in visit.review.items
    return visit.page("history.html", item=item, steps=steps[::-1], acts=IN_WORDS, there=there, state=visit.review.state(item, visit.day) if there else None, standing=standing(rows, item, visit.review.rule(item)),
                      needed=visit.review.needed(item, visit.day, visit.account) if there else [])


@pages.get("/ledger")
def ledger(visit: Visit) -> Response:
    """The newest rows, or those up to the place `?to=`."""
    rows, asked = visit.review.rows, visit.query("to")
    last = int(asked) if asked.isdecimal() else len(rows)
    older = max(0, min(last, len(rows)) - NEWEST)
    return visit.page("ledger.html", rows=rows[older:last][::-1], count=len(rows), older=older, wrong=verify(rows), last=rows[-1].hash if rows else "", acts=IN_WORDS, there=visit.review.items)


@pages.get("/ledger.csv", "export")
def ledger_as_csv(visit: Visit) -> Response:
    return _file(as_csv(visit.review.rows), "text/csv", "ivy-ledger.csv")


@pages.get("/ledger.jsonl", "export")
def ledger_as_json_lines(visit: Visit) -> Response:
    return _file(as_json_lines(visit.review.rows), "application/x-ndjson", "ivy-ledger.jsonl")


@pages.get("/said", "what_was_said")
def said(visit: Visit) -> Response:
    """The words of one item on one day."""
    asked, item = visit.query("day"), visit.query("item").strip()
    day = day_of(asked)
    if not asked and not item:
        return _said_page(visit)
    if not day or not item:
        return _said_page(visit, problem="Please give both: a day, and the name of an item.")
    rule, clinic = visit.review.rule(item), visit.shelf.library.clinic
    stood = stood_on(visit.review.rows, item, rule, day, clinic.time_zone) if clinic else ()
    return _said_page(visit, day=day, item=item, texts=[("", text, False) for text in said_on_day(visit.site.engine, day, item)], stood=stood)


@pages.post("/said", "what_was_said")
def said_in_conversation(visit: Visit) -> Response:
    """Ivy's words in one conversation. Its id is a key to them: it is sent in a form, and stands in no address."""
    conversation = visit.field("conversation", 200)
    try:
        found = said_in(tracker_url(), conversation) if conversation else []
    except RecordsError:
        return _said_page(visit, problem="The conversations cannot be read now. Nothing was ever said, or their database is down.")
    return _said_page(visit, conversation=conversation, texts=[(reply.at, reply.said, reply.late) for reply in found],
                      problem="" if found else "Nothing is kept of that conversation. It may have been deleted after its time, or at the patient's wish.")


def _said_page(visit: Visit, day: Optional[date] = None, item: str = "", conversation: str = "", texts: Sequence = (), stood: Sequence = (), problem: str = "") -> Response:
    return visit.page("said.html", chosen=day, item=item, conversation=conversation, texts=texts, stood=stood, problem=problem, items=sorted(visit.review.items),
                      html=visit.shelf.library.renderer.html)


def _file(text: str, kind: str, name: str) -> Response:
    return Response(text, media_type=f"{kind}; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'})
