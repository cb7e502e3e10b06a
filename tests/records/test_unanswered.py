"""Unanswered questions: only where switched on, only scrubbed, only what several conversations asked, only for a time."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from bot.records import unanswered as kept
from bot.records.database import open_database
from bot.records.unanswered import FEWEST, asked_often, counts, keep_unanswered, note_unanswered, purge_unanswered
from bot.understanding.encoders import shared_encoders

TATTOO = ["can i get a tattoo", "is a new tattoo allowed", "can i have a tattoo done", "may i get a tattoo soon", "is getting a tattoo ok"]
CANARY = "quillfeather"


@pytest.fixture
def engine(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    yield engine
    engine.dispose()


def rows(engine) -> list[dict]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(kept.unanswered)).mappings()]


def often(engine) -> list:
    return asked_often(engine, shared_encoders().encode_all)


@pytest.mark.parametrize("text", [f"can {CANARY} come with me", f"my name is {CANARY}", "i live in canary street", "call five five five oh one nine nine"])
def test_question_that_may_tell_who_asked_is_only_counted(engine, text):
    keep_unanswered(engine, text, "not_sure", "web-1")
    (row,) = rows(engine)
    assert row["text"] is None and row["asker"] is None and counts(engine) == {"kept": 0, "counted": 1}


def test_neither_phone_nor_date_nor_address_nor_conversation_reaches_the_database_file(engine, tmp_path):
    for text in ("can i have 617-555-0123 with cheese", "can i have 12/03/1961 with cheese", "12 canary street is where i get it", f"mail {CANARY}@clinic.example.org the cheese"):
        keep_unanswered(engine, text, "out_of_scope", "web-0123-conversation")
    engine.dispose()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"with cheese" in written
    assert not [trace for trace in (b"555", b"0123", b"1961", b"canary", CANARY.encode(), b"web-") if trace in written]


def test_question_is_shown_once_five_people_have_asked_alike(engine):
    for number, text in enumerate(TATTOO[: FEWEST - 1]):
        keep_unanswered(engine, text, "not_sure", f"web-{number}")
    assert often(engine) == []
    keep_unanswered(engine, TATTOO[-1], "out_of_scope", "web-another")
    (asked,) = often(engine)
    assert asked.conversations == FEWEST and set(asked.examples) <= set(TATTOO) and asked.why == {"not_sure": FEWEST - 1, "out_of_scope": 1}


def test_one_person_who_asks_often_is_one_person(engine):
    for text in TATTOO * 2:
        keep_unanswered(engine, text, "not_sure", "web-1")
    assert often(engine) == []


def test_nobody_can_tell_later_which_conversation_asked(engine, monkeypatch):
    keep_unanswered(engine, TATTOO[0], "not_sure", "web-1")
    monkeypatch.setattr(kept, "_KEY", b"the key of a server that started later")
    keep_unanswered(engine, TATTOO[0], "not_sure", "web-1")
    first, second = rows(engine)
    assert first["asker"] != second["asker"] and set(first) == {"number", "day", "why", "text", "asker"}


def test_purge_deletes_what_is_older_and_nothing_else(engine, monkeypatch):
    for day in (date(2030, 1, 1), date(2030, 1, 31)):
        monkeypatch.setattr(kept, "_today", lambda day=day: day)
        keep_unanswered(engine, TATTOO[0], "not_sure", "web-1")
    assert purge_unanswered(engine, 29) == 1 and [row["day"] for row in rows(engine)] == ["2030-01-31"]


def test_records_that_are_away_fail_nothing(monkeypatch):
    monkeypatch.setattr(kept, "records", lambda: None)
    note_unanswered(TATTOO[0], "not_sure", "web-1")
    monkeypatch.setattr(kept, "records", lambda: 1 / 0)
    note_unanswered(TATTOO[0], "not_sure", "web-1")
