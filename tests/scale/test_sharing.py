"""What several servers know together, with a real Redis: one at a time, nothing readable, and never waiting for a Redis that is away."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest
from redis import Redis

from bot import sharing
from bot.sharing import Sharing, why_unreachable

WORDS = "I added: is my cousin's Quillfeather remedy all right"


async def test_two_servers_count_together(two):
    ada, bea = two
    while time.time() % 60 > 58:
        await asyncio.sleep(0.5)  # what is counted together is a minute of the clock
    assert [await ada.count("k1", 60), await bea.count("k1", 60), await bea.count("k2", 60)] == [1, 2, 1]


async def test_name_is_first_on_one_server_only(two):
    ada, bea = two
    assert [await ada.first("event", 60), await bea.first("event", 60)] == [True, False]


async def test_text_of_one_server_is_read_by_the_other_until_it_is_dropped(two):
    ada, bea = two
    assert await bea.get("talk", "a") == ""
    await ada.put("talk", "a", WORDS, 60)
    await ada.put("talk", "b", "more", 60)
    assert await bea.get("talk", "a") == WORDS and sorted(await bea.all("talk")) == sorted([WORDS, "more"])
    await bea.drop("talk")
    assert await ada.get("talk", "a") == "" and await ada.all("talk") == []


async def test_redis_holds_no_word_and_no_name_that_can_be_read(two, redis_server):
    ada, _ = two
    await ada.put("web-1a2b conversation", "m1", WORDS, 60)
    await ada.count("address 192.0.2.77", 60)
    async with ada.lock("turn web-1a2b", 1):
        with Redis.from_url(redis_server.url) as redis:
            kept = b" ".join(key + (redis.dump(key) or b"") for key in redis.keys("*"))  # one of another test may end meanwhile
    assert kept and not any(readable in kept for readable in (b"Quillfeather", b"web-1a2b", b"192.0.2.77"))


async def test_server_with_another_secret_reads_nothing(link):
    await link().put("talk2", "a", WORDS, 60)
    assert await link("another secret").get("talk2", "a") == ""


async def test_everything_in_redis_ends_by_itself(two, redis_server):
    ada, _ = two
    await ada.put("talk3", "a", "x", 60)
    await ada.first("event3", 60)
    await ada.count("k3", 60)
    async with ada.lock("turn3", 1):
        with Redis.from_url(redis_server.url) as redis:
            assert all(redis.ttl(key) != -1 for key in redis.keys("*")) and len(redis.keys("*")) >= 4  # -1: it has no end


async def test_second_server_waits_for_the_lock(two):
    ada, bea = two
    order = []

    async def work(link, name, seconds):
        async with link.lock("turn4", 5) as alone:
            order.append((name, alone))
            await asyncio.sleep(seconds)
            order.append((name, "done"))

    first = asyncio.ensure_future(work(ada, "ada", 0.3))
    while not order:
        await asyncio.sleep(0.01)
    await asyncio.gather(first, work(bea, "bea", 0))
    assert order == [("ada", True), ("ada", "done"), ("bea", True), ("bea", "done")]


async def test_work_longer_than_the_lease_keeps_its_lock(two):
    ada, bea = two
    async with ada.lock("turn5", 1):
        await asyncio.sleep(sharing.LEASE * 1.5)
        async with bea.lock("turn5", 0.1) as alone:
            assert alone is False


async def test_lock_of_a_server_that_died_is_free_after_its_lease(two):
    ada, bea = two
    held = ada.lock("turn6", 1)
    await held.__aenter__()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()  # nobody renews it any more
    async with bea.lock("turn6", 2 * sharing.LEASE) as alone:
        assert alone


async def test_without_redis_nothing_is_shared_and_nothing_waits():
    alone = Sharing()
    async with alone.lock("turn", 1) as held:
        assert (held, await alone.count("k", 60), await alone.first("e", 60), await alone.get("g", "n"), await alone.all("g"), await alone.put("g", "n", "v", 60)) == (None, None, None, None, [], False)
    assert not alone.on


async def test_redis_that_hangs_costs_one_wait_and_comes_back_by_itself(link, redis_server, monkeypatch, capsys):
    monkeypatch.setattr(sharing, "AWAY", 0.5)
    ada = link()
    assert await ada.count("k7", 60) == 1
    redis_server.tell(signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert [await ada.count("k7", 60) for _ in range(20)] == [None] * 20
        assert time.monotonic() - began < 3 * sharing.PATIENCE
    finally:
        redis_server.tell(signal.SIGCONT)
    await asyncio.sleep(0.6)
    assert isinstance(await ada.count("k7", 60), int)


async def test_redis_that_is_down_is_told_once(link, redis_server, monkeypatch):
    told = []
    monkeypatch.setattr(sharing.log, "error", lambda event, **_: told.append(event), raising=False)
    monkeypatch.setattr(sharing, "AWAY", 0.0)
    ada = link()
    redis_server.stop()
    try:
        assert [await ada.first(f"e{number}", 60) for number in range(5)] == [None] * 5
    finally:
        redis_server.start()
    assert told == ["redis_away"]
    assert await ada.first("e9", 60) is True


@pytest.mark.parametrize("url", ["redis://127.0.0.1:9/0", "redis://:hush@127.0.0.1:9/0"])
def test_address_where_no_redis_is_is_named_without_its_password(url):
    assert why_unreachable(url) and "hush" not in why_unreachable(url)


def test_redis_that_answers_is_usable(redis_server):
    assert why_unreachable(redis_server.url) is None
