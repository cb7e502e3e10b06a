"""Signing in: by a link at first, by a password then; what was being written survives an expired session."""

from __future__ import annotations

import pytest
import requests
from people import APPLES, PASSWORD, Person, hidden, words

from bot.library.approvals import all_rows
from bot.records.accounts import FAILURES_BEFORE_LOCK, add_account, first_link, set_disabled, set_role


def expire(served) -> None:
    """As if nobody had done anything for a day."""
    clock = served.site.sessions._clock
    served.site.sessions._clock = lambda: clock() + 24 * 3600


def first_account(served, **more):
    person, link = Person(served.url), f"/setup/{first_link(served.site.engine)}"
    assert "The first account" in words(person.get(link))
    return person, link, person.post(link, {"login": "ada", "name": "Dr. Ada Test", "role": "clinician", "password": PASSWORD, "again": PASSWORD, **more})


def test_first_account_is_made_by_the_set_up_link_and_signed_in(served):
    person, _, answer = first_account(served)
    assert answer.status_code == 303
    assert "Welcome, Dr. Ada Test" in words(person.get("/account"))


def test_set_up_link_works_once(served):
    _, link, _ = first_account(served)
    again = Person(served.url).get(link)
    assert again.status_code == 410 and "used already" in words(again)


@pytest.mark.parametrize(("wrong", "said"), [({"again": "something else"}, "differ"), ({"password": "short", "again": "short"}, "12 to 256"), ({"name": " "}, "needs a login")])
def test_set_up_that_goes_wrong_says_why_and_keeps_the_link(served, wrong, said):
    person, link, answer = first_account(served, **wrong)
    assert answer.status_code == 422 and said in words(answer)
    assert person.post(link, {"login": "ada", "name": "Dr. Ada Test", "password": PASSWORD, "again": PASSWORD}).status_code == 303


def test_further_account_sets_its_password_by_its_own_link(served, ada):
    person, link = Person(served.url), f"/setup/{add_account(served.site.engine, 'cy', 'Cy Test', 'auditor')}"
    assert "For the account cy" in words(person.get(link))
    assert person.post(link, {"password": PASSWORD, "again": PASSWORD}).status_code == 303
    assert "Cy Test" in words(person.get("/account"))


def test_every_page_asks_to_sign_in_and_leads_back(served, ada):
    person = Person(served.url)
    page = person.get("/ledger?to=5")
    assert page.status_code == 401 and "Please sign in" in words(page)
    assert person.sign_in("ada", following=hidden(page, "following")).headers["location"] == "/ledger?to=5"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_login_leads_to_no_other_site(served, ada, elsewhere):
    assert Person(served.url).sign_in("ada", following=elsewhere).headers["location"] == "/"


def test_wrong_password_and_unknown_account_are_told_alike(served, ada):
    wrong, unknown = Person(served.url).sign_in("ada", "not the password"), Person(served.url).sign_in("nobody", "not the password")
    assert wrong.status_code == unknown.status_code == 401
    assert "The name or the password is not right" in words(wrong) and "The name or the password is not right" in words(unknown)


def test_repeated_failures_lock_the_account_even_for_the_right_password(served, ada):
    person = Person(served.url)
    for _ in range(FAILURES_BEFORE_LOCK):
        person.sign_in("ada", "not the password")
    answer = person.sign_in("ada")
    assert answer.status_code == 401 and "Too many attempts" in words(answer)


def test_login_changes_the_token(served, ada):
    person = Person(served.url)
    person.get("/login")
    before = person.cookie()
    person.sign_in("ada")
    assert before and person.cookie() != before
    assert requests.get(served.url + "/account", cookies={"ivy_preview": before}, timeout=20).status_code == 401


def test_signing_out_ends_the_session(served, ada):
    token = ada.cookie()
    assert ada.post("/logout").headers["location"] == "/login"
    assert requests.get(served.url + "/account", cookies={"ivy_preview": token}, timeout=20).status_code == 401


def test_closed_account_is_out_at_once(served, ada):
    set_disabled(served.site.engine, "ada")
    assert ada.get("/account").status_code == 401


def test_changed_role_counts_at_once(served, ada):
    assert ada.get("/accounts").status_code == 403
    set_role(served.site.engine, "ada", "publisher")
    assert "Dr. Ada Test" in words(ada.get("/accounts"))


def test_changed_password_signs_out_everywhere_else(served, ada):
    other = Person(served.url)
    other.sign_in("ada")
    new = "quite another password"
    assert ada.post("/account", {"password": PASSWORD, "new_password": new, "again": new}).status_code == 303
    assert ada.get("/account").status_code == 200 and other.get("/account").status_code == 401
    assert other.sign_in("ada", new).status_code == 303


def test_wrong_old_password_changes_nothing(served, ada):
    page = ada.post("/account", {"password": "not it at all", "new_password": "quite another password", "again": "quite another password"})
    assert page.status_code == 422 and "not right" in words(page)
    assert Person(served.url).sign_in("ada").status_code == 303


def test_half_written_comment_survives_the_login(served, ada):
    form = ada.form_of(APPLES, "send_back", note="Half a <thought>")
    expire(served)
    page = ada.post("/sign", form, token="of the ended session")
    assert page.status_code == 401 and "what you wrote is kept" in words(page)
    page = ada.sign_in("ada", kept=hidden(page, "kept"))
    assert "Half a <thought>" in words(page) and all_rows(served.site.engine) == []
    kept = [(name, hidden(page, name)) for name, _ in form if name not in ("note", "checked", "csrf")]
    assert ada.post("/sign", [*kept, ("note", "Half a <thought>")]).status_code == 303
    (row,) = all_rows(served.site.engine)
    assert (row.act, row.note) == ("send_back", "Half a <thought>")


def test_comment_is_not_shown_to_whoever_signs_in_next(served, ada, bea):
    form = ada.form_of(APPLES, "send_back", note="For my eyes")
    expire(served)
    page = ada.post("/sign", form, token="of the ended session")
    answer = ada.sign_in("bea", kept=hidden(page, "kept"))
    assert answer.status_code == 303 and "For my eyes" not in answer.text


def test_comment_survives_a_failed_login_too(served, ada):
    form = ada.form_of(APPLES, "send_back", note="Kept twice")
    expire(served)
    page = ada.post("/sign", form, token="of the ended session")
    page = ada.sign_in("ada", "a wrong password", kept=hidden(page, "kept"))
    assert "Kept twice" in words(ada.sign_in("ada", kept=hidden(page, "kept")))


def test_form_of_a_second_window_is_shown_to_be_sent_again(served, ada):
    form = ada.form_of(APPLES, "send_back", note="In the other window")
    ada.sign_in("ada")
    page = ada.post("/sign", form, token="of the session before", headers={"Sec-Fetch-Site": "same-origin"})
    assert page.status_code == 403 and "In the other window" in words(page) and all_rows(served.site.engine) == []


def test_altered_seal_is_worth_nothing(served, ada):
    assert Person(served.url).sign_in("ada", kept="forged.seal.here").headers["location"] == "/"
