"""One turn at a time in a conversation, over two servers; and an Ivy whose stores are not those of its settings does not start."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from uuid import uuid4

import pytest
from rasa.core.lock_store import InMemoryLockStore, LockError
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore
from rasa.shared.core.domain import Domain

from bot import sharing as sharing_module
from bot.project import StartError
from bot.rasa import lock_store, stores
from bot.rasa.lock_store import IvyLockStore
from bot.rasa.tracker_store import IvyTrackerStore
from bot.sharing import Sharing


class Turns:
    """Notes which turns ran, and whether two ever ran at once."""

    def __init__(self) -> None:
        self.order, self.at_once, self._running = [], 0, 0

    async def run(self, store, name, conversation, seconds=0.1):
        async with store.lock(conversation):
            self._running += 1
            self.at_once = max(self.at_once, self._running)
            self.order.append(name)
            await asyncio.sleep(seconds)
            self._running -= 1


@pytest.fixture
def conversation():
    return f"web-{uuid4().hex}"


async def test_turns_on_two_servers_run_one_after_the_other_in_the_order_they_came(two, conversation):
    ada, bea, turns = IvyLockStore(two[0]), IvyLockStore(two[1]), Turns()
    first = asyncio.ensure_future(turns.run(ada, "first", conversation, 0.3))
    while not turns.order:
        await asyncio.sleep(0.01)
    await asyncio.gather(first, turns.run(bea, "second", conversation))
    assert (turns.order, turns.at_once) == (["first", "second"], 1)


async def test_many_turns_on_two_servers_never_run_at_once(two, conversation):
    servers, turns = [IvyLockStore(link) for link in two], Turns()
    await asyncio.gather(*(turns.run(servers[number % 2], number, conversation, 0.01) for number in range(20)))
    assert len(turns.order) == 20 and turns.at_once == 1
    assert all(turns.order.index(earlier) < turns.order.index(earlier + 2) for earlier in range(18)), "each server keeps the order of what it got"


async def test_second_message_is_not_kept_waiting_for_a_second(two, conversation):
    """Rasa looks at the tickets once a second: six turns would take more than five."""
    store, turns, began = IvyLockStore(two[0]), Turns(), time.monotonic()
    await asyncio.gather(*(turns.run(store, name, conversation, 0.05) for name in "abcdef"))
    assert turns.order == list("abcdef") and time.monotonic() - began < 4


async def test_conversations_do_not_wait_for_each_other(two):
    store, turns = IvyLockStore(two[0]), Turns()
    await asyncio.gather(*(turns.run(store, name, f"{name}-{uuid4().hex}", 2) for name in "ab"))
    assert turns.at_once == 2


async def test_without_redis_turns_keep_their_order_in_this_process(conversation):
    store, turns = IvyLockStore(Sharing("redis://127.0.0.1:9/0", "s")), Turns()
    await asyncio.gather(*(turns.run(store, name, conversation, 0.02) for name in "abc"))
    assert (turns.order, turns.at_once) == (["a", "b", "c"], 1)


async def test_turn_of_another_server_that_does_not_end_is_an_error(two, conversation, monkeypatch):
    monkeypatch.setattr(lock_store, "PATIENCE", 0.2)
    async with IvyLockStore(two[0]).lock(conversation):
        with pytest.raises(LockError):
            async with IvyLockStore(two[1]).lock(conversation):
                pass


async def test_turn_that_hangs_keeps_nobody_out_when_its_time_is_over(conversation):
    store, turns = IvyLockStore(Sharing()), Turns()
    async with store.lock(conversation, lock_lifetime=0.2):
        await asyncio.wait_for(asyncio.gather(*(turns.run(store, name, conversation, 0.01) for name in "abc")), 10)
        began = time.monotonic()
        await turns.run(store, "later", conversation, 0.01)
        assert time.monotonic() - began < 5
    assert (turns.order, turns.at_once) == ([*"abc", "later"], 1)


@pytest.mark.parametrize("steps", range(5))
async def test_turns_that_come_some_steps_of_the_loop_apart_run_one_after_the_other(conversation, steps):
    store, turns = IvyLockStore(Sharing()), Turns()
    running = []
    for name in "abcd":
        running.append(asyncio.ensure_future(turns.run(store, name, conversation, 0.01)))
        for _ in range(steps):
            await asyncio.sleep(0)
    await asyncio.gather(*running)
    assert (turns.order, turns.at_once) == (list("abcd"), 1)


async def test_turns_keep_their_order_though_each_waits_longer_than_one_may_take(conversation):
    store, turns = IvyLockStore(Sharing()), Turns()

    async def turn(name):
        async with store.lock(conversation, lock_lifetime=0.4):
            turns.order.append(name)
            await asyncio.sleep(0.25)

    waiting = [asyncio.ensure_future(turn(name)) for name in "abc"]
    await asyncio.sleep(0.45)
    await asyncio.gather(*waiting, turn("d"))
    assert turns.order == list("abcd")


async def test_turn_that_is_given_up_while_it_waits_or_works_keeps_nobody_out(conversation):
    store, turns = IvyLockStore(Sharing()), Turns()
    for given_up_after in (0, 1, 2, 3, 5):
        turn = asyncio.ensure_future(turns.run(store, "given up", conversation, 5))
        for _ in range(given_up_after):
            await asyncio.sleep(0)
        turn.cancel()
        await asyncio.wait({turn})
        await asyncio.wait_for(turns.run(store, "after", conversation, 0), 5)
    assert turns.order.count("after") == 5


async def test_turn_that_hangs_on_one_server_keeps_no_other_server_out_for_ever(two, conversation, monkeypatch):
    monkeypatch.setattr(sharing_module, "LONGEST", 1.0)
    turns = Turns()
    async with IvyLockStore(two[0]).lock(conversation):
        await asyncio.wait_for(turns.run(IvyLockStore(two[1]), "after", conversation), 15)
    assert turns.order == ["after"]


async def test_turn_begins_as_soon_as_the_one_before_ends(conversation):
    """Rasa has it look again after a while, for which a patient who writes on would wait."""
    store, turns = IvyLockStore(Sharing()), Turns()
    async with store.lock(conversation):
        waiting = [asyncio.ensure_future(turns.run(store, name, conversation, 0)) for name in "abc"]
        await asyncio.sleep(0.01)
    for _ in range(20):
        await asyncio.sleep(0)  # lets others work, and no time pass
    assert turns.order == list("abc") and all(turn.done() for turn in waiting)


# ---- the stores are those that were configured ----

@pytest.fixture
def agent(tmp_path, monkeypatch):
    """An agent as it is on one machine."""
    monkeypatch.setenv("IVY_TRACKERS", f"sqlite:///{tmp_path / 'c.db'}")
    monkeypatch.delenv("IVY_REDIS", raising=False)
    sharing_module.sharing.cache_clear()
    locks = IvyLockStore(sharing_module.sharing())
    yield SimpleNamespace(tracker_store=FailSafeTrackerStore(IvyTrackerStore(Domain.empty())), lock_store=locks, processor=SimpleNamespace(lock_store=locks))
    sharing_module.sharing.cache_clear()


def test_agent_as_configured_starts(agent):
    stores.must_be_as_configured(agent)


def test_conversations_in_memory_end_the_start(agent):
    agent.tracker_store = FailSafeTrackerStore(InMemoryTrackerStore(Domain.empty()))
    with pytest.raises(StartError, match="InMemoryTrackerStore.*IVY_TRACKERS"):
        stores.must_be_as_configured(agent)


def test_conversations_in_another_database_end_the_start(agent, tmp_path, monkeypatch):
    monkeypatch.setenv("IVY_TRACKERS", f"sqlite:///{tmp_path / 'other.db'}")
    with pytest.raises(StartError, match="another database"):
        stores.must_be_as_configured(agent)


@pytest.mark.parametrize("locks", [InMemoryLockStore(), IvyLockStore(Sharing())], ids=["Rasa's own", "of this process only"])
def test_locks_that_are_not_shared_end_the_start_where_they_should_be(agent, locks, monkeypatch):
    monkeypatch.setenv("IVY_REDIS", "redis://127.0.0.1:9/0")
    sharing_module.sharing.cache_clear()
    agent.lock_store = agent.processor.lock_store = locks
    with pytest.raises(StartError, match="IVY_REDIS") as error:
        stores.must_be_as_configured(agent)
    assert len(str(error.value).splitlines()) == 2, "agent and processor"


def test_redis_that_is_down_ends_the_start_with_the_repair(agent, monkeypatch):
    monkeypatch.setenv("IVY_REDIS", "redis://:hush@127.0.0.1:9/0")
    sharing_module.sharing.cache_clear()
    with pytest.raises(StartError, match="correct IVY_REDIS") as error:
        stores.shared_stores_answer()
    assert "hush" not in str(error.value)
