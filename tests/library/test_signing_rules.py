"""Signing: who may do what, and what is refused with the reason."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.library.approvals import all_rows
from bot.library.review import read_review_rules, review_items, rule_for
from bot.library.signing import (CHECKS, LONGEST_NOTE, Signing, SigningRefused, approve, propose, required_checks, roll_back, send_back, stood_before,
                                 suggested_until, withdraw)
from bot.library.standing import standing, state
from bot.records.accounts import Account

TODAY, SOON = date(2031, 5, 15), date(2031, 6, 15)
ITEM = "safety/emergency"
RULES = "emergency: {items: [safety/emergency*], approvers: 2, two_people: true, days: 180}\nother: {items: ['*'], approvers: 1, two_people: false, days: 365}\n"
ADA, BEA, AUTHOR = Account("ada", "Dr. Ada Test", "clinician"), Account("bea", "Dr. Bea Test", "clinician"), Account("art", "Art Test", "author")


class Table:
    """The clinicians at work on a content folder."""

    def __init__(self, content, engine) -> None:
        self.content, self.engine = content, engine
        content.write("review.yml", RULES)
        self.rules = read_review_rules(content.root)

    def item(self, item=ITEM):
        return review_items(self.content.root)[item]

    def wanted(self, who=ADA, item=ITEM, **more) -> Signing:
        found = self.item(item)
        return Signing(**{"item": found, "account": who, "shown": found.version, "checked": CHECKS, "until": SOON, "note": "because", **more})

    def approve(self, who=ADA, item=ITEM, **more):
        return approve(self.engine, self.rules, self.wanted(who, item, **more), TODAY)

    def state(self, item=ITEM):
        return state(all_rows(self.engine), item, self.item(item).version, rule_for(self.rules, item), TODAY)

    def served(self, item=ITEM):
        return standing(all_rows(self.engine), item, rule_for(self.rules, item))


@pytest.fixture
def table(content, records):
    return Table(content, records)


def refused(call, *args, **more) -> str:
    with pytest.raises(SigningRefused) as error:
        call(*args, **more)
    return str(error.value)


def test_approval_carries_person_role_checks_end_and_note(table):
    row = table.approve(note="Read against the label.")
    assert (row.act, row.by, row.role, row.checked, row.until, row.note, row.text) == (
        "approve", "Dr. Ada Test", "clinician", "accuracy, sources, plain language, safety line", "2031-06-15", "Read against the label.", table.item().text)


def test_emergency_message_stands_with_the_second_approver(table):
    table.approve()
    assert table.state().name == "waiting"
    table.approve(BEA)
    assert table.state().name == "approved" and table.served().by == "Dr. Ada Test and Dr. Bea Test"


@pytest.mark.parametrize("role", ["author", "translator", "publisher", "auditor", "nobody"])
def test_only_a_clinician_approves(table, role):
    assert role in refused(table.approve, Account("x", "X Test", role)) and all_rows(table.engine) == []


def test_disabled_account_signs_nothing(table):
    assert refused(table.approve, Account("x", "X Test", "clinician", disabled_at="2031-01-01"))


def test_words_changed_since_the_page_was_opened_are_not_signed(table):
    wanted = table.wanted()
    table.content.change(f"{ITEM}.md", "now", "right now")
    changed = Signing(table.item(), ADA, wanted.shown, checked=CHECKS, until=SOON)
    assert "changed since this page was opened" in refused(approve, table.engine, table.rules, changed, TODAY)
    assert all_rows(table.engine) == []


def test_who_proposed_the_words_cannot_approve_them(table):
    propose(table.engine, table.wanted(ADA))
    assert "You proposed these words yourself" in refused(table.approve, ADA)
    assert table.approve(BEA)


def test_author_of_words_that_were_edited_since_may_approve_the_new_ones(table):
    propose(table.engine, table.wanted(ADA))
    table.content.change(f"{ITEM}.md", "now", "right now")
    assert table.approve(ADA)


@pytest.mark.parametrize(("days", "accepted"), [(-1, False), (0, True), (180, True), (181, False)])
def test_signature_ends_within_the_rules_days(table, days, accepted):
    if accepted:
        assert table.approve(until=TODAY + timedelta(days))
    else:
        assert "last day from 2031-05-15 to 2031-11-11" in refused(table.approve, until=TODAY + timedelta(days))


@pytest.mark.parametrize(("review_days", "suggested"), [(None, 180), (90, 90), (365, 180)])
def test_own_interval_is_suggested_where_it_is_shorter(table, review_days, suggested):
    assert suggested_until(table.item(), rule_for(table.rules, ITEM), TODAY, review_days) == TODAY + timedelta(suggested)


@pytest.mark.parametrize(("item", "lacking"), [(ITEM, "safety line"), ("answers/fruit/apples", "sources"), ("voice/greet", "plain language"), ("clinic", "accuracy")])
def test_what_was_not_checked_is_not_signed(table, item, lacking):
    checked = tuple(check for check in required_checks(table.item(item)) if check != lacking)
    assert f"tick: {lacking}" in refused(table.approve, item=item, checked=checked)
    assert table.approve(item=item, checked=required_checks(table.item(item)))


def test_every_reason_is_told_at_once(table):
    told = refused(table.approve, AUTHOR, checked=(), until=None, shown="other", note="x" * (LONGEST_NOTE + 1))
    assert all(reason in told for reason in ("may not do this", "tick", "last day", "changed since", "under 4000"))


def test_words_are_sent_back_with_a_comment(table):
    table.approve()
    row = send_back(table.engine, table.wanted(BEA, note="Say which number."))
    assert (row.act, row.note, row.until) == ("send_back", "Say which number.", "") and table.state().name == "sent_back"


@pytest.mark.parametrize("act", ["send_back", "withdraw"])
def test_refusing_needs_a_reason(table, act):
    table.approve()
    told = refused(send_back, table.engine, table.wanted(note="  ")) if act == "send_back" else refused(withdraw, table.engine, table.rules, table.wanted(note="  "))
    assert "Please write" in told


@pytest.mark.parametrize("role", ["clinician", "publisher"])
def test_one_person_withdraws_alone_and_the_row_keeps_the_words(table, role):
    table.approve()
    table.approve(BEA)
    row = withdraw(table.engine, table.rules, table.wanted(Account("c", "Cleo Test", role), shown="not even looked at"))
    assert row.text == table.item().text and table.served() is None and table.state().name == "withheld"


def test_withdrawing_what_nobody_approved_is_refused(table):
    assert "nothing to withdraw" in refused(withdraw, table.engine, table.rules, table.wanted())


def test_going_back_serves_the_earlier_words_and_leaves_the_file(table):
    for who in (ADA, BEA):
        table.approve(who)
    old = table.item()
    table.content.change(f"{ITEM}.md", "now", "right now")
    for who in (ADA, BEA):
        table.approve(who)
    assert table.served().text == table.item().text
    roll_back(table.engine, table.rules, table.wanted(ADA), old.version, TODAY)
    assert table.served().text == old.text != table.item().text and table.state().name == "changed"
    assert [stood.version for stood in stood_before(all_rows(table.engine), ITEM, rule_for(table.rules, ITEM))] == [old.version, table.item().version]


def test_there_is_no_going_back_to_words_that_never_stood(table):
    row = table.approve()
    assert "never approved" in refused(roll_back, table.engine, table.rules, table.wanted(BEA), row.version, TODAY)
