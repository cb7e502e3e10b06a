"""Order: one conversation's work waits for what came before; a safety message does not wait for an answer."""

from __future__ import annotations

import asyncio

from bot.channels.in_order import InOrder, Seen


class Work:
    """Notes what was done, in which order; each piece ends when its gate opens."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}

    def piece(self, name: str, gated: bool = False, fails: bool = False):
        if gated:
            self.gates[name] = asyncio.Event()

        async def work() -> None:
            if gated:
                await self.gates[name].wait()
            if fails:
                raise RuntimeError("broken on purpose")
            self.done.append(name)

        return work


async def test_work_of_one_conversation_keeps_its_order():
    order, work = InOrder(), Work()
    order.put("ada", work.piece("first", gated=True))
    order.put("ada", work.piece("second"))
    await asyncio.sleep(0.01)
    assert work.done == []
    work.gates["first"].set()
    await order.finish(1)
    assert work.done == ["first", "second"]


async def test_another_conversation_does_not_wait():
    order, work = InOrder(), Work()
    order.put("ada", work.piece("slow", gated=True))
    order.put("bea", work.piece("quick"))
    await asyncio.sleep(0.01)
    assert work.done == ["quick"]
    work.gates["slow"].set()
    await order.finish(1)


async def test_urgent_work_passes_what_waits_and_keeps_its_own_order():
    order, work = InOrder(), Work()
    order.put("ada", work.piece("on its way", gated=True))
    await asyncio.sleep(0)
    order.put("ada", work.piece("answer"))
    order.put("ada", work.piece("safety 1"), urgent=True)
    order.put("ada", work.piece("safety 2"), urgent=True)
    work.gates["on its way"].set()
    await order.finish(1)
    assert work.done == ["on its way", "safety 1", "safety 2", "answer"]


async def test_work_that_fails_does_not_stop_what_follows():
    order, work = InOrder(), Work()
    order.put("ada", work.piece("broken", fails=True))
    order.put("ada", work.piece("next"))
    await order.finish(1)
    assert work.done == ["next"]


async def test_nothing_is_kept_of_a_conversation_that_is_done():
    order, work = InOrder(), Work()
    order.put("ada", work.piece("only"))
    await order.finish(1)
    assert order._waiting == {} and not order._running


def test_event_is_new_once():
    seen = Seen(most=2)
    assert [seen.before(name) for name in ("a", "b", "a", "c", "a", "b")] == [False, False, True, False, True, False]
