"""Limits, once-only messages, seen events and numbered choices over two servers, with a real Redis."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

import pytest

from bot.channels.everywhere import LONGEST_WORK, ChoicesEverywhere, Limit, Once, SeenEverywhere
from bot.channels.limits import AddressLimit, RateLimit
from bot.sharing import Sharing


class Work:
    """Counts how often it was done, and takes its time."""

    def __init__(self, seconds: float = 0.0, fails: bool = False) -> None:
        self.done, self._seconds, self._fails = 0, seconds, fails

    async def __call__(self) -> list:
        self.done += 1
        await asyncio.sleep(self._seconds)
        if self._fails:
            raise RuntimeError("broken on purpose")
        return [{"text": f"reply {self.done}"}]


@pytest.fixture
def key():
    return (f"web-{uuid4().hex}", "m1", "", "my own words")


async def test_messages_on_two_servers_count_for_one_limit(two):
    ada, bea = (Limit("conversation", RateLimit(most=4), link) for link in two)
    name = uuid4().hex
    while time.time() % 60 > 58:
        await asyncio.sleep(0.5)  # the shared minute is the clock's
    assert [await limit.allows(name) for limit in (ada, bea) * 3] == [True] * 4 + [False] * 2


async def test_address_on_two_servers_counts_for_one_limit(two):
    ada, bea = (Limit("address", AddressLimit(most=1), link) for link in two)
    name = uuid4().hex
    while time.time() % 60 > 58:
        await asyncio.sleep(0.5)
    assert await ada.allows(name) and not await bea.allows(name)


async def test_no_limit_is_no_limit_on_two_servers(link):
    assert all([await Limit("address", AddressLimit(most=0), link()).allows("a") for _ in range(100)])


async def test_limit_goes_by_this_server_where_nothing_is_shared():
    limit = Limit("conversation", RateLimit(most=1), Sharing())
    assert await limit.allows("a") and not await limit.allows("a")


async def test_same_message_sent_to_two_servers_at_once_is_worked_on_once(two, key):
    ada, bea, work = Once(two[0]), Once(two[1]), Work(0.2)
    assert await asyncio.gather(ada.run(key, work), bea.run(key, work)) == [[{"text": "reply 1"}]] * 2
    assert work.done == 1


async def test_retry_on_another_server_gets_the_first_reply(two, key):
    work = Work()
    await Once(two[0]).run(key, work)
    assert await Once(two[1]).run(key, work) == [{"text": "reply 1"}] and work.done == 1


async def test_work_that_failed_is_done_again_on_the_other_server(two, key):
    work = Work()
    with pytest.raises(RuntimeError):
        await Once(two[0]).run(key, Work(fails=True))
    assert await Once(two[1]).run(key, work) == [{"text": "reply 1"}]


async def test_message_of_a_server_that_died_is_answered_by_the_other(two, key):
    left = Work(60)
    dying = asyncio.ensure_future(Once(two[0]).run(key, left))
    while not left.done:
        await asyncio.sleep(0.01)
    two[0]._away_until = float("inf")  # as after a kill: nothing is given back, or renewed
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    began, work = time.monotonic(), Work()
    assert await Once(two[1]).run(key, work) == [{"text": "reply 1"}]
    assert time.monotonic() - began < LONGEST_WORK and dying.cancelled()


async def test_replies_of_both_servers_are_known_after_a_reload(two):
    ada, bea, conversation = Once(two[0]), Once(two[1]), f"web-{uuid4().hex}"
    await ada.run((conversation, "m1", "", "a"), Work())
    await bea.run((conversation, "m2", "", "b"), Work())
    assert set(await ada.results(conversation)) == set(await bea.results(conversation)) == {"m1", "m2"}


async def test_conversation_forgotten_on_one_server_is_forgotten_on_the_other(two, key):
    ada, bea = Once(two[0]), Once(two[1])
    await ada.run(key, Work())
    await bea.forget(key[0])
    assert await ada.results(key[0]) == {} and not ada._here.results(key[0])


async def test_message_is_answered_once_by_one_server_while_redis_is_away(key):
    once, work = Once(Sharing("redis://127.0.0.1:9/0", "s")), Work()
    assert [await once.run(key, work) for _ in range(2)] == [[{"text": "reply 1"}]] * 2
    assert await once.results(key[0]) == {"m1": [{"text": "reply 1"}]}


async def test_event_seen_by_one_server_was_seen_by_the_other(two):
    ada, bea, event = SeenEverywhere("telegram", two[0]), SeenEverywhere("telegram", two[1]), uuid4().hex
    assert [await ada.before(event), await bea.before(event), await ada.before(event)] == [False, True, True]
    assert not await SeenEverywhere("slack", two[0]).before(event)


async def test_number_means_what_the_other_server_numbered(two):
    ada, bea, conversation = ChoicesEverywhere(two[0]), ChoicesEverywhere(two[1]), uuid4().hex
    await ada.offer(conversation, ["travel", "brands"])
    assert await bea.chosen(conversation, "2") == "brands"
    await bea.offer(conversation, [])
    assert await ada.chosen(conversation, "2") is None


async def test_number_means_what_was_numbered_where_nothing_is_shared():
    choices = ChoicesEverywhere(Sharing())
    await choices.offer("a", ["travel"])
    assert await choices.chosen("a", "1") == "travel"
