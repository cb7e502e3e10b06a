"""The ledger as a file: what goes out comes in elsewhere, whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pytest

from bot.library.approvals import all_rows, append, verify
from bot.library.exchange import LedgerError, as_csv, as_json_lines, from_json_lines, missing_here, take_in
from bot.records.database import open_database

MAY = date(2031, 5, 31)
ODD = "Zwei Zeilen\u2028und\r\nein \"Zitat\", 注意 =1+1"


@pytest.fixture
def other(tmp_path):
    """Another installation."""
    engine = open_database(f"sqlite:///{tmp_path / 'other.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def ledger(records):
    for text, act in (("Hello.", "approve"), (ODD, "propose"), (ODD, "approve"), (ODD, "withdraw")):
        append(records, "voice/greet", text, "Dr. Ada Test", "clinician", "accuracy", MAY if act == "approve" else None, act=act, note="=HYPERLINK(1)")
    return records


def moved(engine) -> list:
    return from_json_lines(as_json_lines(all_rows(engine)))


def test_import_into_an_empty_ledger_restores_it_exactly(ledger, other):
    assert take_in(other, moved(ledger)) == 4
    assert all_rows(other) == all_rows(ledger) and verify(all_rows(other)) == []


def test_same_file_again_adds_nothing(ledger, other):
    take_in(other, moved(ledger))
    assert take_in(other, moved(ledger)) == 0 and len(all_rows(other)) == 4


def test_later_file_adds_what_is_new(ledger, other):
    take_in(other, moved(ledger))
    append(ledger, "voice/greet", "Good day.", "Dr. Bea Test", "clinician", "accuracy", MAY)
    assert take_in(other, moved(ledger)) == 1 and all_rows(other) == all_rows(ledger)


def test_earlier_file_takes_nothing_away(ledger, other):
    earlier = moved(ledger)[:2]
    take_in(other, moved(ledger))
    assert take_in(other, earlier) == 0 and len(all_rows(other)) == 4


def test_ledgers_that_went_apart_are_refused_and_nothing_changes(ledger, other):
    append(other, "voice/greet", "Another hello.", "Dr. Bea Test", "clinician", "accuracy", MAY)
    before = all_rows(other)
    with pytest.raises(LedgerError, match="row 1: here approve of voice/greet by Dr. Bea Test"):
        take_in(other, moved(ledger))
    assert all_rows(other) == before


@pytest.mark.parametrize("damage", [lambda lines: lines[1:], lambda lines: [lines[0], *lines[2:]], lambda lines: [lines[1], lines[0], *lines[2:]],
                                    lambda lines: [lines[0], lines[1].replace("Zeilen", "Zeile"), *lines[2:]]], ids=["cut off", "gap", "reordered", "edited"])
def test_damaged_file_is_refused_whole(ledger, other, damage):
    lines = as_json_lines(all_rows(ledger)).rstrip("\n").split("\n")
    with pytest.raises(LedgerError, match="row"):
        take_in(other, from_json_lines("\n".join(damage(lines))))
    assert all_rows(other) == []


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"number": 1}'])
def test_line_that_is_no_row_is_named(ledger, line):
    text = as_json_lines(all_rows(ledger))
    with pytest.raises(LedgerError, match="line 5: is no row"):
        from_json_lines(f"{text}{line}\n\n")


def test_empty_ledger_goes_out_and_comes_in(records, other):
    assert take_in(other, moved(records)) == 0


def test_number_that_is_text_is_named(ledger):
    row = json.loads(as_json_lines(all_rows(ledger)[:1]))
    with pytest.raises(LedgerError, match="line 1"):
        from_json_lines(json.dumps({**row, "number": "1"}))


def test_spreadsheet_has_every_row_and_runs_no_formula(ledger):
    rows = list(csv.DictReader(io.StringIO(as_csv(all_rows(ledger)), newline="")))
    assert len(rows) == 4 and rows[1]["text"] == ODD and {row["note"] for row in rows} == {"'=HYPERLINK(1)"}


def test_rows_cut_off_the_end_show_against_an_earlier_export(ledger):
    earlier = moved(ledger)
    with ledger.begin() as connection:
        connection.exec_driver_sql("DELETE FROM approvals WHERE number = 4")
    assert verify(all_rows(ledger)) == []
    assert missing_here(ledger, earlier) == [f"row 4: withdraw of voice/greet by Dr. Ada Test at {earlier[3].at} was there when the file was written, and is gone"]


def test_ledger_that_went_on_lacks_nothing(ledger):
    assert missing_here(ledger, moved(ledger)[:3]) == []
