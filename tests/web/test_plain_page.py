"""The page for browsers without JavaScript, as such a browser sees it."""

from __future__ import annotations

import re

import pytest
import requests
from patient import PHONE, playwright

expect = playwright.expect


@pytest.fixture()
def visit(arrive):
    """Without JavaScript, past the notice."""
    visit = arrive(own=True, path="/plain", java_script_enabled=False, viewport=PHONE)
    visit.page.get_by_role("button", name="I understand. Start").click()
    return visit


def fields(page: str) -> dict:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def test_chat_page_without_javascript_gives_the_numbers_and_the_way_to_the_plain_page(arrive, library):
    visit = arrive(own=True, java_script_enabled=False)
    shown = visit.page.locator("main").inner_text()
    assert library.clinic.emergency_number in shown and library.clinic.phone in shown
    visit.page.get_by_role("link").click()
    expect(visit.page.get_by_role("heading", name="Before you start")).to_be_visible()


def test_notice_comes_before_the_first_message(arrive):
    visit = arrive(own=True, path="/plain", java_script_enabled=False)
    assert all(words in visit.page.locator(".notice").inner_text() for words in ("computer program", "not for emergencies", "30 days"))
    assert visit.page.get_by_role("textbox").count() == 0


def test_whole_conversation_by_form(visit, library):
    visit.say("what is it")
    expect(visit.replies.last).to_have_attribute("data-content", "answers/about/what_is_ivig")
    visit.page.get_by_role("button", name="Easier words").click()
    expect(visit.mine).to_have_count(2)
    visit.say("my neck is stiff")
    expect(visit.mine).to_have_text(["what is it", "Easier words", "my neck is stiff"])
    card = visit.page.locator(".card.urgent")
    expect(card).to_be_in_viewport()
    assert "Urgent" in card.inner_text() and (library.clinic.phone in card.inner_text() or library.clinic.after_hours_phone in card.inner_text())
    expect(visit.page.locator(".strip")).to_be_in_viewport()
    assert visit.complaints == []


def test_hard_words_and_sources_open_without_javascript(visit):
    visit.say("what is it")
    visit.replies.last.get_by_text("Words explained").click()
    expect(visit.replies.last.locator("dd").first).to_be_visible()


def test_typed_markup_stays_text_in_the_page(visit):
    visit.say("<b>what</b> is <script>alert(1)</script>")
    assert visit.mine.inner_text() == "<b>what</b> is <script>alert(1)</script>"


def test_deleted_by_form_is_gone(visit):
    visit.say("what is it")
    expect(visit.mine).to_have_count(1)
    visit.page.get_by_role("button", name="Delete this conversation").click()
    expect(visit.page.locator('[data-content="voice/forget_done"]')).to_be_visible()
    assert visit.mine.count() == 0


def test_form_sent_twice_is_one_message(served):
    page = requests.post(f"{served.url}/plain", data={"start": "yes"}, timeout=10).text
    form = {**fields(page), "text": "what is it"}
    twice = [requests.post(f"{served.url}/plain", data=form, timeout=10).text for _ in range(2)]
    assert [len(re.findall('class="you"', page)) for page in twice] == [1, 1]


def test_session_that_has_ended_gives_the_words_back(served):
    page = requests.post(f"{served.url}/plain", data={"session": "forged", "text": "does it <hurt>"}, timeout=10).text
    assert "does it &lt;hurt&gt;</textarea>" in page and "start again" in page
    assert fields(page)["session"] != "forged"


def test_empty_and_huge_forms_get_a_kind_page(served, library):
    form = fields(requests.post(f"{served.url}/plain", data={"start": "yes"}, timeout=10).text)
    for text, content in (("  ", "voice/not_text"), ("a " * 80_000, "voice/too_long"), ("a " * 400_000, "voice/too_long")):
        page = requests.post(f"{served.url}/plain", data={**form, "text": text}, timeout=10)
        assert page.headers["Content-Type"].startswith("text/html") and library.clinic.emergency_number in page.text
        assert f'data-content="{content}"' in page.text and fields(page.text)["session"]


def test_plain_page_needs_no_sideways_scrolling_at_400_percent(arrive):
    visit = arrive(own=True, path="/plain", viewport={"width": 320, "height": 256})
    visit.page.get_by_role("button", name="I understand. Start").click()
    visit.say("what is it")
    expect(visit.mine).to_have_count(1)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_demonstration_shows_the_widget_on_a_clinics_page(arrive, served):
    visit = arrive(own=True, path="/demo")
    visit.open()
    visit.agree()
    assert visit.complaints == []
    assert [url for url in visit.requests if not url.startswith(served.url + "/")] == []
