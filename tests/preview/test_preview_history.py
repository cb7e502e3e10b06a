"""What was done and said can be read, checked and taken along."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from people import APPLES, GREET, words

from bot.library.approvals import all_rows, verify
from bot.library.exchange import from_json_lines
from bot.records.archive import as_said, keep


def test_history_says_who_did_what_with_what_changed(served, ada, bea):
    ada.sign(APPLES, "send_back", note="Say bush.")
    served.content.change(f"{APPLES}.md", "tree", "bush")
    bea.sign(APPLES)
    page = words(ada.get(f"/history/{APPLES}"))
    assert "Dr. Ada Test (clinician) sent it back" in page and "Say bush." in page
    assert "Dr. Bea Test (clinician) approved it" in page and "[added: bush ]" in page


def test_ledger_that_is_whole_says_so(ada):
    ada.sign(APPLES)
    assert "1 row, whole and in order." in words(ada.get("/ledger"))


def test_tampered_ledger_says_where(served, ada):
    for item in (APPLES, GREET):
        ada.sign(item)
    with served.site.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE approvals SET until = '2999-01-01' WHERE number = 2")
    page = words(ada.get("/ledger"))
    assert "The ledger is damaged" in page and f"row 2 ({GREET})" in page and "row 1" not in page
    assert "This row was changed after it was written" in words(ada.get(f"/history/{GREET}"))


def test_old_rows_are_on_earlier_pages(served, ada, monkeypatch):
    monkeypatch.setattr("bot.preview.history.NEWEST", 2)
    for item in (APPLES, GREET, "voice/tell_me_more"):
        ada.sign(item)
    first, second = words(ada.get("/ledger")), words(ada.get("/ledger?to=1"))
    assert "Earlier rows" in first and APPLES not in first
    assert "Earlier rows" not in second and APPLES in second and GREET not in second


def test_auditor_takes_the_whole_ledger_along(served, ada):
    ada.sign(APPLES, note="=1+1")
    auditor = served.person("aud", "auditor")
    lines, table = auditor.get("/ledger.jsonl"), auditor.get("/ledger.csv")
    assert from_json_lines(lines.text) == all_rows(served.site.engine) and verify(from_json_lines(lines.text)) == []
    assert next(csv.DictReader(io.StringIO(table.text)))["note"] == "'=1+1"
    assert "attachment" in table.headers["content-disposition"]


@pytest.mark.parametrize("path", ["/ledger.csv", "/ledger.jsonl"])
def test_clinician_does_not_export(ada, path):
    assert ada.get(path).status_code == 403 and path not in ada.get("/ledger").text


def reply(text: str, **more) -> dict:
    return {"content": GREET, "version": "0" * 64, "block": "short", "state": "draft", "text": text, **more}


def test_words_of_a_day_are_shown_exactly(served, ada):
    keep(served.site.engine, [(as_said(reply("Hello **there**.")), date(2030, 3, 1))])
    page = ada.get("/said?day=2030-03-01&item=voice/greet")
    assert "Hello <strong>there</strong>." in page.text
    assert "not said on that day" in words(ada.get("/said?day=2030-03-02&item=voice/greet"))


def test_words_that_stood_on_that_day_are_shown_too(ada):
    ada.sign(GREET)
    page = words(ada.get(f"/said?day={date.today().isoformat()}&item={GREET}"))
    assert "Approved by Dr. Ada Test" in page and "Ask me about fruit" in page


@pytest.mark.parametrize("asked", ["?day=2030-03-01", "?item=voice/greet", "?day=yesterday&item=voice/greet"])
def test_half_a_question_is_asked_back(ada, asked):
    assert "Please give both" in words(ada.get("/said" + asked))


def test_unknown_conversation_says_that_nothing_is_kept(ada):
    page = words(ada.post("/said", {"conversation": "web-0123"}))
    assert "Nothing is kept of that conversation" in page or "Nothing was ever said" in page


def test_author_may_not_read_what_was_said(served):
    assert served.person("aut", "author").get("/said").status_code == 403
