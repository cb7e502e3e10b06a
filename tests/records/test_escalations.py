"""Escalations: recorded once, without a word or an id of the patient, and never at the reply's cost."""

from __future__ import annotations

import sqlite3
import threading
from datetime import datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from bot.records.database import open_database
from bot.records.escalations import escalations, note_escalation, purge_escalations, record_escalation

CONVERSATION = "web-9f3b2c"
ALERT = {"tier": "urgent", "signs": ["stiff_neck", "fever"], "content": "safety/urgent", "channel": "web"}


@pytest.fixture
def engine(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def installed(engine, monkeypatch):
    """The engine as this installation's records."""
    monkeypatch.setenv("IVY_DATABASE", str(engine.url))
    return engine


def rows(engine) -> list[dict]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(escalations)).mappings()]


def test_alert_is_recorded_with_time_tier_signs_content_and_channel(engine):
    assert record_escalation(engine, "m1", said_by="guard", **ALERT)
    (row,) = rows(engine)
    assert {key: row[key] for key in ("tier", "signs", "content", "channel", "said_by")} == {
        "tier": "urgent", "signs": "stiff_neck fever", "content": "safety/urgent", "channel": "web", "said_by": "guard"}
    assert datetime.now(timezone.utc) - datetime.fromisoformat(row["at"]) < timedelta(minutes=5)


def test_second_report_of_a_message_is_not_written(engine):
    """The action and the guard both report; the first one stands."""
    assert record_escalation(engine, "m1", said_by="action", **ALERT)
    assert not record_escalation(engine, "m1", said_by="guard", **ALERT)
    assert [row["said_by"] for row in rows(engine)] == ["action"]


def test_next_message_is_recorded_too(engine):
    assert record_escalation(engine, "m1", said_by="guard", **ALERT) and record_escalation(engine, "m2", said_by="guard", **ALERT)
    assert len(rows(engine)) == 2


def test_two_reports_at_once_write_one_row(patient, engine):
    start, wrote = threading.Barrier(2), []

    def report(who: str) -> None:
        start.wait()
        wrote.append(record_escalation(engine, "m1", said_by=who, **ALERT))

    reporters = [threading.Thread(target=report, args=(who,)) for who in ("action", "guard")]
    for reporter in reporters:
        reporter.start()
    for reporter in reporters:
        reporter.join()
    assert sorted(wrote) == [False, True] and len(rows(engine)) == 1


def test_record_has_no_column_for_words_or_persons():
    assert {column.name for column in escalations.columns} == {"message_id", "at", "tier", "signs", "content", "channel", "said_by"}


def test_record_does_not_hold_the_id_it_was_given(engine):
    """Channels build it from the conversation's id and what the client sent, which may be words."""
    record_escalation(engine, f"{CONVERSATION}:my neck is stiff", said_by="guard", **ALERT)
    (row,) = rows(engine)
    assert not [value for value in row.values() if CONVERSATION in value or "my neck" in value]


@pytest.mark.parametrize("message_id", ["x" * 500, "\ud800"], ids=["long", "not encodable"])
def test_any_message_id_fits(engine, message_id):
    assert record_escalation(engine, message_id, said_by="guard", **ALERT)
    assert len(rows(engine)[0]["message_id"]) <= escalations.c.message_id.type.length


@pytest.mark.parametrize("tier", ["urgent", "emergency"])
def test_alert_of_the_running_ivy_is_in_its_records(installed, tier):
    assert note_escalation("m1", tier, ["fever"], "safety/urgent", "web", "guard")
    assert [row["tier"] for row in rows(installed)] == [tier]


@pytest.mark.parametrize("tier", ["none", "routine"])
def test_what_is_no_alert_is_not_recorded(installed, tier):
    assert not note_escalation("m1", tier, ["tiredness"], "safety/routine", "web", "guard")
    assert rows(installed) == []


def test_message_without_a_channel_is_recorded(installed):
    assert note_escalation("m1", "urgent", ["fever"], "safety/urgent", None, "guard")


def test_locked_records_do_not_fail_the_reply(installed, tmp_path):
    other = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert not note_escalation("m1", "urgent", ["fever"], "safety/urgent", "web", "guard")
    other.execute("ROLLBACK")
    assert note_escalation("m1", "urgent", ["fever"], "safety/urgent", "web", "guard")
    other.close()


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all/records.db", "nosuchdatabase://here", "oracle://here", "not a url"])
def test_unreachable_records_do_not_fail_the_reply(monkeypatch, url):
    monkeypatch.setenv("IVY_DATABASE", url)
    assert not note_escalation("m1", "emergency", ["breathing"], "safety/emergency", "web", "guard")


def test_state_folder_that_is_gone_does_not_fail_the_reply(monkeypatch, tmp_path):
    (tmp_path / "state").write_text("a file stands where the folder should")
    monkeypatch.delenv("IVY_DATABASE", raising=False)
    monkeypatch.setenv("IVY_STATE", str(tmp_path / "state"))
    assert not note_escalation("m1", "emergency", ["breathing"], "safety/emergency", "web", "guard")


def test_purge_deletes_what_is_older_and_nothing_else(engine):
    for name in ("old", "new"):
        record_escalation(engine, name, said_by=name, **ALERT)
    long_ago = (datetime.now(timezone.utc) - timedelta(days=31)).isoformat(timespec="seconds")
    with engine.begin() as connection:
        connection.execute(escalations.update().where(escalations.c.said_by == "old").values(at=long_ago))
    assert purge_escalations(engine, 30) == 1
    assert [row["said_by"] for row in rows(engine)] == ["new"]
