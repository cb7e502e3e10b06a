"""Health: each part is named, a database that hangs holds nobody up, and the metrics are not for everybody."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from bot.channels import metrics
from bot.channels.health import Health, Probe, content_version
from bot.channels.metrics import REGISTRY, count_message, count_reply, exposition
from bot.channels.rendering import MEDIA
from bot.channels.watch import watch_queue
from bot.sharing import Sharing

ANSWER = {"kind": "answer", "content": "answers/about/what_is_ivig", "state": "draft", "tier": "none"}


class Engine:
    """A database that answers, fails, or hangs until it is let go."""

    def __init__(self, hangs: bool = False, fails: bool = False) -> None:
        self._fails, self.asked, self.let_go = fails, 0, threading.Event()
        if not hangs:
            self.let_go.set()

    def connect(self):
        self.asked += 1
        self.let_go.wait(20)
        if self._fails:
            raise sa.exc.OperationalError("SELECT 1", {}, Exception("down"))
        return sa.create_engine("sqlite://").connect()


class Table(Probe):
    """Asks for something that every database has."""

    def __init__(self) -> None:
        super().__init__("sqlite_master")


async def test_database_that_answers_is_ready():
    assert await Table().answers(Engine)


@pytest.mark.parametrize("engine", [lambda: Engine(fails=True), lambda: None, lambda: 1 / 0], ids=["down", "not opened", "cannot be opened"])
async def test_database_that_does_not_answer_is_not_ready(engine):
    assert not await Table().answers(engine)


async def test_database_that_hangs_is_not_ready_and_is_asked_once(monkeypatch):
    monkeypatch.setattr("bot.channels.health.PATIENCE", 0.05)
    probe, engine = Table(), Engine(hangs=True)
    assert [await probe.answers(lambda: engine) for _ in range(3)] == [False] * 3 and engine.asked == 1
    engine.let_go.set()


async def test_database_is_not_asked_by_each_visitor(monkeypatch):
    monkeypatch.setattr("bot.channels.health.FRESH", 60)
    probe, engine = Table(), Engine()
    for _ in range(5):
        await probe.answers(lambda: engine)
    assert engine.asked == 1


async def test_each_part_is_named(library):
    health = Health(library)
    store = SimpleNamespace(engine=sa.create_engine("sqlite://"))
    agent = SimpleNamespace(tracker_store=store, is_ready=lambda: False, model_id=None)
    parts = await health.parts(agent)
    assert set(parts) == {"model", "content", "conversations", "records"}
    assert not parts["model"]["ready"] and not parts["conversations"]["ready"], "there is no table of events"
    assert parts["content"] == {"ready": True, "version": content_version(library)}


@pytest.fixture
async def asked(library):
    """Asks a server for its readiness: the status and what it says."""
    from types import SimpleNamespace as made

    agent = made(tracker_store=made(engine=sa.create_engine("sqlite://")), is_ready=lambda: True, model_id="m")

    async def _asked(health) -> tuple[int, dict]:
        (ready,) = [route.handler for route in health.blueprint()._future_routes if route.uri == "/ready"]
        answer = await ready(made(app=made(ctx=made(agent=agent))))
        return answer.status, json.loads(answer.body)

    return _asked


class Ready(Health):
    """Its databases are there."""

    def __init__(self, library, sharing=None) -> None:
        super().__init__(library, sharing)
        self._conversations = self._records = Table()


@pytest.fixture
def databases_there(monkeypatch):
    monkeypatch.setattr("bot.channels.health.records", lambda: sa.create_engine("sqlite://"))


async def test_server_that_leaves_is_not_ready_any_more(library, asked, databases_there):
    health = Ready(library)
    assert (await asked(health))[0] == 200
    health.leaving = True
    status, said = await asked(health)
    assert status == 503 and said["leaving"] and not said["ready"]


async def test_server_without_its_redis_says_so_and_is_ready_all_the_same(library, asked, databases_there):
    """It answers without; taking it out of service would only take away the answers."""
    status, said = await asked(Ready(library, Sharing("redis://127.0.0.1:9/0", "s")))
    assert status == 200 and said["shared"] == {"ready": False}


@pytest.mark.parametrize("works", [True, False])
async def test_server_without_its_process_for_understanding_says_so_and_is_ready_all_the_same(library, asked, databases_there, works):
    health = Ready(library)
    health.understands_apart = lambda: works
    status, said = await asked(health)
    assert status == 200 and said["understanding"] == {"ready": works}


async def test_server_without_an_agent_is_not_ready(library):
    assert (await Health(library).parts(None))["model"] == {"ready": False, "id": None}


# ---- who may read the metrics ----

@pytest.fixture
def read(library, monkeypatch):
    """Asks for the metrics as somebody at an address; the status."""
    monkeypatch.delenv("IVY_PUBLIC_URL", raising=False)
    monkeypatch.delenv("IVY_METRICS_TOKEN", raising=False)

    def _read(address: str = "127.0.0.1", headers: dict | None = None, **settings: str) -> bool:
        from bot.channels.health import may_read_metrics

        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        return may_read_metrics(SimpleNamespace(ip=address, headers=headers or {}))

    return _read


@pytest.mark.parametrize(("address", "may"), [("127.0.0.1", True), ("::1", True), ("10.0.0.4", False), ("", False), ("unix", False)])
def test_without_a_token_only_this_machine_reads_metrics(read, address, may):
    assert read(address) is may


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "via"])
def test_who_comes_through_a_proxy_is_not_this_machine(read, header):
    assert not read(headers={header: "127.0.0.1"})


def test_public_server_wants_a_token_even_here(read):
    assert not read(IVY_PUBLIC_URL="https://ivy.clinic.example")


@pytest.mark.parametrize(("sent", "may"), [("Bearer s3cret", True), ("Bearer guessed", False), ("s3cret", False), ("", False), ("Bearer \u00e9", False)])
def test_token_is_asked_for_where_there_is_one(read, sent, may):
    assert read("10.0.0.4", {"authorization": sent}, IVY_METRICS_TOKEN="s3cret") is may
    assert not read("127.0.0.1", {}, IVY_METRICS_TOKEN="s3cret")


# ---- what is counted ----

def counted(name: str, **labels) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(("replies", "labels"), [
    ([ANSWER], ("what_is_ivig", "none", "answer")),
    ([{**ANSWER, "kind": "safety", "content": "safety/urgent", "tier": "urgent"}, ANSWER], ("what_is_ivig", "urgent", "safety")),
    ([{**ANSWER, "kind": "check", "content": "safety/check"}], ("none", "none", "check")),
    ([{**ANSWER, "state": "withheld", "kind": "voice", "content": "voice/not_approved"}], ("none", "none", "withheld")),
    ([{**ANSWER, "kind": "voice", "content": "voice/service_down"}], ("none", "none", "trouble")),
    ([{**ANSWER, "kind": "voice", "content": "voice/not_sure"}], ("none", "none", "unsure")),
    ([{**ANSWER, "kind": "voice", "content": "voice/greet"}], ("none", "none", "talk")),
    ([], ("none", "none", "silent"))])
def test_message_is_counted_by_how_it_ended(replies, labels):
    named = dict(zip(("topic", "tier", "outcome"), labels), channel="web")
    before = counted("ivy_messages_total", **named)
    count_message("web", replies, 0.2)
    assert counted("ivy_messages_total", **named) == before + 1


def test_message_that_failed_is_counted_as_that():
    before = counted("ivy_messages_total", channel="web", topic="none", tier="none", outcome="failed")
    count_message("web", [], 0.2, failed=True)
    assert counted("ivy_messages_total", channel="web", topic="none", tier="none", outcome="failed") == before + 1


def test_what_alerts_ask_after_is_told_from_the_start_as_none():
    """A series that is born at 1 hides its first message from Prometheus' increase()."""
    born = subprocess.run([sys.executable, "-c", "from bot.channels.metrics import exposition; print(exposition().decode())"], capture_output=True, text=True, check=True).stdout
    assert "\nivy_withheld_total 0.0\n" in born
    for channel, outcome in itertools.product(("web", *MEDIA), ("failed", "trouble", "unsure", "silent")):
        assert f'\nivy_messages_total{{channel="{channel}",outcome="{outcome}",tier="none",topic="none"}} 0.0\n' in born


