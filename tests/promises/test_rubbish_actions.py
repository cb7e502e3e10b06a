"""Something else answers on the action server's port: none of it reaches the patient, who is answered all the same."""

from __future__ import annotations

import expect
import outages
import pytest
from expect import LIST, QUESTION, STIFF_NECK


@pytest.fixture(scope="module")
def in_list(running):
    """Conversations that began a question list while all was well; each is used once."""
    sessions = [running.session() for _ in range(2 * len(outages.RUBBISH))]
    for session in sessions:
        expect.a_reply(running.say(LIST, session))
    return sessions


@pytest.fixture(scope="module")
def stand_in(running, in_list):
    with outages.stand_in(running) as server:
        yield server


@pytest.fixture(params=outages.RUBBISH)
def rubbish(request, stand_in, running):
    """Ivy with an action server that answers this."""
    stand_in.answer, stand_in.asked = outages.RUBBISH[request.param], 0
    return running


def test_question_is_answered(rubbish):
    answer = rubbish.say(QUESTION)
    expect.a_reply(answer)
    assert answer.contents[0].startswith("answers/")


def test_stiff_neck_gets_its_safety_message(rubbish, stand_in, library):
    expect.a_safety_message(rubbish.say(STIFF_NECK), library.clinic)
    assert stand_in.asked, "the rubbish was never asked for"


def test_question_within_the_question_list_gets_a_reply(rubbish, in_list):
    expect.a_reply(rubbish.say(QUESTION, in_list.pop()))


def test_stiff_neck_within_the_question_list_gets_its_safety_message(rubbish, in_list, library):
    expect.a_safety_message(rubbish.say(STIFF_NECK, in_list.pop()), library.clinic)


def test_question_list_gets_a_reply(rubbish):
    expect.a_reply(rubbish.say(LIST))


def test_nothing_a_patient_typed_reaches_the_log(rubbish):
    rubbish.say(STIFF_NECK)
    assert rubbish.leaked() == []
