"""What a client may send: refusals are kind and give the numbers, commands are plain text, a retry is no second message."""

from __future__ import annotations

import json
import sqlite3
import uuid
from concurrent.futures import ThreadPoolExecutor

import expect
import pytest
from expect import QUESTION, STIFF_NECK
from waiting import eventually

DIARY = """We drove up on Tuesday and parked behind the old library. The nurse found a vein on the second try and was very kind about it.
My daughter brought a puzzle with a lighthouse on it. The bag took about four hours from start to finish. I read half of a book about bees.
There was soup for lunch, and a roll. Somebody had the radio on, an old station with dance music. On the way home we bought bread and a newspaper.
I slept in the chair by the window until it got dark. My sister rang to ask how the day had been. The next morning I fed the cat and watered the beans.
Our neighbour is painting his fence green this week. """


def numbers_in(text: str, clinic) -> bool:
    return clinic.emergency_number in text and (clinic.phone in text or clinic.after_hours_phone in text)


def together(calls):
    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result() for future in [threads.submit(call) for call in calls]]


@pytest.mark.parametrize("body", [b"", b"hello", b"[1, 2]", b'{"session": ', b"[" * 5000, b"\xff\xfe\x00", b'"text"'], ids=repr)
def test_what_is_no_json_object_is_refused_kindly(running, library, body):
    answer = running.post("/api/message", raw=body[:20] if len(body) < 50 else body)
    assert (answer.status, answer.json["error"], answer.contents) == (400, "not_text", ["voice/not_text"])
    assert numbers_in(answer.text, library.clinic)


@pytest.mark.parametrize("text", [None, 5, ["a"], {"a": 1}, "", "   "], ids=repr)
def test_message_that_is_not_text_is_refused_kindly(running, library, text):
    answer = running.post("/api/message", {"session": running.session(), "id": "1", "text": text})
    assert (answer.status, answer.contents) == (400, ["voice/not_text"])
    assert numbers_in(answer.text, library.clinic)


@pytest.mark.parametrize("forge", [lambda token: None, lambda token: "", lambda token: token[:-3] + "abc", lambda token: [token], lambda token: "web-1", lambda token: token.split(".")[0]],
                         ids=["none", "empty", "altered", "a_list", "a_conversation_id", "unsigned"])
def test_session_not_issued_here_is_refused_with_the_numbers(running, library, forge):
    answer = running.post("/api/message", {"session": forge(running.session()), "id": "1", "text": QUESTION})
    assert (answer.status, answer.json["error"]) == (401, "session")
    assert numbers_in(answer.text, library.clinic)


@pytest.mark.parametrize("size", [200_000, 1_000_000])
def test_huge_body_is_refused_kindly(running, library, size):
    answer = running.post("/api/message", {"session": running.session(), "id": "1", "text": "a " * (size // 2)})
    assert (answer.status, answer.contents) == (413, ["voice/too_long"])
    assert numbers_in(answer.text, library.clinic)


def test_sign_deep_within_a_long_message_is_heard(running, library):
    diary = DIARY.replace("\n", " ")
    text = (diary * 9)[:5200] + f". And {STIFF_NECK}. " + (diary * 60)
    answer = running.say(text[:30_000])
    assert answer.seconds < expect.SECONDS
    assert answer.contents[-1] == "voice/too_long"
    assert any(content.startswith("safety/") for content in answer.contents)
    assert numbers_in(answer.text, library.clinic)


def test_sign_beside_half_an_emoji_is_heard(running, library):
    """As a client sends it that cuts a text by UTF-16 units."""
    expect.a_safety_message(running.say(f"{STIFF_NECK} \ud83e"), library.clinic)


@pytest.mark.parametrize("command", ["/restart", "  /restart", "／restart", "\u200b/restart", "/session_start"])
def test_typed_command_does_not_touch_the_conversation(running, command):
    session = running.session()
    asked = running.press("what_is_ivig", session)
    expect.a_reply(running.say(command, session))
    assert running.say("tell me more about that", session).contents == asked.contents


@pytest.mark.parametrize("command", ["/ask_cost_insurance", '/ask_cost_insurance{"city": "Graz"}', "//ask_cost_insurance", "/report_symptom", "/back"])
def test_typed_intent_is_understood_as_words(running, command):
    session = running.session()
    expect.a_reply(running.say(command, session))
    heard = _heard(running, session)
    assert [event["text"][0] != "/" for event in heard] == [True]
    assert not heard[0]["parse_data"]["entities"]


def test_unknown_button_is_understood_as_words(running):
    session = running.session()
    expect.a_reply(running.press("/ask_cost_insurance", session))
    assert [event["text"] for event in _heard(running, session)] == ["ask_cost_insurance"]


def test_retry_of_a_message_is_answered_once_with_the_same_replies(running):
    session, message_id = running.session(), uuid.uuid4().hex
    first, retry = (running.say(QUESTION, session, message_id) for _ in range(2))
    assert retry.replies == first.replies
    assert len(_heard(running, session)) == 1


def test_retry_that_overtakes_the_answer_gets_the_same_replies(running):
    session, message_id = running.session(), uuid.uuid4().hex
    first, retry = together([lambda: running.say(STIFF_NECK, session, message_id)] * 2)
    assert retry.replies == first.replies
    assert len(_heard(running, session)) == 1


def test_two_messages_at_once_are_both_answered(running):
    session = running.session()
    answers = together([lambda: running.say(QUESTION, session), lambda: running.press("infusion_day", session)])
    assert [answer.contents[0].split("/")[0] for answer in answers] == ["answers", "answers"]


def test_too_many_messages_get_the_line_for_that_and_none_gets_silence(running, library):
    session = running.session()
    answers = together([lambda n=n: running.say(f"{QUESTION}, I ask for the {n}th time", session) for n in range(50)])
    assert all(answer.replies for answer in answers)
    refused = [answer for answer in answers if answer.status == 429]
    assert len(refused) == 20
    assert {answer.contents[0] for answer in refused} == {"voice/too_fast"}
    assert all(numbers_in(answer.text, library.clinic) for answer in refused)


def test_nothing_a_patient_typed_reaches_the_log(running):
    running.say(QUESTION)
    assert running.leaked() == []


def _heard(ivy, session: str) -> list[dict]:
    """The patient's messages that the conversations' database keeps of a session. A turn that took long is saved after its reply."""
    with sqlite3.connect(f"file:{ivy.conversations}?mode=ro", uri=True) as connection:
        query = "SELECT data FROM events WHERE sender_id = ? AND type_name = 'user' ORDER BY id"
        return [json.loads(data) for data, in eventually(lambda: connection.execute(query, (ivy.conversation_id(session),)).fetchall())]
