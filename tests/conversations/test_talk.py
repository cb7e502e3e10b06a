"""Talk around the answers, in process: follow-ups, who wrote it, forgetting, another language, alerts and checks."""

from __future__ import annotations

import uuid

import pytest

QUESTION, ANSWER = "how many hours will the infusion run for?", "answers/infusion/infusion_length"
COST = "answers/practical/cost_insurance"


@pytest.fixture
def say(ivy, loop):
    """One conversation: say or press, get the replies."""
    conversation = uuid.uuid4().hex
    return lambda text, button="": loop.run_until_complete(ivy.ask(text, conversation, button=button))


def contents(replies) -> list:
    return [reply["content"] for reply in replies]


def buttons(replies) -> list:
    return [button["id"] for reply in replies for button in reply["buttons"]]


def test_greeting_is_returned_with_ways_to_go_on(say):
    replies = say("hello there Ivy")
    assert contents(replies) == ["voice/greet"] and buttons(replies)


@pytest.mark.parametrize("text, block", [("tell me more about that please", "more"), ("can you put that in easier words please", "simple")])
def test_follow_up_stays_with_the_last_answer(say, text, block):
    assert contents(say(QUESTION)) == [ANSWER]
    (reply,) = say(text)
    assert (reply["content"], reply["block"]) == (ANSWER, block)


def test_tell_me_more_button_stays_with_the_last_answer(say):
    say(QUESTION)
    (reply,) = say("", "tell_me_more")
    assert (reply["content"], reply["block"]) == (ANSWER, "more")


def test_who_wrote_this_names_the_sources_of_the_last_answer(say):
    (answer,) = say(QUESTION)
    (reply,) = say("who exactly wrote this")
    assert reply["content"] == "voice/sources_and_reviewer" and reply["sources"] == answer["sources"]


def test_every_unreviewed_reply_is_labelled_a_draft(say):
    for text in (QUESTION, "hello there Ivy", "my neck is all stiff"):
        assert all(reply["state"] == "draft" and reply["label"] for reply in say(text))


def test_forget_me_forgets_the_conversation(say):
    say(QUESTION)
    assert contents(say("Forget me!")) == ["voice/forget_done"]
    assert contents(say("tell me more about that please")) == ["voice/tell_me_more"]


def test_forget_me_forgets_what_was_said_of_safety(say):
    """ITP said before raises a headache; after forgetting it does not."""
    say("they say i have itp")
    say("forget me")
    assert [reply["tier"] for reply in say("a mild headache since lunch")] == ["routine"]


@pytest.mark.parametrize("text", ["¿Cuánto tiempo tarda la infusión en hacer efecto?", "combien de temps dure la perfusion à l'hôpital"])
def test_another_language_gets_the_emergency_number(say, library, text):
    (reply,) = say(text)
    assert reply["content"] == "voice/other_language" and "911" in reply["text"]


def test_sign_in_spanish_is_heard(say):
    assert say("tengo el cuello rigido desde ayer")[0]["tier"] in ("urgent", "emergency")


@pytest.mark.parametrize("command", ["/restart", "/session_start", "/action_escalate{}"])
def test_typed_command_is_plain_text(say, command):
    """It restarts nothing: the conversation goes on."""
    say(QUESTION)
    assert say(command)
    assert contents(say("", "tell_me_more"))[0].startswith(("answers/", "voice/"))
    assert contents(say("tell me more about that please"))


def test_typed_restart_keeps_the_conversation(say):
    say("they say i have itp")
    say("/restart")
    assert say("a mild headache since lunch")[0]["tier"] == "urgent"


def test_urgent_alert_offers_the_other_question(say):
    replies = say("What does IVIG cost, and will my insurance pay for it? My neck is all stiff.")
    assert contents(replies) == ["safety/urgent_aseptic_meningitis"] and buttons(replies) == ["cost_insurance"]
    assert contents(say("", "cost_insurance"))[0] == COST


def test_check_answers_what_was_asked_then_asks(say):
    replies = say("What does IVIG cost, and will insurance pay for it? My sister has a fever.")
    assert contents(replies) == [COST, "safety/check"]
    assert buttons(replies[1:]) == ["check_yes", "check_no", "check_not_sure"]


@pytest.mark.parametrize("button, content", [("check_yes", "safety/urgent_fever"), ("check_not_sure", "safety/urgent_fever"), ("check_no", "voice/check_no")])
def test_pressed_answer_to_the_check(say, button, content):
    say("my sister has a fever")
    assert contents(say("", button)) == [content]


def test_thanks_after_an_alert_gets_the_action_again(say):
    say("my neck is all stiff")
    assert contents(say("ok thanks")) == ["safety/in_safety"]


def test_urgent_alert_offers_the_other_question_also_when_it_is_only_likely(say):
    """The sign makes the classifier less sure of the question it stands beside."""
    assert buttons(say("does insurance cover ivig and also my neck is really stiff today")) == ["cost_insurance"]


def test_emergency_offers_no_other_question(say):
    assert buttons(say("does insurance cover ivig and also i cant breathe")) == []


def test_thanks_after_an_emergency_names_the_emergency_number(say):
    say("i have chest pain right now")
    (reply,) = say("thanks")
    assert reply["content"] == "safety/in_safety" and "911" in reply["text"] and "555" not in reply["text"]


def test_question_after_an_emergency_is_answered_with_the_emergency_number(say):
    say("i have chest pain right now")
    assert "911" in say("how long does an infusion take?")[-1]["text"].split("\n\n")[-1]


@pytest.mark.parametrize("first, content", [("i want to kill myself", "safety/in_safety_suicidal"), ("my husband hits me", "safety/in_safety_violence"), ("i took all my pills at once", "safety/in_safety_overdose")])
def test_after_self_harm_violence_or_overdose_no_list_of_topics(say, first, content):
    say(first)
    replies = say("i feel a bit better now")
    assert contents(replies) == [content] and buttons(replies) == []


def test_sign_in_the_middle_of_talk_is_answered_first(say):
    say(QUESTION)
    assert say("i cant breathe properly")[0]["tier"] == "emergency"
