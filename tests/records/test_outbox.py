"""A notice stands with its alert or not at all, is in one hand at a time, is tried for a day, and then is dead, not gone."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from bot.records import escalations as recording
from bot.records.database import open_database
from bot.records.escalations import count_escalations, record_escalation
from bot.records.outbox import GIVE_UP_AFTER, LEASE, claim, count_notices, dead_notices, outbox, purge_notices, retry_dead, settle

ALERT = {"tier": "urgent", "signs": ["stiff_neck", "fever"], "content": "safety/urgent", "channel": "web", "said_by": "guard"}


def later(**delta) -> datetime:
    return datetime.now(timezone.utc) + timedelta(**delta)


@pytest.fixture
def engine(empty_database, monkeypatch):
    monkeypatch.setenv("IVY_NOTIFY_WEBHOOK", "https://clinic.example/ivy")
    open_database.cache_clear()
    engine = open_database(empty_database)
    yield engine
    engine.dispose()
    open_database.cache_clear()


def rows(engine) -> list[dict]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(outbox)).mappings()]


def test_alert_brings_a_notice_with_time_tier_signs_content_and_channel_only(engine):
    record_escalation(engine, "web-9f3b2c:my neck is stiff", **ALERT)
    (row,) = rows(engine)
    told = json.loads(row["body"])
    assert set(told) == {"id", "type", "at", "tier", "signs", "content", "channel"}
    assert (told["id"], told["type"], told["tier"], told["signs"], told["content"], told["channel"]) == (row["id"], "escalation", "urgent", ["stiff_neck", "fever"], "safety/urgent", "web")
    assert not [value for value in row.values() if "9f3b2c" in str(value) or "my neck" in str(value)]


def test_alert_told_twice_brings_one_notice(engine):
    assert record_escalation(engine, "m1", **ALERT) and not record_escalation(engine, "m1", **ALERT)
    assert len(rows(engine)) == 1


def test_each_way_that_is_set_up_gets_its_own(engine, monkeypatch):
    monkeypatch.setenv("IVY_NOTIFY_EMAIL", "nurses@clinic.example")
    record_escalation(engine, "m1", **ALERT)
    assert sorted(row["way"] for row in rows(engine)) == ["email", "webhook"] and len({row["id"] for row in rows(engine)}) == 2


def test_nothing_is_written_where_nothing_is_set_up(engine, monkeypatch):
    monkeypatch.delenv("IVY_NOTIFY_WEBHOOK")
    record_escalation(engine, "m1", **ALERT)
    assert rows(engine) == [] and count_escalations(engine) == 1


def test_notice_that_cannot_be_written_takes_the_alert_back_with_it(engine, monkeypatch):
    """Both or neither: the journal then writes both later."""
    def breaks(*_):
        raise sa.exc.OperationalError("insert", {}, Exception("gone"))

    monkeypatch.setattr(recording, "enqueue", breaks)
    with pytest.raises(sa.exc.OperationalError):
        record_escalation(engine, "m1", **ALERT)
    assert count_escalations(engine) == 0


def test_claimed_notice_is_nobody_elses_until_the_lease_ends(engine):
    record_escalation(engine, "m1", **ALERT)
    first = claim(engine, "webhook")
    assert first and claim(engine, "webhook") is None
    assert claim(engine, "webhook", datetime.now(timezone.utc) + LEASE + timedelta(seconds=1)).id == first.id


def test_many_replicas_at_once_never_hold_the_same_notice(engine):
    for number in range(30):
        record_escalation(engine, f"m{number}", **ALERT)
    start, held = threading.Barrier(6), []

    def replica() -> None:
        start.wait()
        empty = 0
        while empty < 3:  # a row that another one is about to take may hide the next
            try:
                notice = claim(engine, "webhook")
            except sa.exc.OperationalError:
                continue  # SQLite: another writer, longer than a second on a busy machine
            held.append(notice) if notice else None
            empty = 0 if notice else empty + 1

    replicas = [threading.Thread(target=replica) for _ in range(6)]
    for thread in replicas:
        thread.start()
    for thread in replicas:
        thread.join()
    assert len(held) == 30 and len({notice.id for notice in held}) == 30


def test_notice_of_another_way_is_left_alone(engine):
    record_escalation(engine, "m1", **ALERT)
    assert claim(engine, "email") is None


def test_delivered_notice_is_not_claimed_again(engine):
    record_escalation(engine, "m1", **ALERT)
    assert settle(engine, claim(engine, "webhook")) == "sent"
    assert claim(engine, "webhook", later(days=2)) is None and count_notices(engine) == {"waiting": 0, "sent": 1, "dead": 0}


def test_replica_whose_lease_ended_settles_nothing(engine):
    record_escalation(engine, "m1", **ALERT)
    slow = claim(engine, "webhook")
    assert settle(engine, claim(engine, "webhook", later(hours=1))) == "sent"
    assert settle(engine, slow, "HTTP 500") == "" and count_notices(engine)["sent"] == 1


def test_failed_notice_waits_longer_each_time_with_the_same_id_and_body(engine):
    record_escalation(engine, "m1", **ALERT)
    now, waits, bodies = datetime.now(timezone.utc), [], set()
    for _ in range(6):
        notice = claim(engine, "webhook", now)
        bodies.add((notice.id, notice.body))
        assert settle(engine, notice, "HTTP 500", now=now) == "waiting"
        due = datetime.fromisoformat(rows(engine)[0]["due_at"])
        waits.append((due - now).total_seconds())
        assert claim(engine, "webhook", due - timedelta(seconds=1)) is None
        now = due
    assert [round(wait) for wait in waits] == [5, 10, 20, 40, 80, 160] and len(bodies) == 1


def test_receiver_that_asks_for_a_pause_gets_it_up_to_an_hour(engine):
    record_escalation(engine, "m1", **ALERT)
    now = datetime.now(timezone.utc)
    for asked, given in ((90, 90), (999_999, 3600)):
        notice = claim(engine, "webhook", now)
        settle(engine, notice, "HTTP 429", asked, now)
        due = datetime.fromisoformat(rows(engine)[0]["due_at"])
        assert abs((due - now).total_seconds() - given) < 1
        now = due


def fail_until_dead(engine) -> int:
    now, tries = datetime.now(timezone.utc), 0
    while notice := claim(engine, "webhook", now):
        tries += 1
        settle(engine, notice, "HTTP 500", now=now)
        now = datetime.fromisoformat(rows(engine)[0]["due_at"])
    return tries


def test_notice_that_fails_for_a_day_is_dead_and_listed_with_the_reason(engine):
    record_escalation(engine, "m1", **ALERT)
    tries = fail_until_dead(engine)
    (dead,) = dead_notices(engine)
    assert (dead.tries, dead.why, count_notices(engine)["dead"]) == (tries, "HTTP 500", 1) and tries > 20
    assert claim(engine, "webhook", datetime.now(timezone.utc) + 2 * GIVE_UP_AFTER) is None


def test_dead_notice_that_is_retried_has_another_day_and_its_id(engine):
    record_escalation(engine, "m1", **ALERT)
    fail_until_dead(engine)
    (dead,) = dead_notices(engine)
    assert retry_dead(engine) == 1 and dead_notices(engine) == []
    assert claim(engine, "webhook").id == dead.id


def test_purge_keeps_what_still_waits(engine):
    for name in ("sent", "waiting"):
        record_escalation(engine, name, **ALERT)
    settle(engine, claim(engine, "webhook"))
    with engine.begin() as connection:
        connection.execute(outbox.update().values(made_at="2020-01-01T00:00:00.000+00:00"))
    assert purge_notices(engine, 365) == 1 and [row["state"] for row in rows(engine)] == ["waiting"]
