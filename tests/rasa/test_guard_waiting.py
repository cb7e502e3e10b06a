"""The guard: who waits for whom, and that nobody waits for long."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from guard_stand_ins import ALARMING, CALM, LONG, PATIENCE, SAFETY, NoTrackers, Phone, Rasa
from rasa.core.channels.channel import UserMessage
from rasa.core.lock_store import InMemoryLockStore

from bot.library.service import speaker
from bot.rasa.guard import Guard


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


class OneSlow:
    """Is done with one text when it may be; notes the alert that stands when each text is judged."""

    def __init__(self, dialogue, text: str) -> None:
        self._dialogue, self._text, self.may_end, self.stands = dialogue, text, threading.Event(), {}

    def next_verdict(self, text, state, button):
        self.stands[text] = state.alert
        if text == self._text and threading.current_thread() is not threading.main_thread():  # on the loop it judges at once
            self.may_end.wait(LONG)
        return self._dialogue.next_verdict(text, state, button)


def told(guard, text, conversation, phone=None):
    return asyncio.ensure_future(guard.handle_message(UserMessage(text, phone or Phone(), conversation, input_channel="web")))


async def test_question_right_behind_a_sign_is_judged_with_the_sign_in_mind(dialogue):
    judge = OneSlow(dialogue, ALARMING)
    guard = Guard(Rasa("answers/x"), speaker(), judge, patience=LONG)
    telling = [told(guard, text, "someone") for text in (ALARMING, CALM, "thank you")]
    await asyncio.sleep(PATIENCE)  # time to be judged too early
    judge.may_end.set()
    await asyncio.gather(*telling)
    assert judge.stands == {ALARMING: "none", CALM: "urgent", "thank you": "urgent"} and list(judge.stands) == [ALARMING, CALM, "thank you"]


async def test_question_behind_a_judge_that_hangs_is_answered_in_time_and_with_the_sign_in_mind(dialogue):
    judge, phone, began = OneSlow(dialogue, ALARMING), Phone(), time.monotonic()
    guard = Guard(Rasa("answers/x"), speaker(), judge, patience=5 * PATIENCE)
    slow = told(guard, ALARMING, "someone")
    await told(guard, CALM, "someone", phone)
    assert phone.got and judge.stands[CALM] == "urgent" and time.monotonic() - began < 10 * PATIENCE
    judge.may_end.set()
    await slow


async def test_one_conversation_does_not_wait_for_the_verdict_on_another(dialogue):
    judge, phone = OneSlow(dialogue, ALARMING), Phone()
    guard = Guard(Rasa("answers/x"), speaker(), judge, patience=LONG)
    slow = told(guard, ALARMING, "someone")
    await told(guard, CALM, "another", phone)
    assert phone.got == ["answers/x"] and not slow.done()
    judge.may_end.set()
    await slow


async def test_sign_in_a_long_text_is_heard_while_a_database_that_hangs_holds_all_common_threads(send):
    hangs = threading.Event()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
    for _ in range(4):
        asyncio.get_running_loop().run_in_executor(None, hangs.wait, 3 * LONG)
    try:
        got = await send(Rasa(), "We went to the park and fed the ducks. " * 60 + ALARMING)
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
        await message.understood()
        self.order.append(f"{message.sender_id} saved")


@pytest.mark.parametrize("patience", [PATIENCE, LONG], ids=["and the turn is left to finish", "and is answered"])
async def test_deletion_waits_for_a_message_that_is_still_being_judged(dialogue, patience):
    """Its turn would save the words after they were deleted."""
    judge, rasa = OneSlow(dialogue, CALM), Saves()
    guard = Guard(rasa, speaker(), judge, patience=patience)
    busy = [told(guard, CALM, name) for name in ("a", "b")]
    saying = told(guard, CALM, "someone")
    await asyncio.sleep(0)
    deleting = asyncio.ensure_future(guard.forget("someone"))
    await asyncio.sleep(5 * PATIENCE)  # time to delete too early
    judge.may_end.set()
    await asyncio.gather(*busy, saying, deleting)
    await guard.finish(LONG)
    assert [what for what in rasa.order if "someone" in what] == ["someone saved", "someone deleted"]
