"""CPU time by part of the program: functions are wrapped, and each gets the time that no function inside it takes."""

from __future__ import annotations

import functools
import inspect
import threading
import time
from collections import Counter
from importlib import import_module
from typing import Any


class Stopwatch:
    """Counts CPU seconds of the thread a part runs in. One message at a time: parts of two would be mixed."""

    def __init__(self) -> None:
        self.seconds: Counter = Counter()
        self.calls: Counter = Counter()
        self._thread = threading.local()
        self._replaced: list[tuple] = []

    def watch(self, part: str, where: str) -> bool:
        """Count `module:name` or `module:Class.name` as a part. Returns False where it does not exist."""
        module, path = where.split(":")
        try:
            owner: Any = import_module(module)
            *outer, name = path.split(".")
            for step in outer:
                owner = getattr(owner, step)
            original = getattr(owner, name)
        except (ImportError, AttributeError):
            return False
        self._replaced.append((owner, name, original))
        setattr(owner, name, self._timed(part, original))
        return True

    def reset(self) -> None:
        """Begin to count anew."""
        self.seconds.clear()
        self.calls.clear()

    def release(self) -> None:
        """Put every function back."""
        while self._replaced:
            setattr(*self._replaced.pop())

    def _timed(self, part: str, original):
        if inspect.iscoroutinefunction(original):
            @functools.wraps(original)
            async def waited(*args, **kwargs):
                self._begin(part)
                try:
                    return await original(*args, **kwargs)
                finally:
                    self._end()
            return waited

        @functools.wraps(original)
        def called(*args, **kwargs):
            self._begin(part)
            try:
                return original(*args, **kwargs)
            finally:
                self._end()
        return called

    def _begin(self, part: str) -> None:
        now, open_parts = time.thread_time(), self._open()
        if open_parts:
            self.seconds[open_parts[-1]] += now - self._thread.since
        open_parts.append(part)
        self.calls[part] += 1
        self._thread.since = time.thread_time()

    def _end(self) -> None:
        now = time.thread_time()
        self.seconds[self._open().pop()] += now - self._thread.since
        self._thread.since = time.thread_time()

    def _open(self) -> list[str]:
        if not hasattr(self._thread, "open"):
            self._thread.open, self._thread.since = [], 0.0
        return self._thread.open
