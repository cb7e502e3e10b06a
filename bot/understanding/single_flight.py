"""A memory for what takes long: of several threads that ask for the same, one works it out and the others wait for it."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import Future
from threading import Lock
from typing import Callable, Generic, TypeVar

Result = TypeVar("Result")


class SingleFlight(Generic[Result]):
    """A function of a text that remembers what it gave for the latest texts. `functools.lru_cache` does too, but lets each
    thread that asks meanwhile do the work again."""

    def __init__(self, function: Callable[[str], Result], remembered: int) -> None:
        """`remembered`: texts."""
        self._function, self.remembered = function, remembered
        self._given: OrderedDict[str, Future[Result]] = OrderedDict()
        self._lock = Lock()

    def __call__(self, text: str) -> Result:
        """What the function gives; raises what it raises, to all who wait, and is then asked anew."""
        with self._lock:
            found = self._given.get(text)
            given = self._keep(text, found or Future())
        if found is None:
            self._work_out(text, given)
        return given.result()

    def remember(self, text: str, result: Result) -> None:
        """Give this from now on."""
        given: Future[Result] = Future()
        given.set_result(result)
        with self._lock:
            self._keep(text, given)

    def _keep(self, text: str, given: Future[Result]) -> Future[Result]:
        self._given[text] = given
        self._given.move_to_end(text)
        if len(self._given) > self.remembered:
            self._given.popitem(last=False)
        return given

    def _work_out(self, text: str, given: Future[Result]) -> None:
        try:
            given.set_result(self._function(text))
        except BaseException as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever
            with self._lock:
                self._given.pop(text, None)
            given.set_exception(error)
