"""Ivy's replies: an item in its words for this person, with buttons and provenance.

Both Rasa's NLG and the guard speak through this, so that a reply is the same whoever says it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Iterable, Mapping, Optional

import structlog
import yaml

from bot.library.items import Item
from bot.library.render import Situation, plain
from bot.library.serving import Desk, Served
from bot.safety.verdict import CHECK_BUTTONS, Verdict

CHECKS = frozenset({"check", "check_unlisted"})
#: Buttons that tell another block of the same answer.
OTHER_BLOCKS = {"tell_me_more": "more", "explain_simpler": "simple"}
#: What a line may be filled with that a patient wrote, and what the archive keeps in its place.
OWN_WORDS = {"questions": ("[the patient's questions]",), "removed": ("[the patient's questions]",), "added": "[the patient's question]"}
#: Said when even the line for trouble cannot be read. The one sentence outside content/.
LAST_RESORT = "I can't answer right now. If this could be an emergency, call your emergency number now. Otherwise call your care team."

log = structlog.get_logger()


@dataclass(frozen=True)
class Reply:
    """What a patient gets, and where it came from.

    `text` is Markdown. `state`: draft, approved, expired or withheld; `kind`: answer, voice, safety or
    check; `block`: which part of the item; `buttons`: ({"id", "title"}, ...); `sources`: ids; `archived`: the text
    as the archive keeps it, where the text itself repeats a patient's own words."""

    text: str
    content: str
    version: str
    kind: str
    state: str = "draft"
    block: str = "short"
    tier: str = "none"
    buttons: tuple = ()
    sources: tuple = ()
    reviewed_on: Optional[str] = None
    reviewed_by: Optional[str] = None
    label: Optional[str] = None
    archived: Optional[str] = None

    def as_dict(self) -> dict:
        return {**vars(self), "buttons": [dict(button) for button in self.buttons], "sources": list(self.sources)}


