"""The guard: whatever Rasa does, the patient gets a reply, and a warning sign its safety message."""

from __future__ import annotations

import threading
import time

import pytest
from guard_stand_ins import ALARMING, CALM, PATIENCE, SAFETY, NoTrackers, Phone, Rasa
from rasa.core.channels.channel import UserMessage

from bot.library.service import speaker
from bot.rasa.guard import Guard, GuardedOutput
from bot.rasa.inbound import LONGEST_ANSWERED
from bot.records import escalations
from bot.safety.dialogue import SafetyState
from bot.sharing import Sharing


class BrokenJudge:
    def next_verdict(self, *args):
        raise RuntimeError("broken on purpose")


HANGS, RAISES, SILENT = {"after": 5}, {"fails": True}, {}


@pytest.mark.parametrize("fault", [HANGS, RAISES, SILENT], ids=["hangs", "raises", "says nothing"])
async def test_warning_sign_gets_its_message_whatever_rasa_does(send, fault):
    assert await send(Rasa(**fault), ALARMING, patience=PATIENCE) == [SAFETY]


@pytest.mark.parametrize("fault", [HANGS, RAISES, SILENT], ids=["hangs", "raises", "says nothing"])
async def test_question_gets_a_reply_whatever_rasa_does(send, fault):
    assert await send(Rasa(**fault), CALM, patience=PATIENCE) == ["voice/service_down"]


async def test_answer_without_the_safety_message_is_followed_by_it(send):
    assert await send(Rasa("answers/x"), ALARMING) == ["answers/x", SAFETY]


async def test_what_rasa_said_in_time_is_not_said_again(send):
    assert await send(Rasa(SAFETY), ALARMING) == [SAFETY]
    assert await send(Rasa("answers/x"), CALM) == ["answers/x"]


async def test_answer_that_comes_late_is_dropped(send):
    assert await send(Rasa("answers/x", after=2 * PATIENCE), CALM, patience=PATIENCE, finish=True) == ["voice/service_down"]


async def test_safety_said_late_is_let_through_once(send):
    assert await send(Rasa(SAFETY, SAFETY, after=2 * PATIENCE), CALM, patience=PATIENCE, finish=True) == ["voice/service_down", SAFETY]


async def test_safety_said_late_is_dropped_when_the_guard_has_said_it(send):
    assert await send(Rasa(SAFETY, after=2 * PATIENCE), ALARMING, patience=PATIENCE, finish=True) == [SAFETY]


@pytest.fixture
def slow_disk(monkeypatch):
    """Neither the disk nor the records take the alert, for as long as this says."""
    going_on = threading.Event()
    monkeypatch.setattr(escalations, "note_escalation", lambda *_: going_on.wait(10))
    yield going_on
    going_on.set()


@pytest.mark.parametrize("fault", [HANGS, RAISES, SILENT], ids=["hangs", "raises", "says nothing"])
async def test_alert_is_noted_before_the_guard_says_its_message(dialogue, monkeypatch, fault):
    phone, noted = Phone(), []
    monkeypatch.setattr(escalations, "note_escalation", lambda *alert: noted.append((alert, list(phone.got))))
    await Guard(Rasa(**fault), speaker(), dialogue, patience=PATIENCE).handle_message(UserMessage(ALARMING, phone, "someone", input_channel="web", message_id="m1"))
    ((alert, said_before),) = noted
    assert alert == ("m1", "urgent", ("stiff_neck",), SAFETY, "web", "guard") and said_before == [] and phone.got == [SAFETY]


async def test_records_and_disk_that_hang_delay_the_message_by_half_a_second_at_the_most(send, slow_disk):
    began = time.monotonic()
    assert await send(Rasa(fails=True), ALARMING) == [SAFETY]
    assert time.monotonic() - began < 3


async def test_safety_that_rasa_says_while_the_guard_notes_is_said_once(send, slow_disk):
    assert await send(Rasa(SAFETY, after=PATIENCE + 0.1), ALARMING, patience=PATIENCE, finish=True) == [SAFETY]


async def test_broken_triage_asks(send):
    """It does not wave the message through."""
    assert await send(Rasa(), CALM, judge=BrokenJudge()) == ["safety/check_unlisted"]


async def test_sign_at_the_end_of_a_long_text_is_heard(send):
    assert await send(Rasa(), "hello there . " * 300 + ALARMING) == [SAFETY, "voice/too_long"]


async def test_long_text_is_answered_and_rasa_gets_its_beginning(send):
    rasa = Rasa("answers/x")
    assert await send(rasa, "hello there . " * 300) == ["answers/x", "voice/too_long"]
    assert len(rasa.heard[0].text) <= LONGEST_ANSWERED


@pytest.mark.parametrize("text", ["", " ", "/", "\ud83d", "/restart", "\x00", "///"])
async def test_any_text_gets_a_reply(send, text):
    assert await send(Rasa(), text)


async def test_typed_slash_is_no_command(send):
    rasa = Rasa("answers/x")
    await send(rasa, "/restart")
    assert rasa.heard[0].text == "restart"


async def test_pressed_button_becomes_its_intent(send):
    rasa = Rasa("answers/x")
    await send(rasa, "", button="how_fast")
    assert rasa.heard[0].text == "/ask_how_fast"


async def test_verdict_and_state_travel_with_the_message(send):
    rasa = Rasa(SAFETY)
    await send(rasa, ALARMING)
    metadata = rasa.heard[0].metadata
    assert metadata["verdict"]["tier"] == "urgent" and SafetyState.from_dict(metadata["state"]).alert == "urgent"


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "one of several"])
async def test_only_a_server_that_is_not_alone_looks_up_what_it_remembers_itself(dialogue, monkeypatch, shared):
    rasa, looked_up = Rasa("answers/x"), []
    monkeypatch.setattr(rasa.tracker_store, "last_slot", lambda *asked: looked_up.append(asked) or NoTrackers().last_slot(*asked), raising=False)
    guard = Guard(rasa, speaker(), dialogue, sharing=Sharing("redis://127.0.0.1:9/0", "s") if shared else None)
    for _ in range(3):
        await guard.handle_message(UserMessage(CALM, Phone(), "someone", input_channel="web"))
    assert len(looked_up) == (3 if shared else 1)


async def test_check_is_remembered_without_trackers(send):
    """The database is away: the guard's own memory knows what it asked."""
    assert await send(Rasa(), "my sister has a fever", "yes") == ["safety/check", "safety/urgent_fever"]


async def test_words_that_nobody_wrote_are_dropped():
    """An action server gone astray: no content id."""
    phone = Phone()
    output = GuardedOutput(phone)
    for message in ({"text": "I made this up"}, {"text": "", "content": "answers/x"}, {"content": "answers/x"}):
        await output.send_response("someone", message)
    assert phone.got == [] and output.sent == []


async def test_installed_guard_stands_before_the_agent(dialogue):
    rasa, phone = Rasa(fails=True), Phone()
    Guard(rasa, speaker(), dialogue, patience=PATIENCE).install()
    await rasa.handle_message(UserMessage(ALARMING, phone, "someone"))
    assert phone.got == [SAFETY]
