"""Messages are understood in another process; when that is not there, they are understood here."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time

import psutil
import pytest
from guard_stand_ins import ALARMING, CALM, LONG, Phone, Rasa
from rasa.core.channels.channel import UserMessage
from waiting import eventually

from bot.library.service import speaker
from bot.project import ROOT
from bot.rasa import apart as module
from bot.rasa.apart import Apart, Unanswered
from bot.rasa.guard import Guard
from bot.rasa.workers import Threads
from bot.safety.dialogue import SafetyState

HERE, BREAKS = os.getpid(), "a text at which the copy fails"


class Where:
    """Judges as the dialogue does; notes, where it is asked here, that it was."""

    def __init__(self, dialogue) -> None:
        self._dialogue, self.here = dialogue, []

    def next_verdict(self, text, state, button=""):
        if os.getpid() == HERE:
            self.here.append(text)
        elif text == BREAKS:
            raise RuntimeError("broken on purpose")
        return self._dialogue.next_verdict(text, state, button)


@pytest.fixture
def judge(dialogue):
    return Where(dialogue)


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """On a busy machine the copy may take longer than a patient can wait."""
    monkeypatch.setattr(module, "LATE", LONG)


@pytest.fixture
async def apart(judge):
    """Workers in a copy of this process, and what they remembered of it."""
    remembered = []
    apart = Apart(Threads(judge, lambda text: (text, os.getpid())), remembered.append)
    apart.remembered = remembered
    await apart.start(CALM)
    yield apart
    await ended(apart)


async def ended(apart):
    apart.copy.end()
    await asyncio.wait({apart.copy.reading}, timeout=LONG)
    assert not runs(apart.copy.pid)


async def understood(apart, text=ALARMING):
    judged, foreseen = apart.understand(text, SafetyState(), "", text)
    verdict, _state = await judged
    await foreseen
    return verdict.tier


async def test_message_is_judged_and_its_topic_found_in_another_process(apart, judge):
    assert await understood(apart) == "urgent" and judge.here == []
    ((text, process),) = apart.remembered
    assert text == ALARMING and process == apart.copy.pid != HERE


async def test_messages_at_the_same_time_each_get_their_own_verdict(apart):
    tiers = await asyncio.gather(*(understood(apart, text) for text in (ALARMING, CALM) * 20))
    assert tiers == ["urgent", "none"] * 20


async def test_process_that_ended_leaves_its_work_to_this_one(apart, judge):
    os.kill(apart.copy.pid, signal.SIGKILL)
    assert [await understood(apart) for _ in range(3)] == ["urgent"] * 3
    assert judge.here == [ALARMING] * 3 and apart.remembered == []


async def test_message_for_which_the_process_takes_long_is_judged_here_and_the_process_goes_on(apart, judge, monkeypatch):
    monkeypatch.setattr(module, "LATE", 0.2)
    os.kill(apart.copy.pid, signal.SIGSTOP)
    assert await understood(apart) == "urgent" and judge.here == [ALARMING]
    os.kill(apart.copy.pid, signal.SIGCONT)
    monkeypatch.setattr(module, "LATE", LONG)
    assert await understood(apart, CALM) == "none" and judge.here == [ALARMING] and apart.copy.works


async def test_process_that_hangs_is_ended_and_nobody_waits_for_it_any_more(apart, judge, monkeypatch):
    monkeypatch.setattr(module, "LATE", 0.2)
    monkeypatch.setattr(module, "HANGS", 0.3)
    os.kill(apart.copy.pid, signal.SIGSTOP)
    assert [await understood(apart) for _ in range(2)] == ["urgent"] * 2
    await asyncio.wait_for(asyncio.shield(apart.copy.reading), LONG)
    monkeypatch.setattr(module, "LATE", LONG)
    assert await understood(apart, CALM) == "none" and not apart.copy.works


async def test_process_that_stood_still_with_the_machine_is_not_ended(apart, monkeypatch):
    monkeypatch.setattr(module, "LATE", 0.2)
    monkeypatch.setattr(module, "HANGS", 0.1)
    monkeypatch.setattr(module, "AGAIN", 3.0)
    os.kill(apart.copy.pid, signal.SIGSTOP)
    assert await understood(apart) == "urgent"
    os.kill(apart.copy.pid, signal.SIGCONT)
    await asyncio.sleep(3.5)
    assert apart.copy.works and runs(apart.copy.pid)


async def test_message_at_which_the_process_fails_is_judged_here(apart, judge):
    judge.here.append("not there")
    assert await understood(apart, BREAKS) == "none" and judge.here == ["not there", BREAKS] and apart.copy.works


async def test_process_that_is_of_no_use_is_ended_at_once(dialogue):
    class Broken:
        next_verdict = staticmethod(lambda *_: 1 / 0)

    apart = Apart(Threads(Broken(), str), print)
    with pytest.raises(Unanswered):
        await apart.start(CALM)
    await asyncio.wait({apart.copy.reading}, timeout=LONG)
    assert not apart.copy.works and not runs(apart.copy.pid)


async def test_very_long_letter_is_judged_here_and_nobody_waits_for_it(apart, judge):
    letter = "We went to the park and fed the ducks. " * 60 + ALARMING
    assert await understood(apart, letter) == "urgent" and judge.here == [letter]


async def test_guard_answers_a_sign_also_when_the_process_ends_under_it(apart, dialogue):
    phone, guard = Phone(), Guard(Rasa("answers/x"), speaker(), dialogue, patience=LONG)
    guard.workers = apart
    os.kill(apart.copy.pid, signal.SIGSTOP)
    saying = asyncio.ensure_future(guard.handle_message(UserMessage(ALARMING, phone, "someone", input_channel="web")))
    await asyncio.sleep(0.1)
    os.kill(apart.copy.pid, signal.SIGKILL)
    await saying
    assert "safety/urgent_aseptic_meningitis" in phone.got


SERVER = """
    import asyncio, time
    from bot.rasa.apart import Copy

    async def main():
        copy = Copy(time.sleep)
        await copy.start()
        await copy.call(0, 0)
        working = asyncio.ensure_future(copy.call(0, 600))
        await asyncio.sleep(0.1)
        print(copy.pid, flush=True)
        await asyncio.sleep(600)

    asyncio.run(main())
"""


@pytest.fixture
def served():
    """A server whose copy is at work for minutes, and the copy's process."""
    server = subprocess.Popen([sys.executable, "-c", textwrap.dedent(SERVER)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    copy = int(server.stdout.readline())
    assert runs(copy)
    yield server, copy
    for pid in (server.pid, copy):
        if runs(pid):
            os.kill(pid, signal.SIGKILL)
    server.wait()


def test_process_ends_with_its_server_however_that_ends(served):
    server, copy = served
    server.kill()
    eventually(lambda: not runs(copy), LONG)


def test_signal_to_both_leaves_the_process_to_its_server(served):
    _server, copy = served
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(copy, number)
    time.sleep(0.3)  # time to end too early
    assert runs(copy)


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
