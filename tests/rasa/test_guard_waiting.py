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
from bot.rasa.guard import ORDER_PATIENCE, Guard


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
    """Takes long for one text; notes the alert that stands when each text is judged."""

    def __init__(self, dialogue, text: str, seconds: float) -> None:
        self._dialogue, self._text, self._seconds, self.stands = dialogue, text, seconds, {}

    def next_verdict(self, text, state, button):
        self.stands[text] = state.alert
        if text == self._text:
            time.sleep(self._seconds)
        return self._dialogue.next_verdict(text, state, button)


@pytest.mark.parametrize(("seconds", "stands"), [(PATIENCE, "urgent"), (3 * ORDER_PATIENCE, "none")], ids=["in mind", "left aside when its verdict takes long"])
async def test_question_right_behind_a_sign_is_judged_with_the_sign(dialogue, seconds, stands):
    judge = OneSlow(dialogue, ALARMING, seconds)
    guard = Guard(Rasa("answers/x"), speaker(), judge, patience=LONG)
    saying = [asyncio.ensure_future(guard.handle_message(UserMessage(text, Phone(), "someone", input_channel="web"))) for text in (ALARMING, CALM)]
    await asyncio.gather(*saying)
    assert judge.stands == {ALARMING: "none", CALM: stands}


async def test_one_conversation_does_not_wait_for_the_verdict_on_another(dialogue):
    guard = Guard(Rasa("answers/x"), speaker(), OneSlow(dialogue, ALARMING, ORDER_PATIENCE), patience=LONG)
    slow = asyncio.ensure_future(guard.handle_message(UserMessage(ALARMING, Phone(), "someone", input_channel="web")))
    await guard.handle_message(UserMessage(CALM, phone := Phone(), "another", input_channel="web"))
    assert phone.got == ["answers/x"] and not slow.done()
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