def test_answer_that_is_withheld_is_counted():
    before = counted("ivy_withheld_total")
    count_reply("web", {**ANSWER, "kind": "voice", "content": "voice/not_approved", "state": "withheld"})
    count_reply("web", ANSWER)
    assert counted("ivy_withheld_total") == before + 1


def test_safety_message_is_an_escalation_even_when_it_is_late():
    before = counted("ivy_escalations_total", channel="sms", tier="emergency")
    count_reply("sms", {**ANSWER, "kind": "safety", "tier": "emergency"})
    count_reply("sms", ANSWER)
    assert counted("ivy_escalations_total", channel="sms", tier="emergency") == before + 1


@pytest.mark.parametrize(("content", "why"), [("voice/not_sure", "not_sure"), ("voice/out_of_scope", "out_of_scope"), ("voice/greet", None)])
def test_reply_that_is_no_answer_is_counted_by_why(content, why):
    before = sum(counted("ivy_unanswered_total", channel="web", why=each.rsplit("/")[-1]) for each in metrics.UNSURE)
    count_reply("web", {"kind": "voice", "content": content, "state": "draft"})
    assert sum(counted("ivy_unanswered_total", channel="web", why=each.rsplit("/")[-1]) for each in metrics.UNSURE) == before + (why is not None)
    assert why is None or counted("ivy_unanswered_total", channel="web", why=why)


def test_signatures_that_end_are_counted_by_how_soon():
    metrics.tell_endings([-3, 0, 1, 5, 30])
    assert {days: counted("ivy_approvals_ending", days=days) for days in ("30", "7", "1", "0")} == {"30": 4, "7": 3, "1": 2, "0": 1}


def test_part_that_stopped_is_told():
    metrics.tell_parts({"records": {"ready": True}})
    metrics.tell_parts({"records": {"ready": False}})
    assert counted("ivy_ready", part="records") == 0.0


def test_message_in_hand_is_counted_until_it_is_answered():
    with metrics.message_in_hand():
        assert counted("ivy_messages_in_hand") == 1
    assert counted("ivy_messages_in_hand") == 0


async def test_server_that_is_kept_busy_is_told():
    """What arrives meanwhile waits."""
    looking = asyncio.ensure_future(watch_queue(None))
    await asyncio.sleep(0)
    before = counted("ivy_queue_seconds_sum")
    time.sleep(0.6)
    await asyncio.sleep(0.05)
    looking.cancel()
    assert 0.2 < counted("ivy_queue_seconds_sum") - before


def test_metrics_hold_no_words():
    count_message("web", [{**ANSWER, "text": "Quillfeather asked"}], 0.1)
    assert b"Quillfeather" not in exposition() and b"ivy_reply_seconds_bucket" in exposition()


def test_every_outcome_has_its_place():
    assert {metrics.outcome_of(reply) for reply in ({"kind": "safety"}, {"kind": "check"}, {"state": "withheld"}, {"content": "none"}, {"kind": "answer"}, {})} <= set(metrics.OUTCOMES)
