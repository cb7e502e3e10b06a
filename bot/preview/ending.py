"""Ending an approval: withdraw at once, or roll back to earlier words. Both say first who will see what."""

from __future__ import annotations

from typing import Optional

from starlette.responses import Response

from bot.library.review import ReviewItem
from bot.library.serving import CALL_LINES
from bot.library.signing import Signing, roll_back, stood_before, suggested_until, withdraw
from bot.preview.pages import Pages
from bot.preview.showing import blocks_of
from bot.preview.signing import day_of, review_item, written
from bot.preview.visit import Visit
from bot.preview.wording import word_diff

INSTEAD = "voice/not_approved"

pages = Pages()


@pages.get("/withdraw/{item:path}", "withdraw")
def confirm_withdrawal(visit: Visit) -> Response:
    return _withdraw_page(visit, _item(visit))


@pages.post("/withdraw/{item:path}", "withdraw")
def withdraw_now(visit: Visit) -> Response:
    item = _item(visit)
    refused = written(lambda: withdraw(visit.site.engine, visit.review.rules, Signing(item, visit.account, item.version, visit.field("note"))))
    if refused:
        return _withdraw_page(visit, item, refused)
    visit.tell(f"{item.id} is withdrawn. The running chat knows within a minute.")
    return visit.go(f"/items/{item.id}" if item.id in visit.review.items else f"/history/{item.id}")


@pages.get("/rollback/{item:path}", "roll_back")
def choose_earlier(visit: Visit) -> Response:
    return _roll_back_page(visit, review_item(visit, visit.request.path_params["item"]))


@pages.post("/rollback/{item:path}", "roll_back")
def roll_back_now(visit: Visit) -> Response:
    item, to = review_item(visit, visit.request.path_params["item"]), visit.field("to")
    wanted = Signing(item, visit.account, item.version, visit.field("note"), until=day_of(visit.field("until")))
    refused = written(lambda: roll_back(visit.site.engine, visit.review.rules, wanted, to, visit.today))
    if refused:
        return _roll_back_page(visit, item, refused, to)
    del visit.review  # it was read before the approval
    now = visit.review.state(item.id, visit.today).standing
    stand = bool(now) and now.version == to
    visit.tell("You approved the earlier words again. " + ("Patients get them within a minute." if stand else "Somebody else has to approve them too, before patients get them."))
    return visit.go(f"/items/{item.id}")


def _item(visit: Visit) -> ReviewItem:
    """The item of the address, also one whose file was taken away: a chat that began before that goes on saying it."""
    name = visit.request.path_params["item"]
    return visit.review.gone(name) or review_item(visit, name)


def _withdraw_page(visit: Visit, item: ReviewItem, refused: tuple = ()) -> Response:
    instead = visit.review.items.get(INSTEAD)
    return visit.page("withdraw.html", 422 if refused else 200, item=item, refused=refused, state=visit.review.state(item.id, visit.today), kind=_what_follows(item),
                      instead=blocks_of(visit.shelf.library, instead) if instead else (), note=str(visit.form.get("note", "")))


def _what_follows(item: ReviewItem) -> str:
    """What a withdrawal means to patients in clinic mode: safety (still said), silent (another line), start (checked at the next start)."""
    if item.kind == "safety" or item.id in CALL_LINES:
        return "safety"
    return "silent" if item.kind in ("answer", "voice") else "start"


def _roll_back_page(visit: Visit, item: ReviewItem, refused: tuple = (), to: Optional[str] = None) -> Response:
    rule, now = visit.review.rule(item.id), visit.review.state(item.id, visit.today).standing
    served = now.text if now else ""
    earlier = [(stood, word_diff(served, stood.text), visit.review.needed(item.id, visit.today, visit.account, stood.version)) for stood in stood_before(visit.review.rows, item.id, rule) if not now or stood.version != now.version]
    latest = suggested_until(item, rule, visit.today)
    given = {"to": to, "note": str(visit.form.get("note", "")), "until": str(visit.form.get("until", "")) or latest.isoformat()}
    return visit.page("rollback.html", 422 if refused else 200, item=item, refused=refused, earlier=earlier, now=now, latest=latest, given=given, rule=rule)
