"""Approvals: an append-only chain in which every later change shows."""

from __future__ import annotations

import threading
from datetime import date

import pytest
import sqlalchemy as sa

from bot.library.approvals import FIRST, all_rows, append, head, row_hash, verify
from bot.library.items import text_hash

MAY = date(2031, 5, 31)


def add(engine, item="answers/fruit/apples", text="An apple.", by="Dr. Ada Test", act="approve", until=MAY):
    return append(engine, item, text, by, "clinician", "text and sources", until, act=act)


def raw(engine, statement: str, **values) -> None:
    """What somebody with the database open could do."""
    with engine.begin() as connection:
        connection.execute(sa.text(statement), values)


@pytest.fixture
def chain(records):
    """Four rows of two items."""
    for item, text in [("answers/fruit/apples", "An apple."), ("voice/greet", "Hello."), ("answers/fruit/apples", "One apple."), ("voice/greet", "Good day.")]:
        add(records, item, text)
    return records


def test_first_row_follows_nothing(records):
    row = add(records)
    assert (row.number, row.before) == (1, FIRST)


def test_row_carries_the_text_and_its_hash(records):
    row = add(records, text="Exact words.")
    assert (row.text, row.version) == ("Exact words.", text_hash("Exact words."))


def test_each_row_follows_the_one_before(chain):
    rows = all_rows(chain)
    assert [row.before for row in rows] == [FIRST, *(row.hash for row in rows[:-1])]


def test_head_is_the_last_rows_hash(chain):
    assert head(chain) == all_rows(chain)[-1].hash


def test_head_of_an_empty_table_is_the_beginning(records):
    assert head(records) == FIRST


def test_unknown_act_is_refused(records):
    with pytest.raises(ValueError):
        add(records, act="approove")
    assert all_rows(records) == []


@pytest.mark.parametrize("field", [{"by": None}, {"item": None}], ids=["nobody's name", "no item"])
def test_missing_field_is_refused_and_does_not_try_forever(chain, field):
    with pytest.raises(sa.exc.IntegrityError):
        add(chain, **field)
    assert len(all_rows(chain)) == 4


def test_untouched_chain_is_whole(chain):
    assert verify(all_rows(chain)) == []


def test_empty_chain_is_whole():
    assert verify([]) == []


@pytest.mark.parametrize("column", ["item", "act", "version", "text", "by", "role", "checked", "until", "note", "at"])
def test_edited_field_shows_at_its_row(chain, column):
    raw(chain, f'UPDATE approvals SET "{column}" = :new WHERE number = 2', new="2999-01-01")
    found = verify(all_rows(chain))
    assert found and all(wrong.startswith("row 2 ") for wrong in found)
    assert not all_rows(chain)[1].intact


def test_rewritten_hash_breaks_the_next_row(chain):
    """Whoever edits a row and computes its hash anew is shown by the row after it."""
    row = dict(all_rows(chain)[1].__dict__, until="2999-01-01")
    raw(chain, "UPDATE approvals SET until = :until, hash = :hash WHERE number = 2", until=row["until"], hash=row_hash(row))
    assert [wrong.split(" (")[0] for wrong in verify(all_rows(chain))] == ["row 3"]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_row_taken_out_leaves_a_gap(chain, number):
    raw(chain, "DELETE FROM approvals WHERE number = :number", number=number)
    assert verify(all_rows(chain))[0].startswith(f"row {number}:")


def test_gap_closed_by_renumbering_still_shows(chain):
    raw(chain, "DELETE FROM approvals WHERE number = 2")
    raw(chain, "UPDATE approvals SET number = number - 1 WHERE number > 2")
    assert any("row 2" in wrong for wrong in verify(all_rows(chain)))


def test_rows_that_changed_places_show(chain):
    for old, new in [(2, 20), (3, 2), (20, 3)]:
        raw(chain, "UPDATE approvals SET number = :new WHERE number = :old", old=old, new=new)
    assert {wrong.split(" (")[0] for wrong in verify(all_rows(chain))} >= {"row 2", "row 3"}


def test_row_put_in_by_hand_shows(chain):
    last = all_rows(chain)[-1]
    raw(chain, 'INSERT INTO approvals SELECT 5, item, act, version, text, "by", role, checked, until, note, at, :before, :hash FROM approvals WHERE number = 4',
        before=last.hash, hash="f" * 64)
    assert [wrong.split(" (")[0] for wrong in verify(all_rows(chain))] == ["row 5"]


def test_two_writers_at_once_make_one_chain(records):
    start, errors = threading.Barrier(2), []

    def write(name: str) -> None:
        try:
            start.wait()
            for turn in range(12):
                add(records, text=f"{name} {turn}", by=name)
        except Exception as error:  # noqa: BLE001 - a thread's error must reach the test
            errors.append(error)

    writers = [threading.Thread(target=write, args=(name,)) for name in ("Ada", "Bea")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    rows = all_rows(records)
    assert errors == [] and [row.number for row in rows] == list(range(1, 25)) and verify(rows) == []
    assert [sum(row.by == name for row in rows) for name in ("Ada", "Bea")] == [12, 12]


def test_approval_without_an_end_is_refused(records):
    with pytest.raises(ValueError):
        append(records, "voice/greet", "Hello.", "Dr. Ada Test", "clinician", "text")
    assert all_rows(records) == []


@pytest.mark.parametrize("act", ["withdraw", "send_back", "propose"])
def test_other_acts_have_no_end(records, act):
    assert append(records, "voice/greet", "Hello.", "Dr. Ada Test", "clinician", "", act=act).until == ""
