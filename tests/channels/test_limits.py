"""Limits: how often one conversation and one address may write, and that a retry is not a second message."""

from __future__ import annotations

import asyncio

import pytest

from bot.channels import limits
from bot.channels.limits import AddressLimit, OnceOnly, RateLimit


class Clock:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 500.0

    def monotonic(self) -> float:
        return self.now


class Work:
    """Counts how often it was done; waits at the gate when there is one."""

    def __init__(self, gate: asyncio.Event | None = None) -> None:
        self.done, self._gate = 0, gate

    async def __call__(self) -> str:
        self.done += 1
        if self._gate:
            await self._gate.wait()
        return f"reply {self.done}"


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(limits, "time", clock)
    return clock


def test_as_many_as_allowed_pass_and_the_next_does_not(clock):
    rate = RateLimit(most=3, seconds=60)
    assert [rate.allows("ada") for _ in range(4)] == [True, True, True, False]


def test_one_conversation_does_not_slow_another(clock):
    rate = RateLimit(most=1, seconds=60)
    assert rate.allows("ada") and not rate.allows("ada") and rate.allows("bea")


@pytest.mark.parametrize(("later", "allowed"), [(60, False), (60.1, True)], ids=["within the minute", "after it"])
def test_minute_that_has_passed_allows_again(clock, later, allowed):
    rate = RateLimit(most=1, seconds=60)
    rate.allows("ada")
    clock.now += later
    assert rate.allows("ada") is allowed


def test_refused_messages_do_not_prolong_the_wait(clock):
    """A patient who keeps trying is let through as soon as one who waited."""
    rate = RateLimit(most=1, seconds=60)
    rate.allows("ada")
    for _ in range(6):
        clock.now += 10
        assert not rate.allows("ada")
    clock.now += 0.1
    assert rate.allows("ada")


def test_window_slides_message_by_message(clock):
    rate = RateLimit(most=2, seconds=60)
    rate.allows("ada")
    clock.now += 40
    rate.allows("ada")
    clock.now += 21
    assert rate.allows("ada") and not rate.allows("ada")


def test_least_lately_seen_conversation_is_forgotten_first(clock, monkeypatch):
    monkeypatch.setattr(limits, "REMEMBERED", 2)
    rate = RateLimit(most=1, seconds=60)
    for key in ("ada", "bea", "ada", "cem"):  # bea was seen least lately
        rate.allows(key)
    assert not rate.allows("ada") and rate.allows("bea")


def test_retry_gets_the_first_reply_and_no_work_is_done():
    async def conversation():
        once, work = OnceOnly(), Work()
        return [await once.run(("ada", "m1"), work) for _ in range(2)], work.done

    assert asyncio.run(conversation()) == (["reply 1", "reply 1"], 1)


def test_retry_while_the_first_is_at_work_waits_for_it():
    async def conversation():
        gate = asyncio.Event()
        once, work = OnceOnly(), Work(gate)
        both = asyncio.gather(once.run(("ada", "m1"), work), once.run(("ada", "m1"), work))
        await asyncio.sleep(0)
        gate.set()
        return await both, work.done

    assert asyncio.run(conversation()) == (["reply 1", "reply 1"], 1)


@pytest.mark.parametrize("other", [("ada", "m2"), ("bea", "m1")], ids=["next message", "same id of another conversation"])
def test_another_message_is_work_of_its_own(other):
    async def conversation():
        once, work = OnceOnly(), Work()
        await once.run(("ada", "m1"), work)
        return await once.run(other, work)

    assert asyncio.run(conversation()) == "reply 2"


def test_client_that_hangs_up_gets_the_reply_on_its_retry():
    async def conversation():
        gate = asyncio.Event()
        once, work = OnceOnly(), Work(gate)
        first = asyncio.ensure_future(once.run(("ada", "m1"), work))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        gate.set()
        return first.cancelled(), await once.run(("ada", "m1"), work), work.done

    assert asyncio.run(conversation()) == (True, "reply 1", 1)


def test_oldest_replies_are_forgotten(monkeypatch):
    monkeypatch.setattr(limits, "REMEMBERED", 2)

    async def conversation():
        once, work = OnceOnly(), Work()
        for name in ("m1", "m2", "m3"):
            await once.run(("ada", name), work)
        return await once.run(("ada", "m3"), work), await once.run(("ada", "m1"), work)

    assert asyncio.run(conversation()) == ("reply 3", "reply 4")


def test_address_is_limited_and_another_is_not(clock):
    addresses = AddressLimit(most=2, seconds=60)
    assert [addresses.allows("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert addresses.allows("192.0.2.2")


def test_no_limit_is_no_limit(clock):
    addresses = AddressLimit(most=0)
    assert all(addresses.allows("192.0.2.1") for _ in range(2000))


def test_address_itself_is_kept_nowhere(clock):
    import pickle

    addresses = AddressLimit()
    addresses.allows("192.0.2.77")
    assert b"192.0.2.77" not in pickle.dumps(addresses)


def test_two_starts_know_an_address_by_two_names(clock):
    first, second = AddressLimit(), AddressLimit()
    first.allows("192.0.2.1")
    second.allows("192.0.2.1")
    assert set(first._rate._times) != set(second._rate._times)


def test_results_are_those_of_the_conversation_that_are_there():
    async def conversation():
        once = OnceOnly()
        await once.run(("ada", "m1", "", "words"), Work())
        await once.run(("bea", "m1", "", "words"), Work())
        at_work = asyncio.ensure_future(once.run(("ada", "m2", "", "words"), Work(asyncio.Event())))
        await asyncio.sleep(0)
        found = once.results("ada")
        at_work.cancel()
        return found

    assert asyncio.run(conversation()) == {"m1": "reply 1"}


def test_forgotten_conversation_leaves_no_words_in_memory():
    async def conversation():
        once, work = OnceOnly(), Work()
        await once.run(("ada", "m1", "", "my words"), work)
        once.forget("ada")
        return once.results("ada"), list(once._answers), await once.run(("ada", "m1", "", "my words"), work)

    assert asyncio.run(conversation()) == ({}, [], "reply 2")
