"""Calls to the platforms' APIs: bounded in time, tried again where that can help, never in the event loop's way.

Rasa's connectors send without time-outs, retries or an eye on rate limits, and those for Twilio and Messenger
block the loop (rasa/core/channels/twilio.py, facebook.py). A text that may or may not have arrived is sent again:
reading a line twice is better than not at all."""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping, Optional

import aiohttp

TIMEOUT = 10.0    # seconds for one try
TRIES = 5
FIRST_WAIT = 0.5  # seconds before the second try, doubled for each one after it
PATIENCE = 120.0  # seconds for all tries of one part, with what a rate limit asks for
LARGEST_ANSWER = 64 * 1024


@dataclass(frozen=True, repr=False)
class Call:
    """A request to a platform. Never shown or logged: its address may hold the token."""

    url: str
    json: Optional[Mapping[str, Any]] = None
    form: Optional[Mapping[str, str]] = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    login: Optional[tuple[str, str]] = None
    method: str = "POST"


@dataclass(frozen=True)
class Answer:
    """What a platform said. `status` 0: nothing, in time; `body`: its JSON object, or an empty one."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What an answer means. `why` is empty when the call was taken. `again`: a later try may be; `wait`: seconds until then, None for the usual."""

    why: str = ""
    again: bool = False
    wait: Optional[float] = None


def http_outcome(answer: Answer) -> Outcome:
    """By the status alone: 2xx is taken, 429 says when to come back (RFC 9110, Retry-After), 5xx may pass, the rest is final."""
    if 200 <= answer.status < 300:
        return Outcome()
    if answer.status == 429:
        return Outcome("rate_limited", True, seconds(answer.headers.get("Retry-After")))
    return Outcome("unreachable", True) if answer.status >= 500 or answer.status == 0 else Outcome("refused")


def seconds(value: Any) -> Optional[float]:
    """A number of seconds as a header or a body has it; None for anything else."""
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return None


class Courier:
    """Makes calls. One per channel; `close` it at the end."""

    def __init__(self, timeout: float = TIMEOUT, first_wait: float = FIRST_WAIT, patience: float = PATIENCE) -> None:
        self._timeout, self._first_wait, self._patience = timeout, first_wait, patience
        self._session: Optional[aiohttp.ClientSession] = None

    async def deliver(self, call: Call, means: Callable[[Answer], Outcome] = http_outcome, until: Optional[float] = None) -> str:
        """Make a call, again where that can help. Returns why it failed, or an empty string.

        `until`: the time (epoch) after which it must not be made any more."""
        end = time.time() + self._patience
        outcome = Outcome("too_late")
        for attempt in range(TRIES):
            if until is not None and time.time() > until:
                return "too_late"
            outcome = means(await self.ask(call))
            if not outcome.again:
                break
            wait = self._first_wait * 2**attempt * random.uniform(1, 1.5) if outcome.wait is None else outcome.wait
            if attempt == TRIES - 1 or time.time() + wait > end:
                break
            await asyncio.sleep(wait)
        return outcome.why

    async def ask(self, call: Call) -> Answer:
        """Make a call once. Never raises: what did not come in time or cannot be read is an Answer too."""
        if self._session is None:
            # a clinic's way out may be a proxy of the environment; a redirect would take the token elsewhere
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._timeout), trust_env=True)
        login = aiohttp.BasicAuth(*call.login) if call.login else None
        try:
            async with self._session.request(call.method, call.url, json=call.json, data=call.form, headers=call.headers, params=call.query, auth=login, allow_redirects=False) as answer:
                return Answer(answer.status, answer.headers, _object(await answer.content.read(LARGEST_ANSWER)))
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError):
            return Answer(0)

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return tree if isinstance(tree, dict) else {}
