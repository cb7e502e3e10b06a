"""What of Rasa's turn nobody waits for: the conversation is read while the message is judged, and written when the patient has the answer."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from guard_stand_ins import ALARMING, CALM, LONG, SAFETY
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.library.service import speaker
from bot.rasa.harness import Heard, Ivy, MemoryTrackerStore, load_agent
from bot.rasa.lock_store import IvyLockStore
from bot.rasa.server import MODEL
from bot.rasa.tracker_store import IvyTrackerStore
from bot.rasa.workers import Threads
from bot.sharing import Sharing

NAME, A_WHILE = "web-someone", 0.3


class Held(MemoryTrackerStore):
    """Writes when it may. Notes when it is read."""

    def __init__(self, domain) -> None:
        super().__init__(domain)
        self.may_write, self.reads = asyncio.Event(), 0

    async def save(self, tracker) -> None:
        if any(isinstance(event, UserUttered) for event in tracker.events):  # Rasa saves an empty one, too, as it begins with it
            await self.may_write.wait()
        await super().save(tracker)

    async def retrieve(self, sender_id):
        self.reads += 1
        return await super().retrieve(sender_id)


@pytest.fixture(scope="module")
def loaded():
    return load_agent(MODEL, None, speaker())


@pytest.fixture
async def ivy(loaded):
    """Ivy over a store that holds back what it is given."""
    rasas, store = loaded.handle_message, Held(loaded.domain)
    loaded.tracker_store = loaded.processor.tracker_store = store
    loaded.lock_store = loaded.processor.lock_store = IvyLockStore(Sharing())
    yield Ivy(loaded, LONG)
    store.may_write.set()
    await loaded.handle_message.__self__.finish(LONG)
    loaded.handle_message = rasas


async def said(ivy) -> list[str]:
    """What is written of the patient's words."""
    tracker = await MemoryTrackerStore.retrieve(ivy.agent.tracker_store, NAME)
    return [event.text for event in tracker.events if isinstance(event, UserUttered)] if tracker else []


@pytest.mark.parametrize("text, content", [(CALM, "answers/infusion/infusion_length"), (ALARMING, SAFETY)], ids=["question", "warning sign"])
async def test_patient_is_answered_before_the_conversation_is_written_and_it_is_written_then(ivy, text, content):
    assert [reply["content"] for reply in await ivy.ask(text, NAME)] == [content] and await said(ivy) == []
    ivy.agent.tracker_store.may_write.set()
    await ivy.guard.finish(LONG)
    assert await said(ivy) == [text]


async def test_next_message_waits_until_the_one_before_is_written_and_is_understood_after_it(ivy):
    await ivy.ask("what is itp", NAME)
    following = asyncio.ensure_future(ivy.ask("and for babies?", NAME))
    await asyncio.sleep(A_WHILE)
    assert not following.done()
    ivy.agent.tracker_store.may_write.set()
    assert (await following)[0]["kind"] == "answer"
    await ivy.guard.finish(LONG)
    assert await said(ivy) == ["what is itp", "and for babies?"]


async def test_deletion_waits_for_what_is_being_written(ivy):
    await ivy.ask(CALM, NAME)
    deleting = asyncio.ensure_future(ivy.guard.forget(NAME))
    await asyncio.sleep(A_WHILE)
    assert not deleting.done()
    ivy.agent.tracker_store.may_write.set()
    await deleting
    assert await said(ivy) == []


class Judging(Threads):
    """Judges when it may."""

    def __init__(self, dialogue) -> None:
        super().__init__(dialogue, lambda text: None)
        judge, self.may_end = self.judge, threading.Event()
        self.judge = lambda *asked: self.may_end.wait(LONG) and judge(*asked)


async def test_conversation_is_read_while_the_message_is_judged(ivy, dialogue):
    ivy.guard.workers, store = Judging(dialogue), ivy.agent.tracker_store
    asking = asyncio.ensure_future(ivy.ask(ALARMING, NAME))
    await asyncio.sleep(A_WHILE)
    read_by_then = store.reads
    ivy.guard.workers.may_end.set()
    assert [reply["content"] for reply in await asking] == [SAFETY] and read_by_then == store.reads


async def test_message_that_is_given_up_while_it_is_judged_leaves_nothing_behind(ivy, dialogue):
    ivy.guard.workers = Judging(dialogue)
    asking = asyncio.ensure_future(ivy.agent.handle_message(UserMessage(CALM, Heard(), NAME, input_channel="web")))
    await asyncio.sleep(A_WHILE)
    asking.cancel()
    ivy.agent.tracker_store.may_write.set()
    await asyncio.wait_for(ivy.guard.forget(NAME), LONG)
    ivy.guard.workers.may_end.set()
    assert await said(ivy) == [] and (await ivy.ask("thank you", NAME))[0]["content"] == "voice/thanks"


async def test_who_reads_all_that_was_said_gets_also_what_is_just_being_written(tmp_path, monkeypatch):
    store, write = IvyTrackerStore(Domain.empty(), f"sqlite:///{tmp_path / 'c.db'}"), IvyTrackerStore._write
    monkeypatch.setattr(store, "_write", lambda tracker: time.sleep(A_WHILE) or write(store, tracker))
    tracker = DialogueStateTracker.from_events(NAME, [UserUttered(CALM)])
    tracker.stored_events = 0
    saving = asyncio.ensure_future(store.save(tracker))
    await asyncio.sleep(0)
    assert [event.text for event in (await store.retrieve_full_tracker(NAME)).events] == [CALM]
    await saving
    store.close()


async def test_who_reads_does_not_wait_for_a_disk_that_is_slow_to_write(tmp_path, monkeypatch):
    store, may_write = IvyTrackerStore(Domain.empty(), f"sqlite:///{tmp_path / 'c.db'}"), threading.Event()
    monkeypatch.setattr(store, "_write", lambda tracker: may_write.wait(LONG))
    saving = [asyncio.ensure_future(store.save(DialogueStateTracker.from_events(f"web-{number}", [UserUttered(CALM)]))) for number in range(8)]
    await asyncio.sleep(0)
    assert await store.retrieve("web-another") is None and not any(save.done() for save in saving)
    may_write.set()
    await asyncio.gather(*saving)
    store.close()
