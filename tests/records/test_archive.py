"""The archive of what was said: every text once, by its day, without a person, and never at the reply's cost."""

from __future__ import annotations

import threading
import time
from datetime import date

import pytest
import sqlalchemy as sa
from waiting import eventually

from bot.records import archive
from bot.records.archive import Archive, as_said, keep, note_said, said, said_by_hash, said_on, said_on_day
from bot.records.database import open_database

MONDAY, TUESDAY, FRIDAY = date(2031, 5, 12), date(2031, 5, 13), date(2031, 5, 16)
REPLY = {"text": "**IVIG** is a medicine.", "content": "answers/about/what_is_ivig", "version": "a" * 64, "block": "short", "state": "draft", "label": "Draft: not reviewed.",
         "buttons": [{"id": "tell_me_more", "title": "Tell me more"}, {"id": "cost", "title": "What does it cost?"}]}


@pytest.fixture
def engine(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    yield engine
    engine.dispose()


class Days:
    """The clinic's day, which a test moves."""

    def __init__(self) -> None:
        self.day = MONDAY

    def __call__(self) -> date:
        return self.day


def settled(kept: Archive) -> None:
    eventually(lambda: not kept.waiting)


def rows(engine, table) -> int:
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar()


def test_text_is_found_by_day_and_content_as_it_was_shown(engine):
    keep(engine, [(as_said(REPLY), MONDAY)])
    (found,) = said_on_day(engine, MONDAY, REPLY["content"])
    assert (found.text, found.label, found.state, found.version, found.whole) == (REPLY["text"], REPLY["label"], "draft", REPLY["version"], True)
    assert found.buttons.splitlines() == ["Tell me more", "What does it cost?"]


def test_day_on_which_it_was_not_said_is_empty(engine):
    for day in (MONDAY, FRIDAY):
        keep(engine, [(as_said(REPLY), day)])
    assert said_on_day(engine, TUESDAY, REPLY["content"]) == [] and said_on_day(engine, MONDAY, "voice/greet") == []


def test_text_is_stored_once_with_its_first_and_last_day(engine):
    for day in (TUESDAY, MONDAY, FRIDAY, FRIDAY):
        keep(engine, [(as_said(REPLY), day)])
    assert (rows(engine, said), rows(engine, said_on)) == (1, 3)
    found, first, last = said_by_hash(engine, as_said(REPLY).words)
    assert (found.text, first, last) == (REPLY["text"], "2031-05-12", "2031-05-16")


def test_unknown_hash_is_nothing(engine):
    assert said_by_hash(engine, "f" * 64) is None


@pytest.mark.parametrize("change", [{"text": "IVIG is another."}, {"version": "b" * 64}, {"label": None}, {"state": "approved"}, {"block": "more"}, {"buttons": []}])
def test_any_difference_is_another_text(engine, change):
    keep(engine, [(as_said(REPLY), MONDAY)])
    keep(engine, [(as_said({**REPLY, **change}), MONDAY)])
    assert len(said_on_day(engine, MONDAY, REPLY["content"])) == 2


def test_patients_own_words_are_never_stored(engine):
    keep(engine, [(as_said({**REPLY, "text": "Your list: may my hamster visit?", "archived": "Your list: [the patient's questions]"}), MONDAY)])
    (found,) = said_on_day(engine, MONDAY, REPLY["content"])
    assert found.text == "Your list: [the patient's questions]" and not found.whole


def test_archive_has_no_column_for_a_person_a_conversation_or_an_hour():
    assert {column.name for table in (said, said_on) for column in table.columns} == {"words", "content", "version", "block", "state", "text", "label", "whole", "buttons", "day"}


def test_reply_that_is_noted_is_written_once_a_day(engine):
    days = Days()
    kept = Archive(lambda: engine, days)
    for day in (MONDAY, MONDAY, TUESDAY):
        days.day = day
        kept.note(REPLY)
        settled(kept)
    assert (rows(engine, said), rows(engine, said_on)) == (1, 2)


def test_two_processes_that_say_the_same_store_it_once(engine):
    first, second = Archive(lambda: engine, Days()), Archive(lambda: engine, Days())
    for kept in (first, second):
        kept.note(REPLY)
        settled(kept)
    assert (rows(engine, said), rows(engine, said_on)) == (1, 1)


def test_what_is_said_together_is_written_together(engine):
    opened = []
    sa.event.listen(engine, "connect", lambda *_: opened.append(1))
    kept = Archive(lambda: engine, Days())
    for number in range(2 * archive.TOGETHER + 1):
        kept.note({**REPLY, "text": f"text {number}"})
    settled(kept)
    assert rows(engine, said) == rows(engine, said_on) == 2 * archive.TOGETHER + 1 and len(opened) < 20


def test_text_of_another_day_is_stored_beside_a_new_one(engine):
    keep(engine, [(as_said(REPLY), MONDAY)])
    keep(engine, [(as_said(REPLY), TUESDAY), (as_said({**REPLY, "text": "Something new."}), TUESDAY), (as_said(REPLY), TUESDAY)])
    assert (rows(engine, said), rows(engine, said_on)) == (2, 3)


def test_noting_does_not_wait_for_a_database_that_hangs():
    release = threading.Event()
    kept = Archive(lambda: release.wait(20) and None, Days())
    began = time.monotonic()
    for number in range(50):
        kept.note({**REPLY, "text": f"text {number}"})
    assert time.monotonic() - began < 10 and kept.waiting == 50
    release.set()


def test_what_was_said_while_the_database_was_away_is_written_afterwards(engine, monkeypatch):
    monkeypatch.setattr(archive, "TRY_AGAIN", 0.01)
    there, tries = threading.Event(), []
    kept = Archive(lambda: engine if there.is_set() else tries.append("in vain"), Days())
    kept.note(REPLY)
    eventually(lambda: tries)
    assert rows(engine, said) == 0
    there.set()
    settled(kept)
    assert rows(engine, said) == 1


def test_text_that_can_never_be_written_does_not_keep_out_the_next(engine, monkeypatch):
    def refuses_drafts(records, texts) -> None:
        if any(text.state == "draft" for text, _ in texts):
            raise sa.exc.DataError("INSERT", {}, Exception("too long"))
        keep(records, texts)

    monkeypatch.setattr(archive, "keep", refuses_drafts)
    kept = Archive(lambda: engine, Days())
    for state in ("draft", "approved"):
        kept.note({**REPLY, "state": state})
    settled(kept)
    assert [said.state for said in said_on_day(engine, MONDAY, REPLY["content"])] == ["approved"]


def test_full_memory_drops_the_note_and_not_the_reply(monkeypatch):
    monkeypatch.setattr(archive, "WAITING", 1)
    release = threading.Event()
    kept = Archive(lambda: release.wait(20) and None, Days())
    for number in range(5):
        kept.note({**REPLY, "text": f"text {number}"})
    release.set()


def test_reply_without_an_open_archive_is_noted_nowhere(monkeypatch):
    monkeypatch.setattr(archive, "_archive", None)
    note_said(REPLY)


def test_broken_archive_does_not_fail_the_reply(monkeypatch):
    monkeypatch.setattr(archive, "_archive", Archive(lambda: None, lambda: 1 / 0))
    note_said(REPLY)
