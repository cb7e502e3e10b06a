"""`ivy approvals` and `ivy accounts`: the ledger can be read and moved at the terminal; nobody can sign there."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from bot.__main__ import main
from bot.library.approvals import all_rows, append
from bot.library.review import review_items
from bot.project import CONTENT
from bot.records.accounts import list_accounts, sign_in, use_link
from bot.records.archive import as_said, keep
from bot.records.database import open_database

GREET = "voice/greet"
SOON = date.today() + timedelta(20)


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'records.db'}"
    monkeypatch.setenv("IVY_DATABASE", url)
    return open_database(url)


def sign(engine, until=SOON, note="") -> None:
    append(engine, GREET, review_items(CONTENT)[GREET].text, "Dr. Ada Test", "clinician", "accuracy", until, note=note)


def test_help_says_that_nobody_signs_here(capsys):
    with pytest.raises(SystemExit):
        main(["approvals", "--help"])
    assert "Approving is not possible here" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("act", ["approve", "sign", "withdraw", "send_back"])
def test_there_is_no_act_that_signs(act):
    with pytest.raises(SystemExit):
        main(["approvals", act, GREET])


def test_every_item_is_shown_with_its_state_and_what_blocks(ledger, ivy):
    sign(ledger)
    code, printed = ivy("approvals", "show")
    lines = printed.splitlines()
    assert code == 0 and any(line.startswith("expiring") and GREET in line and "Dr. Ada Test" in line for line in lines)
    assert sum(line.startswith("draft") for line in lines) == len(review_items(CONTENT)) - 1
    assert "items block clinic mode" in lines[-1]


def test_one_item_is_shown_with_its_history(ledger, ivy):
    sign(ledger, note="Read aloud.")
    _, printed = ivy("approvals", "show", GREET)
    assert "1. " in printed and "approve by Dr. Ada Test (clinician)" in printed and "Read aloud." in printed


def test_items_of_one_state_are_shown_as_of_a_day(ledger, ivy):
    sign(ledger)
    _, printed = ivy("approvals", "show", "--state", "expired", "--on", (SOON + timedelta(1)).isoformat())
    assert [line.split()[:2] for line in printed.splitlines()] == [["expired", f"{GREET},"]]


def test_whole_ledger_is_verified(ledger, ivy):
    sign(ledger)
    assert ivy("approvals", "verify") == (0, f"1 rows, whole and in order; the last is {all_rows(ledger)[0].hash}\n")


def test_edited_ledger_is_told_with_the_place(ledger, ivy):
    sign(ledger)
    with ledger.begin() as connection:
        connection.exec_driver_sql("UPDATE approvals SET until = '2999-01-01'")
    code, printed = ivy("approvals", "verify")
    assert code == 1 and f"row 1 ({GREET}): its content was changed" in printed


def test_export_is_taken_in_elsewhere_and_twice_is_once(ledger, ivy, tmp_path, monkeypatch):
    sign(ledger)
    file = tmp_path / "ledger.jsonl"
    assert ivy("approvals", "export", str(file))[0] == 0
    monkeypatch.setenv("IVY_DATABASE", f"sqlite:///{tmp_path / 'other.db'}")
    assert ivy("approvals", "import", str(file)) == (0, "1 rows were new and are taken in\n")
    assert ivy("approvals", "import", str(file)) == (0, "every row was here already\n")
    assert ivy("approvals", "verify", "--against", str(file))[0] == 0
    assert json.loads(ivy("approvals", "export")[1])["by"] == "Dr. Ada Test"


@pytest.mark.parametrize("words", [None, "nonsense\n"], ids=["no such file", "no ledger"])
def test_file_that_is_no_ledger_is_named_and_nothing_changes(ledger, ivy, tmp_path, words):
    file = tmp_path / "other.jsonl"
    if words:
        file.write_text(words)
    code, printed = ivy("approvals", "import", str(file))
    assert code == 2 and "ivy approvals export" in printed and all_rows(ledger) == []


def test_words_of_a_day_are_told_with_what_was_signed_then(ledger, ivy):
    sign(ledger)
    today = date.today()
    keep(ledger, [(as_said({"text": "Hello there.", "content": GREET, "version": "a" * 64, "label": "Draft."}), today)])
    code, printed = ivy("approvals", "said", "--day", today.isoformat(), "--item", GREET)
    assert code == 0 and "Hello there." in printed and "Draft." in printed and "signed words that stood on that day, by Dr. Ada Test" in printed


def test_question_without_a_day_is_answered_with_what_to_name(ledger, ivy):
    assert ivy("approvals", "said", "--item", GREET) == (2, "name --day and --item, or --conversation\n")


def test_conversation_of_which_nothing_is_kept_is_told_so(ledger, ivy, tmp_path, monkeypatch):
    monkeypatch.setenv("IVY_TRACKERS", f"sqlite:///{tmp_path / 'conversations.db'}")
    code, printed = ivy("approvals", "said", "--conversation", "web-1")
    assert code == 0 and "Nothing is kept of this conversation" in printed


@pytest.mark.parametrize("command", ["approvals", "accounts"])
def test_records_that_are_away_are_named_in_a_sentence(ivy, monkeypatch, command):
    monkeypatch.setenv("IVY_DATABASE", "sqlite:////nowhere/at/all/records.db")
    code, printed = ivy(command)
    assert code == 2 and "IVY_DATABASE" in printed and "Traceback" not in printed


@pytest.mark.parametrize(("until", "code"), [(date.today() + timedelta(60), 0), (SOON, 3), (date.today() - timedelta(5), 3)], ids=["long", "soon", "ended"])
def test_check_has_an_exit_code_for_signatures_that_end(ledger, ivy, until, code, monkeypatch):
    from bot.library import service

    sign(ledger, until)
    service.speaker.cache_clear()
    try:
        found, printed = ivy("check", "--approvals")
    finally:
        service.speaker.cache_clear()
    assert found == code and (GREET in printed) == (code == 3)


def test_account_is_added_and_its_owner_chooses_the_password(ledger, ivy):
    code, printed = ivy("accounts", "add", "ada", "--name", "Dr. Ada Test", "--role", "clinician")
    token = printed.strip().rsplit("/", 1)[-1]
    use_link(ledger, token, "four words in a row")
    assert code == 0 and sign_in(ledger, "ada", "four words in a row").role == "clinician"
    assert ivy("accounts", "list") == (0, "ada: Dr. Ada Test, clinician\n")


def test_account_is_closed_opened_and_given_another_role(ledger, ivy):
    ivy("accounts", "add", "ada", "--name", "Dr. Ada Test", "--role", "clinician")
    ivy("accounts", "disable", "ada")
    assert "disabled" in ivy("accounts", "list")[1]
    ivy("accounts", "enable", "ada")
    ivy("accounts", "role", "ada", "auditor")
    assert [(account.active, account.role) for account in list_accounts(ledger)] == [(True, "auditor")]


@pytest.mark.parametrize("words", [("add", "ada", "--name", "Ada", "--role", "king"), ("link", "nobody"), ("disable", "nobody"), ("role", "nobody", "author")])
def test_what_cannot_be_done_is_told_in_a_sentence(ledger, ivy, words):
    code, printed = ivy("accounts", *words)
    assert code == 2 and ("king" in printed or "nobody" in printed) and "Traceback" not in printed


def test_export_to_where_nothing_can_be_written_says_so(ledger, ivy, tmp_path):
    code, printed = ivy("approvals", "export", str(tmp_path / "none" / "x"))
    assert code == 2 and "cannot be written" in printed and "Traceback" not in printed


def test_unknown_item_is_said_to_be_none(ledger, ivy):
    code, printed = ivy("approvals", "show", "voice/nosuch")
    assert code == 1 and "no item begins with voice/nosuch" in printed


@pytest.mark.parametrize("command", [("approvals", "show"), ("check", "--approvals")])
def test_damaged_ledger_is_not_taken_for_one_without_signatures(ledger, ivy, command):
    sign(ledger)
    with ledger.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS approvals_no_update")
        for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("UPDATE approvals SET until = '2099-01-01'")
    code, printed = ivy(*command)
    assert code != 0 and "ledger is damaged" in printed


def test_signatures_that_cannot_be_read_are_not_said_to_be_in_order(ivy, tmp_path, monkeypatch):
    (tmp_path / "records.db").write_bytes(b"rubbish" * 500)
    monkeypatch.setenv("IVY_DATABASE", f"sqlite:///{tmp_path / 'records.db'}")
    code, printed = ivy("check", "--approvals")
    assert code == 2 and "cannot be used" in printed
