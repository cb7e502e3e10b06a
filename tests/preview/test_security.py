"""What the page refuses, and what it tells browsers to refuse."""

from __future__ import annotations

import re

import pytest
import requests
from people import APPLES, Person, words

from bot.library.approvals import all_rows
from bot.preview.security import LARGEST_BODY
from bot.preview.visit import LONGEST_NOTE

PAGES = ["/", "/login", "/account", "/ledger", "/said", f"/sign/{APPLES}", f"/history/{APPLES}", "/nowhere", "/static/preview.css"]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_has_the_headers(ada, path):
    headers = ada.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store" and "server" not in headers


@pytest.mark.parametrize("path", PAGES[:-1])
def test_no_page_needs_what_the_policy_forbids(ada, path):
    text = ada.get(path).text
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=|https?://", re.sub(r"<pre.*?</pre>|<ul>.*?</ul>", "", text, flags=re.S))


def test_cookie_is_out_of_reach_of_scripts_and_other_sites(served):
    cookie = Person(served.url).get("/login").headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "secure" not in cookie
    assert "secure" in Person(served.url).get("/login", headers={"X-Forwarded-Proto": "https"}).headers["set-cookie"].lower()


@pytest.mark.parametrize("token", ["", "forged", "é"])
def test_form_without_the_sessions_token_is_refused_in_words(served, ada, token):
    page = ada.post("/sign", ada.form_of(APPLES, "approve"), token=token)
    assert page.status_code == 403 and "did not come from your session" in words(page) and all_rows(served.site.engine) == []


def test_token_of_another_session_is_refused(served, ada, bea):
    assert ada.post("/sign", ada.form_of(APPLES, "approve"), token=bea.token()).status_code == 403
    assert all_rows(served.site.engine) == []


def test_token_may_come_in_a_header_as_htmx_sends_it(served, ada):
    assert ada.post("/sign", ada.form_of(APPLES, "approve"), token="", headers={"X-CSRF-Token": ada.token()}).status_code == 303


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_form_of_another_site_is_refused_even_with_the_token(served, ada, headers):
    page = ada.post("/sign", ada.form_of(APPLES, "approve"), headers=headers)
    assert page.status_code == 403 and "another site" in words(page) and all_rows(served.site.engine) == []


def test_own_origin_is_let_in(served, ada):
    assert ada.post("/sign", ada.form_of(APPLES, "approve"), headers={"Origin": served.url}).status_code == 303


def test_other_host_name_is_refused(served):
    assert requests.get(served.url + "/login", headers={"Host": "evil.example"}, timeout=20).status_code == 400


def test_huge_paste_is_refused_in_words(ada):
    page = ada.sign(APPLES, "send_back", note="x" * (LARGEST_BODY + 10))
    assert page.status_code == 413 and "kilobytes" in words(page) and "go back" in words(page).lower()


def test_long_paste_says_how_long_it_may_be(served, ada):
    page = ada.sign(APPLES, "send_back", note="x" * (LONGEST_NOTE + 1))
    assert page.status_code == 413 and f"{LONGEST_NOTE:,}" in words(page) and all_rows(served.site.engine) == []


@pytest.mark.parametrize("asked", ["/nowhere", "/items/../../etc/passwd", "/static/../app.py", "/ledger?on=tomorrow", "/ledger?to=" + "9" * 40, "/said?day=x&item=y", "/%00"])
def test_odd_address_gets_a_page_in_words(ada, asked):
    page = ada.get(asked)
    assert page.status_code in (200, 400, 404) and "Traceback" not in page.text and "Internal Server Error" not in page.text


def test_records_that_went_away_are_told_without_a_stack_trace(served, ada):
    with served.site.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE approvals RENAME TO elsewhere")
    page = ada.get("/ledger")
    assert page.status_code == 503 and "records cannot be reached" in words(page)
