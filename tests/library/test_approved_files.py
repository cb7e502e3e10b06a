"""What clinic mode reads at its start: facts, lists and signs as they were last approved."""

from __future__ import annotations

from datetime import date

import pytest

from bot.library.approvals import all_rows, append
from bot.library.approved_files import lay_out
from bot.library.library import read_library
from bot.library.review import review_items
from bot.library.serving import Desk

UNTIL = date(2031, 5, 31)
RULES = "all: {items: ['*'], approvers: 2, two_people: true, days: 30}\n"
SIGN = "safety/signs/stiff_neck"


@pytest.fixture
def signed(content, records):
    """A content folder of which two people signed every file."""
    content.write("review.yml", RULES)
    content.write(f"{SIGN}.yml", "tier: urgent\n")
    for item in review_items(content.root).values():
        for by in ("Dr. Ada Test", "Dr. Bea Test"):
            append(records, item.id, item.text, by, "clinician", "all of it", UNTIL)
    return content


@pytest.fixture
def laid_out(signed, records, tmp_path):
    return lambda: lay_out(signed.root, all_rows(records), tmp_path / "approved")


def test_unsigned_phone_number_does_not_reach_patients(signed, laid_out):
    signed.change("clinic.yml", "555-0111", "555-0666")
    assert read_library(laid_out()).clinic.phone == "555-0111"


def test_signed_phone_number_does(signed, laid_out, records):
    signed.change("clinic.yml", "555-0111", "555-0133")
    for by in ("Dr. Ada Test", "Dr. Bea Test"):
        append(records, "clinic", signed.read("clinic.yml"), by, "clinician", "numbers", UNTIL)
    assert read_library(laid_out()).clinic.phone == "555-0133"


def test_sign_made_milder_by_one_person_stays_as_it_was(signed, laid_out, records):
    signed.write(f"{SIGN}.yml", "tier: routine\n")
    append(records, SIGN, signed.read(f"{SIGN}.yml"), "Dr. Ada Test", "clinician", "accuracy", UNTIL)
    assert (laid_out() / f"{SIGN}.yml").read_text() == "tier: urgent\n"


@pytest.mark.parametrize("item", [f"{SIGN}.yml", "safety/urgent.md"])
def test_file_deleted_while_its_approval_stands_comes_back(signed, laid_out, item):
    words = signed.read(item)
    signed.remove(item)
    assert (laid_out() / item).read_text() == words


def test_file_deleted_after_it_was_withdrawn_stays_away(signed, laid_out, records):
    append(records, SIGN, "tier: urgent\n", "Dr. Ada Test", "clinician", "", act="withdraw")
    signed.remove(f"{SIGN}.yml")
    assert not (laid_out() / f"{SIGN}.yml").exists()


def test_rules_weakened_without_two_signatures_do_not_count(signed, laid_out, records):
    signed.write("review.yml", RULES.replace("2", "1").replace("true", "false"))
    append(records, "review", signed.read("review.yml"), "Dr. Ada Test", "clinician", "accuracy", UNTIL)
    assert (laid_out() / "review.yml").read_text() == RULES


def test_edited_file_does_not_keep_a_server_from_starting(signed, laid_out, records):
    signed.change("buttons.yml", "More, please", "Go on")
    assert Desk(read_library(laid_out()), records, "clinic").blocks_clinic_mode() == []


def test_file_that_was_never_approved_blocks_the_start(signed, laid_out, records):
    signed.write("safety/signs/new_sign.yml", "tier: urgent\n")
    assert [block.item for block in Desk(read_library(laid_out()), records, "clinic").blocks_clinic_mode()] == ["safety/signs/new_sign"]


def test_signature_under_rules_that_nobody_signed_counts_for_nothing(signed, laid_out, records):
    signed.write("review.yml", RULES.replace("2", "1").replace("true", "false"))
    signed.write(f"{SIGN}.yml", "tier: routine\n")
    append(records, SIGN, signed.read(f"{SIGN}.yml"), "Dr. Ada Test", "clinician", "accuracy", UNTIL)
    assert (laid_out() / f"{SIGN}.yml").read_text() == "tier: urgent\n"


@pytest.mark.parametrize("file", ["answers/fruit/apples.md", "safety/urgent.md", "clinic.yml", "review.yml"])
def test_edit_that_cannot_be_read_does_not_keep_a_server_from_starting(signed, laid_out, file):
    words = signed.read(file)
    signed.write(file, "][ nothing that can be read")
    read_library(laid_out())
    assert (laid_out() / file).read_text() == words


def test_second_start_finds_nothing_of_the_first(signed, laid_out):
    (laid_out() / "left_over.yml").write_text("x: 1\n")
    assert not (laid_out() / "left_over.yml").exists()
