"""Behind the replies: what waited on the disk is recorded once, notices arrive in the end, and nothing waits for a receiver."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
import time

import pytest
from receivers import webhook
from waiting import eventually

from bot.records import dispatch, escalations, journal, notices
from bot.records.database import database_url, open_database
from bot.records.dispatch import Dispatch, deliver_due, write_journalled
from bot.records.escalations import count_escalations, note_before_reply, note_escalation
from bot.records.notices import NoticeSettings
from bot.records.outbox import FIRST_WAIT, claim, count_notices

SECRET = "0123456789abcdef0123456789abcdef"
ALERT = ("urgent", ["stiff_neck"], "safety/urgent", "web", "guard")


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """A state folder of the test's own, and its records."""
    monkeypatch.setenv("IVY_STATE", str(tmp_path))
    engine = open_database(database_url())
    yield engine
    for _ in range(escalations.WRITERS):  # those of this test must not be in the next one's way
        escalations._writers.acquire()
    for _ in range(escalations.WRITERS):
        escalations._writers.release()
    engine.dispose()


@pytest.fixture
def away(installed, tmp_path):
    """The records are locked; called, they are back."""
    other = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def back() -> None:
        other.execute("ROLLBACK")

    yield back
    other.close()


@pytest.fixture
def hanging(installed, monkeypatch):
    """The records hang for longer than any reply may wait."""
    going_on = threading.Event()
    monkeypatch.setattr(escalations, "records", lambda: going_on.wait(60) and None)
    yield
    going_on.set()


def test_alert_leaves_nothing_on_the_disk_once_it_is_on_record(installed):
    assert note_escalation("m1", *ALERT)
    assert journal.count() == 0 and count_escalations(installed) == 1


def test_alert_met_while_the_records_are_away_is_on_the_disk_without_words(away):
    assert not note_escalation("web-9f3b2c:my neck is stiff", *ALERT)
    (file,) = journal.folder().glob("*.json")
    assert json.loads(file.read_text())["tier"] == "urgent" and "my neck" not in file.read_text() and "9f3b2c" not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0 and journal.folder().stat().st_mode & 0o077 == 0


def test_alerts_are_recorded_once_when_the_records_are_back(installed, away):
    for message in ("m1", "m2", "m2"):
        note_escalation(message, *ALERT)
    away()
    assert write_journalled(installed) == 2 and journal.count() == 0 and count_escalations(installed) == 2


def test_time_on_record_is_the_alerts_own(installed, away):
    note_escalation("m1", *ALERT)
    (kept,) = journal.waiting()
    away()
    write_journalled(installed)
    with installed.connect() as connection:
        assert connection.exec_driver_sql("SELECT at FROM escalations").scalar() == kept["at"]


def test_kill_between_record_and_deletion_doubles_nothing(installed, monkeypatch):
    monkeypatch.setattr(journal, "drop", lambda _: None)
    note_escalation("m1", *ALERT)
    monkeypatch.undo()
    monkeypatch.setenv("IVY_STATE", str(installed.url.database).rsplit("/", 1)[0])
    assert journal.count() == 1 and write_journalled(installed) == 0
    assert journal.count() == 0 and count_escalations(installed) == 1


@pytest.mark.parametrize("content", ["{", "[]", '{"tier": "urgent"}', '{"message_id": null}'])
def test_file_that_is_no_alert_is_set_aside_and_the_others_are_recorded(installed, away, content):
    note_escalation("m1", *ALERT)
    (journal.folder() / "0000.json").write_text(content)
    away()
    assert write_journalled(installed) == 1 and journal.count() == 0
    assert [path.read_text() for path in journal.folder().glob("*.unreadable")] == [content]


def test_disk_that_takes_nothing_does_not_keep_the_alert_from_the_records(installed, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal, "_write", full)
    assert note_escalation("m1", *ALERT) and count_escalations(installed) == 1


async def test_reply_waits_for_the_record(installed):
    await note_before_reply("m1", *ALERT, patience=20)
    assert count_escalations(installed) == 1


