"""What stands: enough different people signed the same words, and none of it has ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.library.approvals import FIRST, Approval, row_hash
from bot.library.items import text_hash
from bot.library.review import ReviewRule
from bot.library.standing import rows_until, standing, state, stood_on

ONE, TWO = ReviewRule("other", ("*",), 1, False, 365), ReviewRule("emergency", ("*",), 2, True, 180)
SAFETY = ReviewRule("safety", ("*",), 1, True, 180)
ITEM, DAY = "safety/urgent", date(2031, 5, 15)
ADA, BEA, CLEO = "Dr. Ada Test", "Dr. Bea Test", "Dr. Cleo Test"
OLD, NEW = "Call us.", "Call us now."


class Ledger(list):
    """Rows as the table would hold them, a day apart unless told."""

    def add(self, act: str, by: str = ADA, text: str = NEW, until: date = date(2031, 9, 1), item: str = ITEM, at: str = "") -> "Ledger":
        at = at or f"2031-03-{len(self) + 1:02d}T12:00:00+00:00"
        row = Approval(len(self) + 1, item, act, text_hash(text), text, by, "clinician", "accuracy", until.isoformat() if act == "approve" else "", "", at, self[-1].hash if self else FIRST, "")
        self.append(replace(row, hash=row_hash(vars(row))))
        return self


def name(ledger, rule=ONE, text=NEW, day=DAY) -> str:
    return state(ledger, ITEM, text_hash(text), rule, day).name


def test_item_nobody_acted_on_is_a_draft():
    assert name(Ledger()) == "draft" and standing([], ITEM, ONE) is None


def test_proposed_item_is_a_draft():
    assert name(Ledger().add("propose")) == "draft"


def test_one_signature_is_enough_for_an_ordinary_item():
    ledger = Ledger().add("approve")
    assert name(ledger) == "approved" and standing(ledger, ITEM, ONE).text == NEW


def test_signature_of_another_item_counts_for_nothing():
    assert name(Ledger().add("approve", item="safety/routine")) == "draft"


@pytest.mark.parametrize("rule", [SAFETY, TWO])
def test_safety_content_that_one_person_signed_waits_for_another(rule):
    ledger = Ledger().add("approve")
    found = state(ledger, ITEM, text_hash(NEW), rule, DAY)
    assert (found.name, found.missing, [row.by for row in found.signed]) == ("waiting", 1, [ADA]) and standing(ledger, ITEM, rule) is None


@pytest.mark.parametrize("again", [ADA, "dr. ada  test", " DR. ADA TEST "])
def test_same_person_twice_is_one_person(again):
    assert name(Ledger().add("approve").add("approve", by=again), TWO) == "waiting"


@pytest.mark.parametrize("rule", [SAFETY, TWO])
def test_two_people_who_sign_the_same_words_are_enough(rule):
    ledger = Ledger().add("approve").add("approve", by=BEA)
    assert name(ledger, rule) == "approved" and standing(ledger, ITEM, rule).by == f"{ADA} and {BEA}"


def test_signatures_of_different_words_do_not_add_up():
    ledger = Ledger().add("approve", text=OLD).add("approve", by=BEA)
    assert name(ledger, TWO) == "waiting" and standing(ledger, ITEM, TWO) is None


def test_who_proposed_words_does_not_approve_them_alone():
    assert name(Ledger().add("propose").add("approve")) == "draft"


def test_proposal_by_one_and_approval_by_another_are_two_people():
    assert name(Ledger().add("propose").add("approve", by=BEA), SAFETY) == "approved"


def test_emergency_message_needs_two_approvers_beside_its_author():
    ledger = Ledger().add("propose").add("approve", by=BEA).add("approve")
    assert name(ledger, TWO) == "waiting"
    assert name(ledger.add("approve", by=CLEO), TWO) == "approved"


def test_author_of_earlier_words_may_approve_anothers():
    assert name(Ledger().add("propose", text=OLD).add("propose", by=BEA).add("approve"), SAFETY) == "approved"


def test_edit_ends_the_approval_and_the_old_words_stand():
    ledger = Ledger().add("approve", text=OLD)
    found = state(ledger, ITEM, text_hash(NEW), ONE, DAY)
    assert found.name == "changed" and found.standing.text == OLD


def test_old_words_stand_while_new_ones_wait():
    ledger = Ledger().add("approve", text=OLD).add("approve", by=BEA, text=OLD).add("approve")
    found = state(ledger, ITEM, text_hash(NEW), TWO, DAY)
    assert found.name == "waiting" and found.standing.text == OLD


@pytest.mark.parametrize(("day", "expected"), [(date(2031, 9, 1), "expiring"), (date(2031, 8, 2), "expiring"), (date(2031, 8, 1), "approved"), (date(2031, 9, 2), "expired")],
                         ids=["last day", "30 days before", "31 days before", "day after"])
def test_approval_ends_on_its_day(day, expected):
    assert name(Ledger().add("approve", until=date(2031, 9, 1)), day=day) == expected


def test_two_signatures_hold_until_the_first_of_them_ends():
    ledger = Ledger().add("approve", until=date(2031, 6, 1)).add("approve", by=BEA, until=date(2031, 8, 1))
    assert standing(ledger, ITEM, TWO).until == date(2031, 6, 1)


def test_third_signature_takes_the_place_of_the_one_that_ends_first():
    ledger = Ledger().add("approve", until=date(2031, 6, 1)).add("approve", by=BEA, until=date(2031, 8, 1)).add("approve", by=CLEO, until=date(2031, 7, 1))
    assert standing(ledger, ITEM, TWO).until == date(2031, 7, 1)


def test_signature_that_has_ended_does_not_help_a_new_one():
    """Nor does it take the place of words that still stand."""
    ledger = Ledger().add("approve", text=OLD).add("approve", by=BEA, text=OLD).add("approve", until=date(2031, 3, 10))
    ledger.add("approve", by=BEA, at="2031-04-01T12:00:00+00:00")
    found = state(ledger, ITEM, text_hash(NEW), TWO, DAY)
    assert found.name == "waiting" and found.standing.text == OLD


def test_renewal_by_both_moves_the_end():
    ledger = Ledger().add("approve", until=date(2031, 6, 1)).add("approve", by=BEA, until=date(2031, 6, 1))
    ledger.add("approve", until=date(2031, 12, 1))
    assert name(ledger, TWO, day=date(2031, 6, 2)) == "expired"
    assert name(ledger.add("approve", by=BEA, until=date(2031, 12, 1)), TWO, day=date(2031, 6, 2)) == "approved"


def test_withdrawn_item_is_withheld_and_nothing_stands():
    ledger = Ledger().add("approve").add("withdraw", by=BEA)
    assert name(ledger) == "withheld" and standing(ledger, ITEM, ONE) is None


def test_withdrawal_ends_signatures_of_every_version():
    ledger = Ledger().add("approve", text=OLD).add("approve", by=BEA, text=OLD).add("withdraw").add("approve", by=CLEO, text=OLD)
    assert name(ledger, TWO, text=OLD) == "waiting"


def test_approval_after_a_withdrawal_stands():
    assert name(Ledger().add("approve").add("withdraw").add("approve")) == "approved"


def test_words_sent_back_need_every_signature_anew():
    ledger = Ledger().add("approve").add("send_back", by=BEA)
    assert name(ledger, TWO) == "sent_back"
    assert name(ledger.add("approve", by=CLEO), TWO) == "waiting"


def test_sending_back_words_that_stand_does_not_silence_them():
    assert name(Ledger().add("approve").add("send_back", by=BEA)) == "approved"


def test_edit_after_a_sending_back_is_a_draft_again():
    assert name(Ledger().add("send_back", text=OLD)) == "draft"


def test_old_words_signed_again_stand_at_once_where_the_others_signature_still_holds():
    ledger = Ledger()
    for text in (OLD, NEW):
        ledger.add("approve", text=text).add("approve", by=BEA, text=text)
    ledger.add("approve", by=CLEO, text=OLD)
    assert standing(ledger, ITEM, TWO).text == OLD and name(ledger, TWO) == "changed"


@pytest.mark.parametrize("change", [{"text": "Call nobody."}, {"until": "2999-12-31"}, {"by": CLEO}])
def test_changed_row_vouches_for_nothing(change):
    ledger = Ledger().add("approve")
    ledger[0] = replace(ledger[0], **change)
    assert standing(ledger, ITEM, ONE) is None


def test_withdrawal_turned_into_an_approval_still_withdraws():
    ledger = Ledger().add("approve").add("withdraw")
    ledger[1] = replace(ledger[1], act="approve", until="2999-12-31")
    assert standing(ledger, ITEM, ONE) is None


@pytest.mark.parametrize(("zone", "day", "rows"), [("UTC", date(2031, 3, 1), 1), ("UTC", date(2031, 2, 28), 0), ("Pacific/Kiritimati", date(2031, 3, 1), 0), ("Pacific/Kiritimati", date(2031, 3, 2), 1)])
def test_past_day_ends_where_the_clinic_is(zone, day, rows):
    """12:00 in London is 2 in the morning of the next day on Kiritimati."""
    assert len(rows_until(Ledger().add("approve"), day, zone)) == rows


def test_day_on_which_words_changed_had_both():
    ledger = Ledger().add("approve", text=OLD).add("approve")
    texts = [[stands.text for stands in stood_on(ledger, ITEM, ONE, date(2031, 3, day), "UTC")] for day in (1, 2, 3)]
    assert texts == [[OLD], [OLD, NEW], [NEW]]


def test_day_after_the_end_had_none():
    ledger = Ledger().add("approve", until=date(2031, 4, 1))
    assert [bool(stood_on(ledger, ITEM, ONE, date(2031, 4, 1) + timedelta(days), "UTC")) for days in (0, 1)] == [True, False]
