"""Messages are understood in a process of its own. Python lets one thread of a process work at a time, and half of what a message
needs is its understanding: on two cores, with 8 patients at a time, 48 messages a second are answered in place of 32, and the slowest in
a hundred after .38 seconds in place of .61 (alone, a patient waits a millisecond more).

The process is a copy of the server's (fork), made when all is loaded: what neither changes is in memory once. When it ends, hangs or
fails, its work is done in threads here, where all is loaded too, until the server is started again."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import socket
import struct
import time
from contextlib import suppress
from itertools import count
from typing import Any, Awaitable, Callable, Sequence, Text

import structlog

from bot.rasa.inbound import LONGEST_ANSWERED
from bot.rasa.parent import end_with_parent
from bot.rasa.workers import Threads
from bot.safety.dialogue import SafetyState

LATE = 1.5   # seconds from which on a message is understood here all the same: in time for the guard (PATIENCE)
HANGS = 5.0  # seconds without an answer to anything from which on the copy is ended; a message takes it a tenth of one at most
AGAIN = 0.5  # seconds that it gets before that: where the whole machine stood still, it answers now
_LENGTH = struct.Struct("!I")

log = structlog.get_logger()


class Unanswered(Exception):
    """The process has ended, hangs, or failed at this."""


class Copy:
    """A copy of this process that calls functions."""

    def __init__(self, *functions: Callable) -> None:
        self._functions, self._numbers = functions, count()
        self._waiting: dict[int, asyncio.Future] = {}
        self._heard = 0.0  # when the last answer came, or what is first to be answered was asked
        self.works = False

    async def start(self) -> None:
        """Make the copy, as this process is now. Raises OSError when the system lets none be made."""
        ours, theirs = socket.socketpair()
        self.pid = os.fork()
        if not self.pid:
            try:
                _work(theirs, self._functions)
            finally:
                os._exit(1)  # whatever it is: nothing of the server's is closed or said twice
        theirs.close()
        reader, self._writer = await asyncio.open_unix_connection(sock=ours)
        self.works = True
        self.reading = asyncio.ensure_future(self._read(reader))

    def call(self, which: int, *arguments: Any) -> Awaitable[Any]:
        """Have a function called, by its place among them, after all that was asked before. Raises Unanswered."""
        answer, number = asyncio.get_running_loop().create_future(), next(self._numbers)
        if not self.works:
            answer.set_exception(Unanswered())
            return self._in_time(answer)
        if not self._waiting:
            self._heard = time.monotonic()
        self._waiting[number] = answer
        with suppress(OSError, RuntimeError):  # it is being closed: `_read` finds out, and tells who waits
            self._writer.write(pickle.dumps((number, which, arguments)))
        return self._in_time(answer)

    def end(self) -> None:
        """End the copy at once, also one that hangs."""
        if self.works:
            self.works = False
            os.kill(self.pid, signal.SIGKILL)

    async def _in_time(self, answer: asyncio.Future) -> Any:
        try:
            return await asyncio.wait_for(answer, LATE)
        except asyncio.TimeoutError:
            heard = self._heard
            if time.monotonic() - heard >= HANGS:
                asyncio.get_running_loop().call_later(AGAIN, lambda: self._heard == heard and self.end())
            raise Unanswered from None

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Take in answers until it ends. Ends it where the server does."""
        try:
            while True:
                (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
                number, done, result = pickle.loads(await reader.readexactly(length))
                self._heard = time.monotonic()
                self._settle(self._waiting.pop(number), result if done else Unanswered())
        except Exception as error:  # noqa: BLE001 - IncompleteReadError where it ended; whatever else it is, nobody may wait for ever
            log.error("understanding_process_ended", error=type(error).__name__, until="the server is started again; it answers more slowly")
        finally:
            self.end()
            self._writer.close()
            for answer in self._waiting.values():
                self._settle(answer, Unanswered())
            os.waitpid(self.pid, 0)  # or it stays in the list of processes

    @staticmethod
    def _settle(answer: asyncio.Future, result: Any) -> None:
        if answer.done():  # nobody waits any more
            return
        if isinstance(result, Unanswered):
            answer.set_exception(result)
        else:
            answer.set_result(result)


class Apart:
    """Workers (bot/rasa/workers.py) in a copy of this process."""

    def __init__(self, here: Threads, remember: Callable[[Any], None]) -> None:
        """`remember`: what `foresee` gave there, for when Rasa asks here."""
        self._here, self._remember = here, remember
        self.copy = Copy(here.judge, here.foresee)

    async def start(self, text: Text) -> None:
        """Make the copy, and have it understand a text. Raises OSError where none can be made, Unanswered where it is of no use; then there is none."""
        await self.copy.start()
        try:
            await self.copy.call(0, text, SafetyState(), "")
            await self.copy.call(1, text)
        except Unanswered:
            self.copy.end()
            raise

    def understand(self, text: Text, state: SafetyState, button: Text, words: Text) -> tuple[asyncio.Future, asyncio.Future]:
        """See Workers. A letter of many thousands of characters, which takes a second and more, is judged here: others would wait for it there."""
        asked = (text, state, button)
        judged = self._judged(self.copy.call(0, *asked), *asked) if len(text) <= LONGEST_ANSWERED else self._here.judged(*asked)
        return asyncio.ensure_future(judged), asyncio.ensure_future(self._foreseen(self.copy.call(1, words), words))

    async def _judged(self, there: Awaitable, *asked: Any) -> Any:
        try:
            return await there
        except Unanswered:
            return await self._here.judged(*asked)

    async def _foreseen(self, there: Awaitable, words: Text) -> None:
        try:
            self._remember(await there)
        except Unanswered:
            await self._here.foreseen(words)


def _work(theirs: socket.socket, functions: Sequence[Callable]) -> None:
    """What the copy does: it calls, in the order asked, until nobody asks any more. It has the server's files and connections open too, and
    lets go of them. A signal to both of them (Ctrl-C, systemd's SIGTERM) is for the server, which still answers what it has in hand."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    end_with_parent(signal.SIGKILL)
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor > 2 and descriptor != theirs.fileno():
            with suppress(OSError):  # that of the list itself
                os.close(descriptor)
    asked = theirs.makefile("rb")
    while True:
        try:
            number, which, arguments = pickle.load(asked)
        except EOFError:
            return
        try:
            answer = (number, True, functions[which](*arguments))
        except Exception:  # noqa: BLE001 - it is tried again where its error can be told
            answer = (number, False, None)
        words = pickle.dumps(answer)
        theirs.sendall(_LENGTH.pack(len(words)) + words)
