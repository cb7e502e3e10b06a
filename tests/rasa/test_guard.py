"""The guard: whatever Rasa does, the patient gets a reply, and a warning sign its safety message."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore

from bot.library.service import speaker
from bot.project import CONTENT
from bot.rasa.guard import Guard, GuardedOutput
from bot.rasa.inbound import LONGEST_ANSWERED
from bot.records import escalations
from bot.safety.dialogue import SafetyState, load_dialogue
from bot.sharing import Sharing

ALARMING, CALM = "my neck is stiff", "how long does the drip take"
SAFETY = "safety/urgent_aseptic_meningitis"
PATIENCE, LONG = 0.2, 20.0  # seconds for a Rasa that is late, and for one that is not


class Phone(OutputChannel):
    """What the patient gets, as content ids."""

    def __init__(self) -> None:
        self.got: list = []

    async def send_response(self, recipient_id, message) -> None:
        self.got.append(message["content"])


class NoTrackers:
    async def last_slot(self, sender_id, name):
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
    """One message through a guard around this Rasa; what the patient got, at once and, where Rasa may finish, later."""

    async def _send(rasa, *texts, judge=None, finish=False, patience=LONG, foresee=lambda text: None, **metadata):
        phone, guard = Phone(), Guard(rasa, speaker(), judge or dialogue, patience=patience, foresee=foresee)
        for text in texts:
            await guard.handle_message(UserMessage(text, phone, "someone", input_channel="web", metadata=metadata))
        if finish:
            await guard.finish(LONG)
        return phone.got

    return _send


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


class SlowJudge:
    """Takes its time in a thread; says whether it was asked in one."""

    def __init__(self, dialogue, seconds: float) -> None:
        self._dialogue, self._seconds, self.threads = dialogue, seconds, []

    def next_verdict(self, *args):
        self.threads.append(threading.current_thread() is not threading.main_thread())
        if self.threads[-1]:
            time.sleep(self._seconds)
        return self._dialogue.next_verdict(*args)


async def test_others_are_served_while_a_message_is_judged(send, dialogue):
    judge = SlowJudge(dialogue, 1.0)
    sending = asyncio.ensure_future(send(Rasa("answers/x"), CALM, judge=judge))
    turns = 0
    while not sending.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert sending.result() == ["answers/x"] and judge.threads == [True] and turns >= 10


async def test_message_that_the_threads_have_no_time_for_is_judged_all_the_same(send, dialogue):
    judge = SlowJudge(dialogue, 5 * PATIENCE)
    assert await send(Rasa(), ALARMING, judge=judge, patience=PATIENCE) == [SAFETY] and judge.threads == [True, False]


async def test_classifier_reads_the_text_before_rasa_does_and_may_fail(send):
    read, rasa = [], Rasa("answers/x")

    def foresee(text):
        read.append((text, len(rasa.heard)))
        raise RuntimeError("broken on purpose")

    assert await send(rasa, CALM, foresee=foresee) == ["answers/x"] and read == [(CALM, 0)]


async def test_topic_that_takes_long_holds_up_no_verdict_and_rasa_waits_for_it(send, dialogue):
    judge, rasa, order = SlowJudge(dialogue, 0), Rasa("answers/x"), []

    def foresee(text):
        while not judge.threads:
            time.sleep(0.001)
        order.append((len(judge.threads), len(rasa.heard)))

    assert await send(rasa, CALM, judge=judge, foresee=foresee) == ["answers/x"] and order == [(1, 0)]


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


async def test_sign_in_a_long_text_is_heard_while_a_database_that_hangs_holds_all_common_threads(send):
    hangs = threading.Event()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
    for _ in range(4):
        asyncio.get_running_loop().run_in_executor(None, hangs.wait, 3 * LONG)
    try:
        got = await send(Rasa(**SILENT), "We went to the park and fed the ducks. " * 60 + ALARMING)
    finally:
        hangs.set()
    assert got[0] == SAFETY


class Trackers(NoTrackers):
    def __init__(self, order) -> None:
        self._order = order

    async def forget(self, sender_id):
        self._order.append(f"{sender_id} deleted")


class Saves(Rasa):
    """Notes in which order turns are saved and the conversation deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list = []
        self.tracker_store, self.lock_store = Trackers(self.order), InMemoryLockStore()

    async def handle_message(self, message):
        self.order.append(f"{message.sender_id} saved")


@pytest.mark.parametrize("patience", [PATIENCE, LONG], ids=["and the turn is left to finish", "and is answered"])
async def test_deletion_waits_for_a_message_that_is_still_being_judged(dialogue, patience):
    """Its turn would save the words after they were deleted."""
    go_on = threading.Event()

    class SlowJudge:
        def next_verdict(self, *given):
            if threading.current_thread() is not threading.main_thread():  # on the loop it judges at once
                go_on.wait(LONG)
            return dialogue.next_verdict(*given)

    rasa = Saves()
    guard = Guard(rasa, speaker(), SlowJudge(), patience=patience)
    busy = [asyncio.ensure_future(guard.handle_message(UserMessage(CALM, Phone(), name, input_channel="web"))) for name in ("a", "b")]
    saying = asyncio.ensure_future(guard.handle_message(UserMessage(CALM, Phone(), "someone", input_channel="web")))
    await asyncio.sleep(0)
    deleting = asyncio.ensure_future(guard.forget("someone"))
    await asyncio.sleep(5 * PATIENCE)  # time to delete too early
    go_on.set()
    await asyncio.gather(*busy, saying, deleting)
    await guard.finish(LONG)
    assert [what for what in rasa.order if "someone" in what] == ["someone saved", "someone deleted"]
