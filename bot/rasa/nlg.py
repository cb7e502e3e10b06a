"""The in-process NLG: `utter_<name>` becomes reviewed words, with their provenance in the metadata."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Optional, Text

import structlog
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.library.items import Item
from bot.library.render import CONDITIONS, Situation
from bot.library.questions import SLOT, QuestionList
from bot.library.service import question_sets, speaker
from bot.library.speaking import Reply, Speaker
from bot.rasa.conversation import latest_verdict, parsed, safety_state, said, said_before_last_message

log = structlog.get_logger()


class ReviewedNLG(TemplatedNaturalLanguageGenerator):
    """Serves content/. Subclasses Rasa's templated NLG because only that one is told of a newly loaded
    domain (rasa/core/agent.py, `load_model`). Never returns None, never raises."""

    def __init__(self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None, speaks: Optional[Speaker] = None) -> None:
        super().__init__(domain.responses if domain else {})
        try:
            self._speaker = speaks or speaker()
        except AttributeError as error:
            # Rasa reports an AttributeError from here as "could not find a class"
            raise RuntimeError(f"content cannot be served: {error}") from error

    async def generate(self, utter_action: Text, tracker: DialogueStateTracker, output_channel: Text, **kwargs: Any) -> Dict[Text, Any]:
        known = safety_state(tracker).known
        situation = self._speaker.situation(known, tracker.get_latest_input_channel() or "web")
        try:
            return self._reply(utter_action.removeprefix("utter_"), tracker, situation, kwargs).as_dict()
        except Exception as error:  # noqa: BLE001 - a broken template must not mean silence
            log.error("reply_failed", response=utter_action, error=type(error).__name__)
            return self._speaker.trouble(situation).as_dict()

    def _reply(self, name: str, tracker: DialogueStateTracker, situation: Situation, kwargs: Dict) -> Reply:
        verdict = latest_verdict(tracker)
        special = {"safety": self._safety, "tell_me_more": self._more, "explain_simpler": self._simpler, "did_you_mean": self._offer,
                   "not_sure": self._not_sure, "out_of_scope": self._nearest, "list": self._list, "questions_for_doctor": self._questions, "sources_and_reviewer": self._sources,
                   "other_language": self._language}.get(name)
        if special:
            return special(tracker, situation, kwargs)
        item = self._speaker.library.answer(name)
        return self._answer(item, tracker, situation, verdict) if item else self._speaker.voice(name, situation, note=verdict)

    def _answer(self, item: Item, tracker, situation, verdict) -> Reply:
        """An answer, in the part and for the person that a follow-up names. Of two in a row only the last has
        buttons and the line for a sign; what was asked beyond it is its first button. Before a check question it
        is the only one, or the question's own three would be lost among others."""
        answers, later = parsed(tracker, "answers") or [parsed(tracker, "topic")], parsed(tracker, "later") or []
        if verdict and verdict.acts:  # Ivy goes on to ask about a sign: one answer is enough before that
            answers, later = answers[:1], [*answers[1:], *later]
        if item.name not in answers:  # a pressed button
            return self._speaker.answer(item, situation, note=verdict)
        if item.name != answers[-1]:
            return replace(self._speaker.answer(item, situation), buttons=())
        about = [parsed(tracker, "about")] if parsed(tracker, "about") in CONDITIONS else []
        reply = self._speaker.answer(item, replace(situation, known=situation.known.union(about)), parsed(tracker, "block") or "short", verdict)
        offered = [self._speaker.button(topic) for topic in later] if reply.state != "withheld" else []
        others = () if verdict and verdict.check else tuple(button for button in reply.buttons if button not in offered)
        return replace(reply, buttons=(*offered, *others)[: max(len(reply.buttons), len(offered))])

    def _safety(self, tracker, situation, kwargs) -> Reply:
        asked = [parsed(tracker, "topic"), *(parsed(tracker, "later") or ()), *(parsed(tracker, "options") or ())]
        return self._speaker.safety(latest_verdict(tracker), situation, next((topic for topic in asked if topic), None))

    def _more(self, tracker, situation, kwargs) -> Reply:
        return self._block_of_last_answer(tracker, situation, "more", "tell_me_more")

    def _simpler(self, tracker, situation, kwargs) -> Reply:
        return self._block_of_last_answer(tracker, situation, "simple", "explain_simpler")

    def _block_of_last_answer(self, tracker, situation, block: str, otherwise: str) -> Reply:
        """`more` or `simple` of the last answer; a voice line when there was none, or it was just told."""
        last = next((reply for reply in said(tracker) if reply.get("kind") == "answer"), None)
        if not last:
            return self._speaker.voice(otherwise, situation)
        item = self._speaker.library.items.get(last["content"])
        if item is None or last.get("block") == block:
            return self._speaker.voice(f"{otherwise}_all" if block == "more" else otherwise, situation)
        return self._speaker.answer(item, situation, block)

    def _offer(self, tracker, situation, kwargs) -> Reply:
        return self._speaker.voice("did_you_mean", situation, [*(parsed(tracker, "options") or ()), "something_else"], latest_verdict(tracker))

    def _not_sure(self, tracker, situation, kwargs) -> Reply:
        """Said once; the second time in a row a person is offered."""
        again = any(reply["content"] in ("voice/not_sure", "voice/did_you_mean") for reply in said_before_last_message(tracker))
        if again:
            return self._speaker.voice("not_sure_again", situation, ["talk_to_human", "what_can_you_do"], latest_verdict(tracker))
        return self._speaker.voice("not_sure", situation, [*self._near(tracker), "what_can_you_do"], latest_verdict(tracker))

    def _nearest(self, tracker, situation, kwargs) -> Reply:
        return self._speaker.voice("out_of_scope", situation, [*self._near(tracker), "what_can_you_do"], latest_verdict(tracker))

    def _near(self, tracker) -> list[str]:
        """Up to two topics the classifier ranked first."""
        ranked = [entry["name"].removeprefix("ask_") for entry in parsed(tracker, "intent_ranking") or ()]
        return [topic for topic in ranked if self._speaker.library.question(topic)][:2]

    def _questions(self, tracker, situation, kwargs) -> Reply:
        """The general answer, with the situations a list can be made for as its buttons."""
        reply = self._speaker.answer(self._speaker.library.answer("questions_for_doctor"), situation, note=latest_verdict(tracker))
        started = ["list_show"] if QuestionList.from_dict(tracker.get_slot(SLOT)).show() else []
        offered = [self._speaker.button(button) for button in (*started, *(chosen.id for chosen in question_sets()))]
        return reply if reply.state == "withheld" else replace(reply, buttons=tuple(offered))

    def _list(self, tracker, situation, kwargs) -> Reply:
        """The question list's lines; the action says which, with what. The sources are the situation's."""
        extra = {key: kwargs.get(key) for key in ("situation", "questions", "added", "removed")}
        filled = self._speaker.situation(situation.known, situation.channel, **extra)
        reply = self._speaker.voice(kwargs["line"], filled, kwargs.get("offer") or (), latest_verdict(tracker))
        return replace(reply, sources=tuple(kwargs.get("sources") or reply.sources))

    def _sources(self, tracker, situation, kwargs) -> Reply:
        """Who reviewed the last answer, truthfully, and its sources."""
        last = next((reply for reply in said(tracker) if reply.get("kind") == "answer"), {})
        served = self._speaker.desk.standing(last["content"]) if last.get("state") in ("approved", "expired") else None
        filled = self._speaker.situation(situation.known, situation.channel, reviewer=served and served.by, reviewed_on=served and served.at[:10])
        reply = self._speaker.voice("sources_and_reviewer", filled)
        return replace(reply, sources=tuple(last.get("sources") or ()))

    def _language(self, tracker, situation, kwargs) -> Reply:
        return self._speaker.voice("other_language", situation, block=parsed(tracker, "language"))
