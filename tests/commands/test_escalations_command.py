"""`ivy escalations` and `ivy purge`: what waits and what is dead is told, and cron can read how it ended."""

from __future__ import annotations

import json
import sqlite3
import sys
from datetime import datetime
from pathlib import Path

import pytest

from bot.records.database import database_url, open_database
from bot.records.escalations import escalations, note_escalation
from bot.records.outbox import claim, outbox, settle

sys.path.insert(0, str(Path(__file__).parents[1] / "records"))
from receivers import webhook  # noqa: E402

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def engine(monkeypatch, tmp_path):
    """A state folder of the test's own with its records; a webhook is set up."""
    monkeypatch.setenv("IVY_STATE", str(tmp_path))
    monkeypatch.setenv("IVY_NOTIFY_WEBHOOK", "https://clinic.example/ivy")
    monkeypatch.setenv("IVY_NOTIFY_SECRET", SECRET)
    engine = open_database(database_url())
    yield engine
    engine.dispose()


def alert(name: str) -> None:
    assert note_escalation(name, "urgent", ["stiff_neck"], "safety/urgent", "web", "guard")


def dies(engine) -> str:
    notice = claim(engine, "webhook")
    with engine.begin() as connection:
        connection.execute(outbox.update().where(outbox.c.id == notice.id).values(until="2020-01-01T00:00:00.000+00:00"))
    assert settle(engine, notice, "HTTP 500") == "dead"
    return notice.id


def test_counts_are_told(engine, ivy):
    alert("m1")
    code, printed = ivy("escalations")
    assert code == 0 and "1 alerts are on record; 0 wait" in printed and "1 waiting, 0 sent, 0 dead" in printed


def test_dead_notice_is_listed_with_its_reason_and_the_exit_code_says_so(engine, ivy):
    alert("m1")
    name = dies(engine)
    code, printed = ivy("escalations")
    assert code == 1 and name in printed and "urgent stiff_neck: 1 tries, the last: HTTP 500" in printed


def test_json_has_the_same(engine, ivy):
    alert("m1")
    name = dies(engine)
    code, printed = ivy("escalations", "--json")
    told = json.loads(printed)
    assert code == 1 and told["notices"] == {"waiting": 0, "sent": 0, "dead": 1} and told["dead"][0]["id"] == name


def test_dead_notices_are_retried(engine, ivy):
    alert("m1")
    name = dies(engine)
    assert ivy("escalations", "--retry")[0] == 0 and claim(engine, "webhook").id == name


@pytest.mark.parametrize(("answer", "code", "told"), [(200, 0, "was taken"), (401, 1, "webhook: HTTP 401")])
def test_set_up_can_be_tried(engine, ivy, monkeypatch, answer, code, told):
    with webhook(answer) as clinic:
        monkeypatch.setenv("IVY_NOTIFY_WEBHOOK", clinic.url)
        found, printed = ivy("escalations", "--test")
    assert found == code and told in printed and json.loads(clinic.got[0][2])["type"] == "test"


def test_set_up_that_is_missing_or_wrong_is_told(engine, ivy, monkeypatch):
    monkeypatch.setenv("IVY_NOTIFY_SECRET", "short")
    code, printed = ivy("escalations", "--test")
    assert code == 2 and printed.startswith("IVY_NOTIFY_SECRET")
    monkeypatch.delenv("IVY_NOTIFY_WEBHOOK")
    monkeypatch.delenv("IVY_NOTIFY_SECRET")
    assert ivy("escalations", "--test")[0] == 2


def old(engine) -> None:
    with engine.begin() as connection:
        connection.execute(escalations.update().values(at="2020-01-01T00:00:00+00:00"))
        connection.execute(outbox.update().values(made_at="2020-01-01T00:00:00.000+00:00", state="sent"))


def test_purge_tells_its_counts(engine, ivy):
    alert("m1")
    old(engine)
    alert("m2")
    code, printed = ivy("purge", "--json")
    assert code == 0 and json.loads(printed) == {"conversation events": 0, "escalation records": 1, "notices": 1, "unanswered questions": 0}
    assert "no" not in ivy("purge")[1].split()


def conversation(tmp_path, days_ago: float) -> None:
    from bot.rasa.tracker_store import IvyTrackerStore

    store = IvyTrackerStore()
    with store.engine.begin() as connection:
        connection.execute(store.SQLEvent.__table__.insert().values(sender_id="web-1", type_name="user", timestamp=datetime.now().timestamp() - days_ago * 86400, data="{}"))


def test_purge_keeps_conversations_as_long_as_the_patients_were_told(engine, ivy, monkeypatch, tmp_path):
    for days in (5, 15):
        conversation(tmp_path, days)
    assert json.loads(ivy("purge", "--json")[1])["conversation events"] == 0
    monkeypatch.setenv("IVY_KEEP_DAYS", "10")
    assert json.loads(ivy("purge", "--json")[1])["conversation events"] == 1
    assert json.loads(ivy("purge", "--json", "--days", "3")[1])["conversation events"] == 1


def test_purge_of_records_goes_on_where_the_conversations_cannot_be_reached(engine, ivy, monkeypatch):
    alert("m1")
    old(engine)
    monkeypatch.setenv("IVY_TRACKERS", "sqlite:////nowhere/at/all/conversations.db")
    code, printed = ivy("purge")
    assert code == 2 and "no conversation events (failed), 0 unanswered questions, 1 escalation records, 1 notices" in printed and "IVY_TRACKERS" in printed and "Traceback" not in printed


def test_purge_of_records_that_are_locked_is_told_and_can_be_done_later(engine, ivy, tmp_path):
    alert("m1")
    old(engine)
    other = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    code, printed = ivy("purge", "--json")
    assert code == 2 and "database is locked" in printed and '"escalation records": null' in printed
    other.execute("ROLLBACK")
    other.close()
    assert ivy("purge")[0] == 0


@pytest.mark.parametrize("days", ["-1", "99999999"])
def test_days_that_are_none_are_refused(engine, ivy, days):
    assert ivy("purge", "--days", days) == (2, "days go from 0 to 36500\n")
