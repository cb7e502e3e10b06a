"""Patients who talk all the while, and what became of each message."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import random
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Optional, Sequence

import aiohttp
import sqlalchemy as sa
import yaml

from bot.evaluation.sets import own_sets, read_set
from bot.project import CONTENT
from bot.records.escalations import escalations
from bot.safety.triage import load_triage

LATE = 3.0      # seconds; promise 3
GIVE_UP = 20.0  # seconds
TURNS = 5       # messages of a conversation
WARNINGS = 4    # one message of so many is a warning sign
#: How a message can end. `net`: the guard's line for trouble, or nginx's answer.
FATES = ("ivy", "net", "unanswered")
NET = frozenset({"voice/service_down", "none", "page/outage"})


@dataclass
class Fates:
    """What became of messages: their fates, seconds of each, warning signs without a safety message (with what was said), ids of
    alerts, ids under which any message can be on record. `not_opened`: conversations that could not begin."""

    counts: Counter = field(default_factory=Counter)
    seconds: list = field(default_factory=list)
    warnings: int = 0
    unsafe: list = field(default_factory=list)
    alerts: list = field(default_factory=list)
    ids: list = field(default_factory=list)
    not_opened: int = 0

    @property
    def sent(self) -> int:
        return sum(self.counts.values())

    @property
    def late(self) -> int:
        return sum(took > LATE for took in self.seconds)


@dataclass(frozen=True)
class Sentences:
    """What patients say: questions, and warning signs that the rules alone hear."""

    questions: Sequence[str]
    warnings: Sequence[str]

    @classmethod
    def read(cls) -> "Sentences":
        """Questions of the project's own sets; the examples that each sign must be heard in."""
        questions = [row["text"] for path in own_sets("topics") for row in read_set(path) if "topic" in row]
        alerts = [text for path in sorted((CONTENT / "safety" / "signs").glob("*.yml")) for text in _alerts(yaml.safe_load(path.read_text(encoding="utf-8")))]
        triage = load_triage(CONTENT, None)
        return cls(questions, [text for text in alerts if triage.verdict(text).tier in ("urgent", "emergency")])


class Patients:
    """So many patients at an address. `talk` runs until told to stop; each writes again `pause` seconds after an answer."""

    def __init__(self, url: str, sentences: Sentences, number: int, pause: float, seed: int = 0) -> None:
        self._url, self._sentences, self._number, self._pause, self._draw = url, sentences, number, pause, random.Random(seed)
        self.fates = Fates()
        self._enough = asyncio.Event()

    async def talk(self) -> Fates:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=GIVE_UP), connector=aiohttp.TCPConnector(limit=0)) as client:
            await asyncio.gather(*(self._patient(client) for _ in range(self._number)))
        return self.fates

    def stop(self) -> None:
        self._enough.set()

    async def _patient(self, client: aiohttp.ClientSession) -> None:
        await self._rest(self._draw.random() * self._pause)
        while not self._enough.is_set():
            session = await self._open(client)
            self.fates.not_opened += session is None
            for _ in range(TURNS):
                if session and not self._enough.is_set():
                    await self._say(client, session)
                await self._rest(self._pause)

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._enough.wait(), seconds)
        except asyncio.TimeoutError:
            pass

    async def _open(self, client: aiohttp.ClientSession) -> Optional[str]:
        status, answer = await self._post(client, "session", {}, "")
        return answer.get("session") if status == 200 else None

    async def _say(self, client: aiohttp.ClientSession, session: str) -> None:
        warns = self._draw.randrange(WARNINGS) == 0
        text, message = self._draw.choice(self._sentences.warnings if warns else self._sentences.questions), uuid.uuid4().hex
        self.fates.ids.append(record_id(session, message))
        began = time.monotonic()
        _, answer = await self._post(client, "message", {"session": session, "id": message, "text": text}, session)
        self.fates.seconds.append(time.monotonic() - began)
        replies = answer.get("replies") or []
        said = {reply.get("content", "") for reply in replies}
        self.fates.counts["unanswered" if not replies or not all(reply.get("text") for reply in replies) else "net" if said & NET else "ivy"] += 1
        alerted = any(reply.get("kind") == "safety" and reply.get("tier") in ("urgent", "emergency") for reply in replies)
        if warns:
            self.fates.warnings += 1
            if not alerted:
                self.fates.unsafe.append(", ".join(sorted(said)) or "nothing")
        if alerted:
            self.fates.alerts.append(record_id(session, message))

    async def _post(self, client: aiohttp.ClientSession, path: str, body: dict, session: str) -> tuple[int, dict]:
        """Status and answer; 0 and nothing where there was none."""
        try:
            async with client.post(f"{self._url}/api/{path}", json=body, headers={"Ivy-Conversation": session.split(".")[0]} if session else {}) as got:
                answer = await got.json(content_type=None)
                return got.status, answer if isinstance(answer, dict) else {}
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
            return 0, {}


def conversation_of(session: str) -> str:
    """The id that the server gave the conversation; it stands in the session, signed."""
    return "web-" + json.loads(base64.urlsafe_b64decode(session.split(".")[0] + "=="))


def record_id(session: str, message: str) -> str:
    """The id under which an alert for a message is on record."""
    return hashlib.sha256(f"{conversation_of(session)}:{message}".encode()).hexdigest()


def lost_and_doubled(address: str, fates: Fates, before: set) -> tuple[int, int]:
    """Alerts that patients got and no record holds; and new records that are not the one record of a message that was sent."""
    kept = recorded(address)
    return len(set(fates.alerts) - kept), len(kept - before - set(fates.ids))


def recorded(address: str) -> set:
    """The ids of alerts that are on record."""
    engine = sa.create_engine(address, future=True)
    with engine.connect() as connection:
        kept = {row.message_id for row in connection.execute(sa.select(escalations.c.message_id))}
    engine.dispose()
    return kept


def _alerts(sign: dict) -> list[str]:
    return (sign.get("examples") or {}).get("alert") or []
