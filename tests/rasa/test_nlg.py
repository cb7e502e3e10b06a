"""Reviewed words for each response, with their provenance; never nothing, never an error."""

from __future__ import annotations

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.library.service import speaker
from bot.project import ROOT
from bot.rasa.nlg import ReviewedNLG
from bot.safety.verdict import Verdict

DOMAIN = Domain.load(str(ROOT / "domain.yml"))
ALERT = Verdict(tier="urgent", message="urgent_fever", signs=("fever",), names=("a fever",))
LAST_ANSWER = {"content": "answers/expectations/how_fast", "kind": "answer", "block": "short", "sources": ["igl"]}
NOT_UNDERSTOOD = {"content": "voice/not_sure", "kind": "voice"}
#: Said by the question list's action, which tells the line.
NEEDS_A_LINE = {"utter_list"}


@pytest.fixture(scope="module")
def nlg():
    return ReviewedNLG(None, DOMAIN)


@pytest.fixture
def say(nlg):
    async def _say(name, *before, verdict=None, nlg=nlg, **parse):
        metadata = {"verdict": verdict.as_dict()} if verdict else {}
        message = UserUttered("words", parse_data={"intent": {"name": "x"}, **parse}, metadata=metadata, input_channel="web")
        tracker = DialogueStateTracker.from_events("someone", [*before, message], slots=DOMAIN.slots)
        return await nlg.generate(name, tracker, "web")

    return _say


def answered(metadata=LAST_ANSWER) -> list:
    return [UserUttered("first"), BotUttered("said", metadata=metadata)]


@pytest.mark.parametrize("response", sorted(set(DOMAIN.responses) - NEEDS_A_LINE))
async def test_every_response_has_words_and_provenance(say, response):
    reply = await say(response, verdict=ALERT if response == "utter_safety" else None, language="es")
    assert reply["text"].strip() and reply["content"] not in ("none", "voice/service_down") and reply["version"] and reply["state"]


async def test_topic_is_its_answer(say):
    reply = await say("utter_how_fast")
    assert reply["content"] == "answers/expectations/how_fast" and reply["block"] == "short" and reply["sources"]


async def test_answer_before_a_check_question_has_no_buttons_but_what_was_asked_beyond_it(say):
    check = Verdict(check=True, suspected="urgent", message="check")
    assert (await say("utter_how_fast", verdict=check, topic="how_fast"))["buttons"] == []
    reply = await say("utter_how_fast", verdict=check, topic="how_fast", answers=["how_fast", "how_often"])
    assert [button["id"] for button in reply["buttons"]] == ["how_often"]


async def test_safety_is_what_the_verdict_names(say):
    reply = await say("utter_safety", verdict=ALERT)
    assert reply["content"] == "safety/urgent_fever" and reply["tier"] == "urgent"


async def test_urgent_offers_the_other_question(say):
    assert "how_fast" in [button["id"] for button in (await say("utter_safety", verdict=ALERT, topic="how_fast"))["buttons"]]


@pytest.mark.parametrize("response, block", [("utter_tell_me_more", "more"), ("utter_explain_simpler", "simple")])
async def test_follow_up_is_a_block_of_the_last_answer(say, response, block):
    reply = await say(response, *answered())
    assert (reply["content"], reply["block"]) == (LAST_ANSWER["content"], block)


@pytest.mark.parametrize("response", ["utter_tell_me_more", "utter_explain_simpler"])
async def test_follow_up_without_an_answer_asks_what(say, response):
    assert (await say(response))["kind"] == "voice"


async def test_more_after_all_was_told_says_so(say):
    assert (await say("utter_tell_me_more", *answered({**LAST_ANSWER, "block": "more"})))["content"] == "voice/tell_me_more_all"


async def test_follow_up_on_an_answer_that_is_gone_asks_what(say):
    assert (await say("utter_tell_me_more", *answered({**LAST_ANSWER, "content": "answers/no/such"})))["kind"] == "voice"


async def test_offer_has_the_options_and_a_way_out(say):
    reply = await say("utter_did_you_mean", options=["how_fast", "how_often"])
    assert [button["id"] for button in reply["buttons"]] == ["how_fast", "how_often", "something_else"]


async def test_not_sure_twice_offers_a_person(say):
    assert (await say("utter_not_sure"))["content"] == "voice/not_sure"
    again = await say("utter_not_sure", *answered(NOT_UNDERSTOOD))
    assert again["content"] == "voice/not_sure_again" and "talk_to_human" in [button["id"] for button in again["buttons"]]


async def test_sources_are_those_of_the_last_answer(say):
    assert (await say("utter_sources_and_reviewer", *answered()))["sources"] == LAST_ANSWER["sources"]


@pytest.mark.parametrize("language", ["es", "fr", "de", "pt", "it", "pl"])
async def test_another_language_gets_its_own_block_with_the_emergency_number(say, language):
    reply = await say("utter_other_language", language=language)
    assert reply["block"] == language and "911" in reply["text"]


@pytest.mark.parametrize("response", ["utter_no_such_thing", "utter_", "utter_list", ""])
async def test_unknown_response_is_trouble_and_not_an_error(say, response):
    assert (await say(response))["content"] == "voice/service_down"


class BrokenSpeaker:
    """Every answer's template raises; only the line for trouble is left."""

    library = speaker().library

    def situation(self, *args, **kwargs):
        return speaker().situation(*args, **kwargs)

    def trouble(self, situation):
        return speaker().trouble(situation)

    def answer(self, *args, **kwargs):
        raise ValueError("broken on purpose")


async def test_template_that_raises_is_trouble_and_not_silence(say):
    reply = await say("utter_how_fast", nlg=ReviewedNLG(None, DOMAIN, speaks=BrokenSpeaker()))
    assert reply["content"] == "voice/service_down"

