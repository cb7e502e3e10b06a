"""The guard: whatever Rasa does, the patient gets a reply, and a warning sign its safety message."""

from __future__ import annotations

import asyncio

import pytest
from rasa.core.channels.channel import OutputChannel, UserMessage

from bot.library.service import speaker
from bot.project import CONTENT
from bot.rasa.guard import Guard, GuardedOutput
from bot.rasa.inbound import LONGEST_ANSWERED
from bot.safety.dialogue import SafetyState, load_dialogue

ALARMING, CALM = "my neck is stiff", "how long does the drip take"
SAFETY = "safety/urgent_aseptic_meningitis"
PATIENCE = 0.2


class Phone(OutputChannel):
    """What the patient gets, as content ids."""

    def __init__(self) -> None:
        self.got: list = []

    async def send_response(self, recipient_id, message) -> None:
        self.got.append(message["content"])


class NoTrackers:
    async def retrieve(self, sender_id):
        return None


class Rasa:
    """An agent that says what it is told to, after a while, and may fail."""

    def __init__(self, *says, after=0.0, fails=False) -> None:
        self.tracker_store, self._says, self._after, self._fails = NoTrackers(), says, after, fails
        self.heard: list = []

    async def handle_message(self, message):
        self.heard.append(message)
        await asyncio.sleep(self._after)
        if self._fails:
            raise RuntimeError("broken on purpose")
        for content in self._says:
            await message.output_channel.send_response(message.sender_id, {"text": "words", "content": content})


class BrokenJudge:
    def next_verdict(self, *args):
        raise RuntimeError("broken on purpose")


@pytest.fixture(scope="module")
def dialogue(triage):
    return load_dialogue(CONTENT, triage)


@pytest.fixture
def send(dialogue):
    """One message through a guard around this Rasa; what the patient got, at once and later."""

    async def _send(rasa, *texts, judge=None, wait=0.0, patience=PATIENCE, **metadata):
        phone, guard = Phone(), Guard(rasa, speaker(), judge or dialogue, patience=patience)
        for text in texts:
            await guard.handle_message(UserMessage(text, phone, "someone", input_channel="web", metadata=metadata))
        await asyncio.sleep(wait)
        return phone.got

    return _send


HANGS, RAISES, SILENT = {"after": 5}, {"fails": True}, {}


@pytest.mark.parametrize("fault", [HANGS, RAISES, SILENT], ids=["hangs", "raises", "says nothing"])
async def test_warning_sign_gets_its_message_whatever_rasa_does(send, fault):
    assert await send(Rasa(**fault), ALARMING) == [SAFETY]


@pytest.mark.parametrize("fault", [HANGS, RAISES, SILENT], ids=["hangs", "raises", "says nothing"])
async def test_question_gets_a_reply_whatever_rasa_does(send, fault):
    assert await send(Rasa(**fault), CALM) == ["voice/service_down"]


async def test_answer_without_the_safety_message_is_followed_by_it(send):
    assert await send(Rasa("answers/x"), ALARMING) == ["answers/x", SAFETY]


async def test_what_rasa_said_in_time_is_not_said_again(send):
    assert await send(Rasa(SAFETY), ALARMING) == [SAFETY]
    assert await send(Rasa("answers/x"), CALM) == ["answers/x"]


async def test_answer_that_comes_late_is_dropped(send):
    assert await send(Rasa("answers/x", after=2 * PATIENCE), CALM, wait=3 * PATIENCE) == ["voice/service_down"]


async def test_safety_said_late_is_let_through_once(send):
    assert await send(Rasa(SAFETY, SAFETY, after=2 * PATIENCE), CALM, wait=3 * PATIENCE) == ["voice/service_down", SAFETY]


async def test_safety_said_late_is_dropped_when_the_guard_has_said_it(send):
    assert await send(Rasa(SAFETY, after=2 * PATIENCE), ALARMING, wait=3 * PATIENCE) == [SAFETY]


async def test_broken_triage_asks(send):
    """It does not wave the message through."""
    assert await send(Rasa(), CALM, judge=BrokenJudge()) == ["safety/check_unlisted"]


async def test_sign_at_the_end_of_a_long_text_is_heard(send):
    assert await send(Rasa(), "hello there . " * 300 + ALARMING, patience=5) == [SAFETY, "voice/too_long"]


async def test_long_text_is_answered_and_rasa_gets_its_beginning(send):
    rasa = Rasa("answers/x")
    assert await send(rasa, "hello there . " * 300, patience=5) == ["answers/x", "voice/too_long"]
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
