"""The stopwatch gives each part its own time, and leaves no trace."""

from __future__ import annotations

import sys
import time
import types

import pytest

from bot.bench.stopwatch import Stopwatch


def burn(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


@pytest.fixture
def program(monkeypatch):
    """A module with an outer function that calls an inner one, and a class with an async method."""
    module = types.ModuleType("program_to_measure")

    class Worker:
        async def work(self):
            module.outer()
            return "done"

    module.inner = lambda: burn(0.2)
    module.outer = lambda: (burn(0.1), module.inner())
    module.Worker = Worker
    monkeypatch.setitem(sys.modules, "program_to_measure", module)
    return module


def test_time_inside_a_part_is_not_the_outer_parts(program):
    watch = Stopwatch()
    assert watch.watch("outer", "program_to_measure:outer") and watch.watch("inner", "program_to_measure:inner")
    program.outer()
    assert watch.seconds["outer"] == pytest.approx(0.1, abs=0.08) and watch.seconds["inner"] == pytest.approx(0.2, abs=0.08)
    assert watch.calls == {"outer": 1, "inner": 1}


async def test_async_methods_are_measured_and_return_what_they_did(program):
    watch = Stopwatch()
    watch.watch("work", "program_to_measure:Worker.work")
    assert await program.Worker().work() == "done"
    assert watch.seconds["work"] >= 0.3


def test_part_that_raises_is_closed(program):
    watch = Stopwatch()
    program.outer = lambda: 1 / 0
    watch.watch("outer", "program_to_measure:outer")
    watch.watch("inner", "program_to_measure:inner")
    with pytest.raises(ZeroDivisionError):
        program.outer()
    program.inner()
    assert watch.seconds["inner"] >= 0.2 > watch.seconds["outer"]


def test_function_that_is_not_there_is_left_out():
    watch = Stopwatch()
    assert not watch.watch("gone", "bot.bench.stopwatch:Stopwatch.no_such") and not watch.watch("gone", "no_such_module:x")


def test_release_puts_every_function_back(program):
    inner, watch = program.inner, Stopwatch()
    watch.watch("inner", "program_to_measure:inner")
    assert program.inner is not inner
    watch.release()
    assert program.inner is inner
