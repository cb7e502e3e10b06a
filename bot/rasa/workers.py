"""Where messages are judged and understood, so that the event loop serves other patients meanwhile."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Awaitable, Callable, Protocol, Text

from bot.safety.dialogue import SafetyDialogue, SafetyState
from bot.safety.verdict import Verdict

JUDGES = 2  # threads that judge messages


class Workers(Protocol):
    """What the guard asks."""

    def understand(self, text: Text, state: SafetyState, button: Text, words: Text) -> tuple[Awaitable[tuple[Verdict, SafetyState]], Awaitable[Any]]:
        """Begin with both at once: the verdict on a message with the state that follows (see SafetyDialogue.next_verdict), which does not wait for
        its topic; and the topic of `words`, the text that Rasa is about to get. Each raises what its work raises."""
        ...


class Threads:
    """In threads of their own: the common ones may all wait for a database that hangs."""

    def __init__(self, dialogue: SafetyDialogue, foresee: Callable[[Text], Any]) -> None:
        """`foresee`: reads a text, so that the topic classifier knows it when Rasa asks."""
        self.judge, self.foresee = dialogue.next_verdict, foresee
        self._judging = ThreadPoolExecutor(JUDGES, thread_name_prefix="triage")
        self._foreseeing = ThreadPoolExecutor(1, thread_name_prefix="topics")

    def understand(self, text: Text, state: SafetyState, button: Text, words: Text) -> tuple[asyncio.Future, asyncio.Future]:
        """See Workers."""
        return self.judged(text, state, button), self.foreseen(words)

    def judged(self, text: Text, state: SafetyState, button: Text) -> asyncio.Future:
        """The verdict alone."""
        return asyncio.get_running_loop().run_in_executor(self._judging, self.judge, text, state, button)

    def foreseen(self, words: Text) -> asyncio.Future:
        """The topic alone."""
        return asyncio.get_running_loop().run_in_executor(self._foreseeing, self.foresee, words)