class Speaker:
    """Composes replies. Never raises and never returns nothing: trouble has a reply of its own."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.library = desk, desk.library
        titles = yaml.safe_load((self.library.root / "buttons.yml").read_text(encoding="utf-8"))
        self._titles: Mapping[str, str] = {key: str(title) for key, title in titles.items()}

    def situation(self, known: Iterable[str] = (), channel: str = "web", **extra) -> Situation:
        """The situation now: the clinic's hours decide which number is said."""
        return Situation(self.library.clinic.at(datetime.now(timezone.utc)), frozenset(known), channel, extra=extra)

    def answer(self, item: Item, situation: Situation, block: str = "short", note: Optional[Verdict] = None) -> Reply:
        """A topic's block, with its other blocks and related questions as buttons and, where a sign was named, the standing line."""
        reply = self._say(item, situation, block)
        if reply.state == "withheld":
            return reply
        buttons = [self.button(button) for button, told in OTHER_BLOCKS.items() if told != block]
        buttons += [self.button(topic) for topic in item.list("related")]
        return replace(self._with_line(reply, situation, note), buttons=tuple(buttons))

    def voice(self, name: str, situation: Situation, buttons: Iterable[str] = (), note: Optional[Verdict] = None, block: str = "short") -> Reply:
        """A voice line, with its own buttons or the given ones."""
        item = self.library.voice(name)
        reply = self._with_line(self._say(item, situation, block), situation, note)
        return replace(reply, buttons=tuple(self.button(button) for button in [*buttons] or item.list("buttons")))

    def safety(self, verdict: Verdict, situation: Situation, topic: Optional[str] = None) -> Reply:
        """The safety message a verdict names; an urgent one offers the other question as a button."""
        extra = {**situation.extra, "emergency": "emergency" in (verdict.tier, verdict.suspected)}
        situation = replace(situation, signs=verdict.names, other=verdict.other, extra=extra)
        reply = self._safety_words(verdict, situation)
        kind = "check" if verdict.message in CHECKS else "safety"
        buttons = [self.button(button) for button in CHECK_BUTTONS] if verdict.check else []
        if verdict.tier == "urgent" and topic and self.library.question(topic):
            buttons.append(self.button(topic))
        return replace(reply, kind=kind, tier=verdict.tier, buttons=tuple(buttons))

    def trouble(self, situation: Situation) -> Reply:
        """What is said when an answer could not be made."""
        try:
            return self.voice("service_down", situation)
        except Exception:  # noqa: BLE001 - the last line of defence has nothing behind it
            log.error("trouble_line_failed")
            return Reply(LAST_RESORT, "none", "none", "voice")

    def button(self, name: str) -> dict:
        """A button by topic, voice or button name."""
        return {"id": name, "title": self._titles.get(name) or self.library.question(name) or name.replace("_", " ").capitalize()}

    def button_ids(self) -> frozenset:
        """Every id a pressed button may have."""
        return frozenset([*self._titles, *OTHER_BLOCKS, *(item.name for item in self.library.items.values() if item.kind in ("answer", "voice"))])

    def source_list(self, ids: Iterable[str]) -> list[dict]:
        """Sources as a page shows them: title, publisher, year, identifier."""
        wanted = ("title", "publisher", "year", "identifier")
        return [{key: self.library.sources[source][key] for key in wanted} for source in ids if source in self.library.sources]

    def _safety_words(self, verdict: Verdict, situation: Situation) -> Reply:
        """The message's words; where they fail, those for its tier alone. Raises only when both fail."""
        try:
            item = self.library.items.get(f"safety/{verdict.message}") or self.library.voice(verdict.message)
            reply = self._say(item, situation, "short")
            if reply.state == "draft" and self.desk.mode == "clinic" and verdict.tier != "none":  # withdrawn: the tier's own words, if these are signed
                general = self._say(self.library.safety(verdict.tier), situation, "short")
                return general if general.state != "draft" else reply
            return reply
        except Exception as error:  # noqa: BLE001 - a broken message must not silence the sign
            log.error("safety_message_failed", message=verdict.message, error=type(error).__name__)
            if verdict.tier == "none" and not verdict.check:
                raise
            return self._say(self.library.safety(verdict.tier if verdict.tier != "none" else "check_unlisted"), situation, "short")

    def _say(self, item: Item, situation: Situation, block: str) -> Reply:
        served = self.desk.serve(item, situation.clinic_day())
        if served is None:
            item = self.library.voice("not_approved")
            served = self.desk.serve(item, situation.clinic_day()) or Served(item, "withheld")
            return replace(self._rendered(served, situation, "short"), state="withheld")
        return self._rendered(served, situation, block)

    def _rendered(self, served: Served, situation: Situation, block: str) -> Reply:
        text = self.library.renderer.render(served.item, block, situation)
        label = plain(self.library.voice("draft_label").blocks["short"].source) if served.state == "draft" else None
        return Reply(text, served.item.id, served.item.version, served.item.kind, served.state, block, sources=tuple(served.item.list("sources")),
                     reviewed_on=served.reviewed_on, reviewed_by=served.by, label=label, archived=self._archived(served.item, block, situation))

    def _archived(self, item: Item, block: str, situation: Situation) -> Optional[str]:
        if not any(situation.extra.get(key) for key in OWN_WORDS):
            return None
        stand_ins = {key: OWN_WORDS[key] for key in OWN_WORDS if situation.extra.get(key)}
        return self.library.renderer.render(item, block, replace(situation, extra={**situation.extra, **stand_ins}))

    def _with_line(self, reply: Reply, situation: Situation, verdict: Optional[Verdict]) -> Reply:
        if not verdict or not verdict.note:
            return reply
        noted = [finding for finding in verdict.findings if finding.outcome == "note"]
        extra = {**situation.extra, "emergency": verdict.suspected == "emergency" or any(finding.tier == "emergency" for finding in noted)}
        line = self._say(self.library.voice("standing_line"), replace(situation, signs=verdict.noted_names, other=False, extra=extra), "short")
        archived = reply.archived and f"{reply.archived}\n\n{line.text}"
        return replace(reply, text=f"{reply.text}\n\n{line.text}", label=reply.label or line.label, archived=archived)
