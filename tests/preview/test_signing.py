"""Signing: what was displayed is what is signed, by enough people, and nothing written is lost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from people import APPLES, EMERGENCY, GREET, hidden, words

from bot.library.approvals import all_rows


def rows(served):
    return all_rows(served.site.engine)


def test_approval_is_by_the_account_for_the_shown_words(served, ada):
    assert ada.sign(APPLES, note="Read twice.").status_code == 303
    (row,) = rows(served)
    assert (row.act, row.item, row.by, row.role, row.note) == ("approve", APPLES, "Dr. Ada Test", "clinician", "Read twice.")
    assert row.text == served.content.read(f"{APPLES}.md")
    assert row.checked == "accuracy, sources, plain language, safety line"


def test_words_changed_since_the_page_was_shown_are_not_signed(served, ada):
    form = ada.form_of(APPLES, "approve", note="A long thought.")
    served.content.change(f"{APPLES}.md", "It grows on a tree.", "It grows on a bush.")
    page = ada.post("/sign", form)
    assert page.status_code == 409 and rows(served) == []
    assert "changed since this page was opened" in words(page)
    assert "[removed: tree ]" in words(page) and "[added: bush ]" in words(page)
    assert "A long thought." in words(page)


def test_the_page_shown_after_a_change_can_be_signed(served, ada):
    form = ada.form_of(APPLES, "approve")
    served.content.change(f"{APPLES}.md", "tree.", "bush.")
    page = ada.post("/sign", form)
    again = [(name, hidden(page, name)) if name.startswith(("version:", "shown:")) else (name, value) for name, value in form]
    assert ada.post("/sign", again).status_code == 303
    assert "bush." in rows(served)[0].text


@pytest.mark.parametrize("left_out", ["accuracy", "safety line"])
def test_what_was_not_checked_is_named_and_nothing_is_signed(served, ada, left_out):
    form = [field for field in ada.form_of(APPLES, "approve", note="Kept.") if field != ("checked", left_out)]
    page = ada.post("/sign", form)
    assert page.status_code == 422 and rows(served) == []
    assert f"tick: {left_out}" in words(page) and "Kept." in words(page)


def test_day_beyond_the_longest_is_refused(served, ada):
    page = ada.sign(APPLES, until=(date.today() + timedelta(4000)).isoformat())
    assert page.status_code == 422 and "choose a last day" in words(page) and rows(served) == []


def test_suggested_day_is_the_items_own_interval(served, ada):
    served.content.change(f"{APPLES}.md", "review_days: 365", "review_days: 30")
    ada.sign(APPLES)
    until = date.fromisoformat(rows(served)[0].until)
    assert timedelta(28) <= until - date.today() <= timedelta(31)


def test_send_back_needs_a_comment(served, ada):
    page = ada.sign(APPLES, "send_back")
    assert page.status_code == 422 and "what should be changed" in words(page) and rows(served) == []
    assert ada.sign(APPLES, "send_back", note="Too hard.").status_code == 303
    assert "sent these words back" in words(ada.get(f"/sign/{APPLES}")) and "Too hard." in words(ada.get(f"/sign/{APPLES}"))


def test_second_approver_is_asked_for_plainly_and_is_not_the_first(served, ada, bea):
    served.content.change("review.yml", "approvers: 1, two_people: false, days: 180", "approvers: 2, two_people: true, days: 180")
    assert "2 different people have to approve" in words(ada.get(f"/sign/{EMERGENCY}"))
    ada.sign(EMERGENCY)
    assert "They need a second approver, not you." in words(ada.get(f"/sign/{EMERGENCY}"))
    ada.sign(EMERGENCY)
    assert "Now: waiting" in words(ada.get(f"/history/{EMERGENCY}"))
    bea.sign(EMERGENCY)
    assert "Now: approved" in words(ada.get(f"/history/{EMERGENCY}"))


def test_author_cannot_approve_what_she_proposed(served, ada):
    assert ada.sign(APPLES, "propose").status_code == 303
    page = ada.sign(APPLES)
    assert page.status_code == 422 and "somebody else has to approve" in words(page)
    assert [row.act for row in rows(served)] == ["propose"]


@pytest.mark.parametrize("role", ["author", "publisher", "auditor", "translator"])
def test_only_a_clinician_can_approve(served, role):
    other = served.person("other", role)
    assert "I have checked" not in words(other.get(f"/sign/{APPLES}"))
    page = other.sign(APPLES)
    assert page.status_code == 422 and "may not do this" in words(page) and rows(served) == []


def test_group_signs_what_is_ticked_alone(served, ada):
    page = ada.get("/sign-group/answers/fruit")
    names = [APPLES, "answers/fruit/pears"]
    fields = [(key, hidden(page, key)) for name in names for key in (f"version:{name}", f"shown:{name}")]
    checked = [("checked", check) for check in ("accuracy", "sources", "plain language", "safety line")]
    form = [*fields, *(("item", name) for name in names), ("ticked", names[1]), ("family", "answers/fruit"), ("act", "approve"), ("until", (date.today() + timedelta(90)).isoformat()), *checked]
    assert ada.post("/sign", form).headers["location"] == "/sign-group/answers/fruit"
    assert [row.item for row in rows(served)] == [names[1]]
    left = words(ada.get("/sign-group/answers/fruit"))
    assert f"I have read these words: {names[0]}" in left and f"I have read these words: {names[1]}" not in left


def test_group_with_nothing_ticked_signs_nothing(served, ada):
    page = ada.post("/sign", {"item": APPLES, "family": "answers/fruit", "act": "approve"})
    assert page.status_code == 422 and "Nothing is ticked" in words(page) and rows(served) == []


@pytest.mark.parametrize("form", [{}, {"act": "approve"}, {"item": APPLES, "act": "bless"}], ids=["nothing", "no item", "unknown act"])
def test_form_that_says_nothing_does_nothing(served, ada, form):
    page = ada.post("/sign", form)
    assert page.status_code == 400 and "did not say" in words(page) and rows(served) == []


def test_broken_words_cannot_be_approved_and_the_page_says_why(served, ada):
    served.content.change(f"{APPLES}.md", "It grows", "{{ nobody.knows }} It grows")
    page = ada.sign(APPLES)
    assert page.status_code == 422 and rows(served) == []
    assert f"{APPLES}.md, line" in words(page) and "template fails" in words(page)


def test_script_in_a_comment_is_shown_as_text(served, ada):
    ada.sign(GREET, "send_back", note="<script>alert(1)</script>")
    for path in (f"/sign/{GREET}", f"/history/{GREET}", "/ledger"):
        assert "&lt;script&gt;alert(1)" in ada.get(path).text and "<script>alert" not in ada.get(path).text


def test_ledger_that_cannot_be_written_keeps_the_comment(served, ada):
    form = ada.form_of(APPLES, "approve", note="A long thought.")
    with served.site.engine.begin() as connection:
        connection.execute(sa.text("CREATE TRIGGER full BEFORE INSERT ON approvals BEGIN SELECT RAISE(ABORT, 'disk is full'); END"))
    page = ada.post("/sign", form)
    assert page.status_code == 422 and "could not be written" in words(page) and "A long thought." in words(page)


@pytest.mark.parametrize("path", ["/sign/answers/no/such", "/withdraw/voice/nothing", "/rollback/x", "/history/x"])
def test_item_that_is_not_there_is_said_so(ada, path):
    page = ada.get(path)
    assert page.status_code == 404 and "There is no item" in words(page)
