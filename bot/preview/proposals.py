"""Sentences proposed as tests: stored from the try page, listed, exported in the form of the tests' own files, deleted."""

from __future__ import annotations

from typing import Sequence

import yaml
from starlette.responses import Response

from bot.preview.pages import Pages
from bot.preview.sentences import taught
from bot.preview.signs import read_signs
from bot.preview.visit import Refusal, Visit
from bot.rasa.inbound import LONGEST_ANSWERED
from bot.records.proposals import Proposal, add_proposal, all_proposals, delete_proposals

#: What a message may be judged as (tests/safety/lines.yml), and what it is when no sign is reported in it.
TIERS_OF_TESTS = ("emergency", "urgent", "routine", "none")
NOT_REPORTS = {"denied": "it says that there is no sign", "past": "it is over", "education": "it asks what could be", "hypothetical": "it imagines it",
               "other_person_unrelated": "it is about somebody the writer does not look after", "idiom": "a figure of speech", "complaint_other": "a complaint about something else"}
NO_SIGN = "-"

pages = Pages()


def topics(visit: Visit) -> list[str]:
    """Every topic that a sentence may be tested for."""
    return sorted({intent.removeprefix("ask_") for intent in taught() or () if not intent.startswith("sign:")})


@pages.post("/proposals", "propose")
def store(visit: Visit) -> Response:
    """"This should have gone to ..." (`topic`) or "this should have been judged as ..." (`tier`, with `sign` or `kind`)."""
    text, topic, tier = visit.field("sentence", LONGEST_ANSWERED), visit.field("topic"), visit.field("tier")
    if not text:
        raise Refusal(400, "There is no sentence to propose.", "Go back and type one.")
    if topic:
        proposed = _for_topic(visit, text, topic)
    else:
        proposed = _for_safety(visit, text, tier)
    add_proposal(visit.site.engine, proposed)
    visit.tell("The sentence is stored as a proposed test.")
    return visit.go("/proposals")


@pages.get("/proposals")
def listed(visit: Visit) -> Response:
    found = all_proposals(visit.site.engine)
    return visit.page("proposals.html", of_topics=[each for each in found if each.topic], of_safety=[each for each in found if not each.topic], kinds=NOT_REPORTS)


@pages.get("/proposals/phrasings.yml")
def of_topics(visit: Visit) -> Response:
    return _file([{"topic": each.topic, "text": each.text} for each in all_proposals(visit.site.engine) if each.topic], "ivy-phrasings.yml")


@pages.get("/proposals/safety.yml")
def of_safety(visit: Visit) -> Response:
    rows = [{"tier": each.tier, "group": each.group, "kind": each.kind, "text": each.text} for each in all_proposals(visit.site.engine) if not each.topic]
    return _file(rows, "ivy-safety.yml")


@pages.post("/proposals/delete", "propose")
def delete(visit: Visit) -> Response:
    count = delete_proposals(visit.site.engine, [int(number) for number in visit.form.getlist("number") if str(number).isdecimal()])
    visit.tell(f"{count} deleted." if count else "Nothing was ticked, so nothing was deleted.", "done" if count else "problem")
    return visit.go("/proposals")


def _for_topic(visit: Visit, text: str, topic: str) -> Proposal:
    if topic not in topics(visit):
        raise Refusal(400, f"There is no topic '{topic[:60]}'.", "Go back and choose one of the list.")
    return Proposal(text, visit.account.name, topic=topic)


def _for_safety(visit: Visit, text: str, tier: str) -> Proposal:
    sign, kind = visit.field("sign"), visit.field("kind")
    if tier not in TIERS_OF_TESTS:
        raise Refusal(400, "The form does not say what should have happened.", "Go back and choose a topic, or how it should be judged.")
    if tier == "none":
        if kind not in NOT_REPORTS:
            raise Refusal(400, "Please say why it is no alarm.", "Go back and choose what the sentence is.")
        return Proposal(text, visit.account.name, tier=tier, group=NO_SIGN, kind=kind)
    if sign not in {known.id for known in read_signs(visit.shelf.library.root)}:
        raise Refusal(400, "Please say which warning sign it is.", "Go back and choose the sign. One that is not listed has to be added to content/safety/signs first.")
    return Proposal(text, visit.account.name, tier=tier, group=sign, kind="report")


def _file(rows: Sequence[dict], name: str) -> Response:
    text = yaml.safe_dump(list(rows), allow_unicode=True, sort_keys=False, width=10_000) if rows else ""
    return Response(text, media_type="application/yaml; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'})
