"""What takes long is worked out once, however many ask for it at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from bot.understanding.single_flight import SingleFlight

LONG = 10.0


class Work:
    """Waits until it may end; keeps what it was asked."""

    def __init__(self, *faults: Exception) -> None:
        self.asked: list[str] = []
        self.begun, self.may_end, self._faults = Event(), Event(), list(faults)

    def __call__(self, text: str) -> str:
        self.asked.append(text)
        self.begun.set()
        assert self.may_end.wait(LONG)
        if self._faults:
            raise self._faults.pop()
        return text.upper()


def asked_together(work: Work, flight: SingleFlight, times: int = 3):
    """Ask in threads, the first of which is at work when the others come."""
    with ThreadPoolExecutor(times) as threads:
        first = threads.submit(flight, "one")
        assert work.begun.wait(LONG)
        asking = [first, *(threads.submit(flight, "one") for _ in range(times - 1))]
        work.may_end.set()
        return [one.exception(LONG) or one.result() for one in asking]


def test_threads_that_ask_for_the_same_have_it_worked_out_once():
    work = Work()
    assert asked_together(work, SingleFlight(work, 2)) == ["ONE"] * 3 and work.asked == ["one"]


def test_failure_reaches_all_who_wait_and_the_next_is_tried_anew():
    work = Work(ValueError("broken on purpose"))
    flight = SingleFlight(work, 2)
    assert any(isinstance(got, ValueError) for got in asked_together(work, flight))
    assert flight("one") == "ONE"


def test_only_the_latest_are_remembered():
    work = Work()
    work.may_end.set()
    flight = SingleFlight(work, 2)
    for text in ("one", "two", "one", "three", "one", "two"):
        assert flight(text) == text.upper()
    assert work.asked == ["one", "two", "three", "two"]


def test_who_asks_for_another_does_not_wait():
    slow = Work()
    flight = SingleFlight(lambda text: slow(text) if text == "slow" else text, 2)
    with ThreadPoolExecutor(1) as threads:
        asking = threads.submit(flight, "slow")
        assert slow.begun.wait(LONG) and flight("quick") == "quick" and not asking.done()
        slow.may_end.set()
        assert asking.result(LONG) == "SLOW"


def test_what_is_remembered_from_elsewhere_is_not_worked_out():
    work = Work()
    flight = SingleFlight(work, 2)
    flight.remember("one", "from elsewhere")
    assert flight("one") == "from elsewhere" and work.asked == []