async def test_reply_does_not_wait_for_records_that_hang_and_the_alert_is_on_the_disk(hanging):
    began = time.monotonic()
    await note_before_reply("m1", *ALERT, patience=0.3)
    assert time.monotonic() - began < 10
    await asyncio.to_thread(eventually, lambda: journal.count() == 1)


async def test_many_alerts_while_the_records_hang_are_all_on_the_disk_at_once(hanging):
    """Threads that hang in the database must not keep others from the disk."""
    began = time.monotonic()
    await asyncio.gather(*(note_before_reply(f"m{number}", *ALERT, patience=0.3) for number in range(40)))
    assert time.monotonic() - began < 10
    await asyncio.to_thread(eventually, lambda: journal.count() == 40)


@pytest.fixture
def clinic(monkeypatch):
    """A webhook that is set up, with its settings."""
    monkeypatch.setattr(notices, "TIMEOUT", (3, 3))

    def _open(*answers):
        opened = webhook(*answers)
        server = opened.__enter__()
        monkeypatch.setenv("IVY_NOTIFY_WEBHOOK", server.url)
        closing.append(opened)
        return server, NoticeSettings(server.url, SECRET)

    closing = []
    yield _open
    for opened in closing:
        opened.__exit__(None, None, None)


def test_notice_is_delivered_once(installed, clinic):
    server, settings = clinic(200)
    note_escalation("m1", *ALERT)
    assert deliver_due(installed, settings, "webhook") == 1 and deliver_due(installed, settings, "webhook") == 0
    assert len(server.got) == 1 and count_notices(installed)["sent"] == 1


def test_notice_arrives_after_every_kind_of_failure_with_one_id(installed, clinic, monkeypatch):
    monkeypatch.setattr("bot.records.outbox.FIRST_WAIT", FIRST_WAIT / 1000)
    server, settings = clinic(500, "hangs", "breaks off", (429, {"Retry-After": "0"}), 302, 200)
    note_escalation("m1", *ALERT)
    eventually(lambda: deliver_due(installed, settings, "webhook") == 1)
    assert len(server.got) == 6 and len({headers["Idempotency-Key"] for _, headers, _ in server.got}) == 1 and len({body for *_, body in server.got}) == 1


def test_receiver_that_takes_it_but_answers_too_late_gets_the_same_id_again(installed, clinic, monkeypatch):
    """At least once: why a receiver has to know ids again."""
    monkeypatch.setattr("bot.records.outbox.FIRST_WAIT", FIRST_WAIT / 1000)
    server, settings = clinic("hangs", 200)
    note_escalation("m1", *ALERT)
    eventually(lambda: deliver_due(installed, settings, "webhook") == 1)
    assert len({headers["Idempotency-Key"] for _, headers, _ in server.got}) == 1 and len(server.got) == 2


def test_alerts_are_recorded_while_the_receiver_hangs(installed, clinic):
    server, _ = clinic("hangs")
    assert note_escalation("m1", *ALERT) and server.got == []


@pytest.fixture
def dispatching(installed):
    """Begins a Dispatch. After the test it works no more: it would take the next one's alerts off the disk."""
    going_on = [True]
    yield lambda settings, every, records=lambda: installed: Dispatch(lambda: records() if going_on else None, settings, every)
    going_on.clear()


def test_running_dispatch_records_and_delivers_what_waits_and_counts_it(installed, away, clinic, dispatching):
    server, settings = clinic(500, 200)
    note_escalation("m1", *ALERT)
    running = dispatching(settings, every=0.1)
    eventually(lambda: running.counts["journal"] == 1)
    away()
    eventually(lambda: server.got and running.counts["waiting"] == 1)
    eventually(lambda: count_notices(installed)["sent"] == 1, seconds=30)
    eventually(lambda: running.counts == {"journal": 0, "waiting": 0, "dead": 0})
    assert count_escalations(installed) == 1 and claim(installed, "webhook") is None


def test_dispatch_survives_records_that_break(installed, clinic, dispatching):
    server, settings = clinic(200)
    note_escalation("m1", *ALERT)
    broken = [dispatch.sa.exc.OperationalError("select", {}, Exception("gone"))] * 4

    def records():
        if broken:
            raise broken.pop()
        return installed

    dispatching(settings, every=0.05, records=records)
    eventually(lambda: len(server.got) == 1)
