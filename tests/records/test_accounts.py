"""Accounts: passwords only their owner knows, links that work once, a lock that grows."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from bot.records import accounts
from bot.records.accounts import (ROLES, AccountError, add_account, change_password, find_account, first_link, link_login, list_accounts, may, new_link, set_disabled,
                                  set_role, sign_in, use_link)
from bot.records.database import open_database

PASSWORD, OTHER = "four words in a row", "another four words here"


@pytest.fixture
def engine(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def ada(engine):
    return use_link(engine, add_account(engine, "ada", "Dr. Ada Test", "clinician"), PASSWORD)


@pytest.fixture
def later(monkeypatch):
    """Move the clock on."""
    def _later(**by) -> None:
        now = accounts._now() + timedelta(**by)
        monkeypatch.setattr(accounts, "_now", lambda: now)

    return _later


def stored(engine) -> str:
    """Everything that somebody with the database sees."""
    with engine.connect() as connection:
        return str([list(connection.execute(sa.select(table))) for table in (accounts.accounts, accounts.links)])


def test_right_password_opens_the_account(engine, ada):
    assert sign_in(engine, " ADA ", PASSWORD) == ada and (ada.name, ada.role) == ("Dr. Ada Test", "clinician")


@pytest.mark.parametrize(("login", "password"), [("ada", OTHER), ("ada", ""), ("ada", PASSWORD + "x" * 300), ("bea", PASSWORD), ("", "")])
def test_wrong_password_and_unknown_login_are_told_the_same(engine, ada, login, password):
    with pytest.raises(AccountError, match="name or the password is not right"):
        sign_in(engine, login, password)


def test_account_without_a_password_cannot_be_opened(engine):
    add_account(engine, "bea", "Dr. Bea Test", "author")
    with pytest.raises(AccountError):
        sign_in(engine, "bea", "")


def test_passwords_and_links_are_not_in_the_database(engine, ada):
    token = new_link(engine, "ada")
    assert PASSWORD not in stored(engine) and token not in stored(engine) and "$argon2id$" in stored(engine)


@pytest.mark.parametrize("password", ["short", "x" * 257])
def test_password_too_short_or_too_long_is_refused_and_the_link_stays(engine, password):
    token = add_account(engine, "bea", "Dr. Bea Test", "author")
    with pytest.raises(AccountError, match="12 to 256"):
        use_link(engine, token, password)
    assert use_link(engine, token, PASSWORD).login == "bea"


def test_link_works_once(engine):
    token = add_account(engine, "bea", "Dr. Bea Test", "author")
    use_link(engine, token, PASSWORD)
    assert link_login(engine, token) is None
    with pytest.raises(AccountError, match="used or has ended"):
        use_link(engine, token, OTHER)
    assert sign_in(engine, "bea", PASSWORD)


def test_link_ends_after_a_day(engine, later):
    token = add_account(engine, "bea", "Dr. Bea Test", "author")
    later(hours=23)
    assert link_login(engine, token) == "bea"
    later(hours=2)
    assert link_login(engine, token) is None


def test_new_link_ends_the_one_before(engine, ada):
    first, second = new_link(engine, "ada"), new_link(engine, "ada")
    assert (link_login(engine, first), link_login(engine, second)) == (None, "ada")


def test_fresh_installation_has_one_link_for_the_first_account(engine):
    token = first_link(engine)
    assert link_login(engine, token) == ""
    made = use_link(engine, token, PASSWORD, "ada", "Dr. Ada Test", "clinician")
    assert sign_in(engine, "ada", PASSWORD) == made and first_link(engine) is None


@pytest.mark.parametrize(("login", "name", "role"), [("", "Ada", "clinician"), ("a b", "Ada", "clinician"), ("ada", " ", "clinician"), ("ada", "Ada", "king"), ("ä", "Ada", "clinician"), ("a" * 61, "Ada", "clinician")])
def test_account_that_cannot_be_made_leaves_the_link(engine, login, name, role):
    token = first_link(engine)
    with pytest.raises(AccountError):
        use_link(engine, token, PASSWORD, login, name, role)
    assert link_login(engine, token) == "" and list_accounts(engine) == []


def test_first_accounts_link_is_worth_nothing_once_there_is_an_account(engine):
    token = first_link(engine)
    add_account(engine, "bea", "Dr. Bea Test", "author")
    with pytest.raises(AccountError, match="already"):
        use_link(engine, token, PASSWORD, "eve", "Eve Test", "clinician")


@pytest.mark.parametrize(("login", "name"), [("ADA", "Somebody Else"), ("eve", "dr. ada  TEST")])
def test_two_accounts_never_sign_with_one_name(engine, ada, login, name):
    with pytest.raises(AccountError, match="already"):
        add_account(engine, login, name, "clinician")


def fail(engine, times: int) -> None:
    for _ in range(times):
        with pytest.raises(AccountError):
            sign_in(engine, "ada", OTHER)


def test_fifth_failure_locks_even_for_the_right_password(engine, ada, later):
    fail(engine, 4)
    assert sign_in(engine, "ada", PASSWORD)
    fail(engine, 5)
    with pytest.raises(AccountError, match="Too many attempts"):
        sign_in(engine, "ada", PASSWORD)
    later(seconds=61)
    assert sign_in(engine, "ada", PASSWORD)


def test_lock_grows_with_each_further_failure_up_to_an_hour(engine, ada, later):
    waits = []
    fail(engine, 4)
    for _ in range(9):
        fail(engine, 1)
        until = datetime.fromisoformat(find_account(engine, "ada").locked_until)
        waits.append(round((until - accounts._now()).total_seconds() / 60))
        later(minutes=61)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_attempt_while_locked_does_not_lengthen_the_lock(engine, ada, later):
    fail(engine, 25)
    later(seconds=61)
    assert sign_in(engine, "ada", PASSWORD)


def test_success_forgets_the_failures(engine, ada):
    fail(engine, 4)
    sign_in(engine, "ada", PASSWORD)
    fail(engine, 4)
    assert sign_in(engine, "ada", PASSWORD)


def test_new_link_opens_a_locked_account(engine, ada):
    fail(engine, 5)
    use_link(engine, new_link(engine, "ada"), OTHER)
    assert sign_in(engine, "ada", OTHER)


def test_owner_changes_the_password_with_the_old_one(engine, ada):
    with pytest.raises(AccountError):
        change_password(engine, "ada", OTHER, OTHER)
    assert change_password(engine, "ada", PASSWORD, OTHER).password_changed_at
    assert sign_in(engine, "ada", OTHER)
    with pytest.raises(AccountError):
        sign_in(engine, "ada", PASSWORD)


def test_disabled_account_is_closed_until_it_is_enabled(engine, ada):
    set_disabled(engine, "ada")
    assert not find_account(engine, "ada").active
    with pytest.raises(AccountError):
        sign_in(engine, "ada", PASSWORD)
    set_disabled(engine, "ada", False)
    assert sign_in(engine, "ada", PASSWORD).active


def test_role_changes(engine, ada):
    set_role(engine, "ada", "auditor")
    assert find_account(engine, "ada").role == "auditor"


@pytest.mark.parametrize("act", [lambda e: new_link(e, "nobody"), lambda e: set_role(e, "nobody", "author"), lambda e: set_disabled(e, "nobody"), lambda e: set_role(e, "ada", "king")])
def test_unknown_account_or_role_is_named(engine, ada, act):
    with pytest.raises(AccountError, match="nobody|king"):
        act(engine)


def test_only_clinicians_approve_and_everybody_else_has_a_part():
    assert [role for role in ROLES if may(role, "approve")] == ["clinician"]
    assert [role for role in ROLES if may(role, "withdraw")] == ["clinician", "publisher"]
    assert [role for role in ROLES if may(role, "export")] == ["publisher", "auditor"]
    assert not may("king", "approve") and not may("clinician", "anything")
