"""Signing: approve one item or a reviewed group, propose, send back. What is permitted is decided in bot/library/signing.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Callable, Optional, Sequence

import sqlalchemy as sa
from starlette.responses import Response

from bot.library.review import ReviewItem
from bot.library.signing import CHECKS, Signing, SigningRefused, approve, propose, required_checks, send_back, suggested_until
from bot.library.standing import person_key
from bot.preview.pages import READ, Pages
from bot.preview.showing import blocks_of, cited_sources
from bot.preview.visit import Refusal, Visit
from bot.preview.wording import word_diff

#: What each act is called once it is done.
DONE = {"approve": "You approved {}.", "propose": "You proposed {}.", "send_back": "You sent {} back, with your comment."}

pages = Pages()


@dataclass
class Candidate:
    """An item on the signing page. `before` is the text it was decided on, when that is not the present one."""

    item: ReviewItem
    ticked: bool
    before: Optional[str] = None
    refused: tuple = ()


@pages.get("/sign/{item:path}")
def sign(visit: Visit) -> Response:
    item = review_item(visit, visit.request.path_params["item"])
    return _page(visit, [Candidate(item, True)])


@pages.get("/sign-group/{family:path}")
def sign_group(visit: Visit) -> Response:
    """The items of a folder that wait for this account. None is ticked: each has to be read."""
    family = visit.request.path_params["family"].strip("/")
    waiting = [Candidate(item, False) for item in visit.review.items.values() if item.id.rpartition("/")[0] == family and _waits_for(visit, item)]
    return _page(visit, waiting, family=family)


@pages.post("/sign", READ)
def decide(visit: Visit) -> Response:
    """Do one act to the ticked items, or to none of them when the words of one have changed."""
    act, family = visit.field("act"), visit.field("family") if "family" in visit.form else None
    ticked, items = visit.form.getlist("ticked"), [review_item(visit, str(name)) for name in dict.fromkeys(visit.form.getlist("item"))]
    if act not in DONE or not items:
        raise Refusal(400, "The form did not say what to do with which item.", "Go back and press one of its buttons.")
    candidates = [Candidate(item, item.id in ticked, _changed(visit, item)) for item in items]
    chosen = [candidate for candidate in candidates if candidate.ticked]
    if not chosen:
        return _page(visit, candidates, 422, family, "Nothing is ticked. Tick the items whose words you have read.")
    if any(candidate.before is not None for candidate in chosen):
        return _page(visit, candidates, 409, family, "The words were changed since this page was opened, so nothing was signed. What you wrote is kept. Please read what changed, and decide again.")
    return _act_on(visit, act, candidates, chosen, family)


def _act_on(visit: Visit, act: str, candidates: Sequence[Candidate], chosen: Sequence[Candidate], family: Optional[str]) -> Response:
    done, until = [], day_of(visit.field("until"))
    for candidate in chosen:
        wanted = Signing(candidate.item, visit.account, str(visit.form.get(f"version:{candidate.item.id}", "")), visit.field("note"), tuple(map(str, visit.form.getlist("checked"))), until)
        candidate.refused = _repairs(visit, candidate.item) if act == "approve" else ()
        candidate.refused = candidate.refused or written(lambda: _perform(visit, act, wanted))
        if not candidate.refused:
            done.append(candidate.item.id)
    if done:
        visit.tell(DONE[act].format(", ".join(done)))
        del visit.review
    refused = [candidate for candidate in chosen if candidate.refused]
    if refused:
        left = [candidate for candidate in candidates if candidate.item.id not in done]
        return _page(visit, left, 422, family, f"{'Nothing was signed' if not done else 'Not everything was signed'}. What you wrote is kept.")
    return visit.go(f"/items/{chosen[0].item.id}" if family is None else f"/sign-group/{family}")


def _perform(visit: Visit, act: str, wanted: Signing) -> None:
    if act == "approve":
        approve(visit.site.engine, visit.review.rules, wanted, visit.today)
    else:
        {"propose": propose, "send_back": send_back}[act](visit.site.engine, wanted)


def written(write: Callable[[], object]) -> tuple[str, ...]:
    """Write to the ledger; why it was not written, or nothing."""
    try:
        write()
    except SigningRefused as error:
        return error.problems
    except sa.exc.SQLAlchemyError as error:
        return (f"The ledger could not be written ({type(error).__name__}). Please try again in a moment; if it goes on, tell whoever runs Ivy.",)
    return ()


def review_item(visit: Visit, name: str) -> ReviewItem:
    """An item by id. Raises Refusal when there is no such file."""
    if name not in visit.review.items:
        raise Refusal(404, f"There is no item '{name[:80]}'.", "It may have been renamed or taken away. Look for it in the overview.")
    return visit.review.items[name]


def _page(visit: Visit, candidates: Sequence[Candidate], status: int = 200, family: Optional[str] = None, problem: str = "") -> Response:
    checks = [check for check in CHECKS if any(check in required_checks(candidate.item) for candidate in candidates)]
    ends = [(suggested_until(candidate.item, rule, visit.today, _review_days(visit, candidate.item)), suggested_until(candidate.item, rule, visit.today))
            for candidate in candidates for rule in [visit.review.rule(candidate.item.id)]]
    given = {"note": str(visit.form.get("note", "")), "until": str(visit.form.get("until", "")), "checked": visit.form.getlist("checked")}
    return visit.page("sign.html", status, candidates=candidates, family=family, problem=problem, checks=checks, given=given,
                      suggested=min((suggested for suggested, _ in ends), default=visit.today), latest=min((latest for _, latest in ends), default=visit.today),
                      describe=lambda item: _describe(visit, item), word_diff=word_diff)


def _describe(visit: Visit, item: ReviewItem) -> dict:
    """All that a signing page says of an item."""
    found = visit.review.state(item.id, visit.today)
    stands = found.standing
    return {"state": found, "needed": visit.review.needed(item.id, visit.today, visit.account), "repairs": _repairs(visit, item), "blocks": blocks_of(visit.shelf.library, item),
            "sources": cited_sources(visit.shelf.library, item), "diff": word_diff(stands.text, item.text) if stands and stands.version != item.version else (), "stands": stands}


def _repairs(visit: Visit, item: ReviewItem) -> tuple[str, ...]:
    """Problems of the file: nobody can vouch for words that a patient would not get."""
    return tuple(f"{problem.path}, line {problem.line}: {problem.problem}; {problem.repair}." for problem in visit.shelf.problems_of(item.path))


def _waits_for(visit: Visit, item: ReviewItem) -> bool:
    found, me = visit.review.state(item.id, visit.today), person_key(visit.account.name)
    acted = {person_key(row.by) for row in (*found.signed, *found.proposed)}
    return found.name not in ("approved", "sent_back") and (me not in acted or found.name == "expiring")


def _changed(visit: Visit, item: ReviewItem) -> Optional[str]:
    """The text that the form was shown with, when the file holds another one now."""
    shown, version = str(visit.form.get(f"shown:{item.id}", "")).replace("\r\n", "\n"), str(visit.form.get(f"version:{item.id}", ""))
    return None if version == item.version else shown


def _review_days(visit: Visit, item: ReviewItem) -> object:
    parsed = visit.shelf.library.items.get(item.id)
    return parsed.front["review_days"] if parsed else None


def day_of(written_day: str) -> Optional[date]:
    """The day that a form names, or None when it names none."""
    try:
        return date.fromisoformat(written_day)
    except ValueError:
        return None
