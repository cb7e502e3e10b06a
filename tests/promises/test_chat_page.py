"""The chat page in a browser, against the real server: what a patient sees, hears and can do."""

from __future__ import annotations

import re
import signal

import pytest
from expect import QUESTION, QUESTION_AND_CHECK, STIFF_NECK
from patient import PHONE, Visit, playwright
from server import send


@pytest.fixture()
def visit(chromium, running):
    """The page, opened and agreed to, with the greeting in it."""
    page = chromium.new_page(viewport=PHONE)
    visit = Visit(page)
    page.goto(running.url)
    visit.agree()
    yield visit
    page.close()


def test_notice_is_agreed_to_before_the_first_message(chromium, running, library):
    visit = Visit(chromium.new_page(viewport=PHONE))
    visit.page.goto(running.url)
    notice = visit.page.locator(".notice").inner_text()
    assert all(words in notice for words in ("computer program", "not for emergencies", "30 days", "names"))
    assert library.clinic.emergency_number in notice
    assert not visit.box.is_visible() and not any("/api/" in url for url in visit.requests)
    visit.agree()
    assert visit.replies.get_attribute("data-content") == "voice/start"
    assert visit.box.is_editable()
    visit.page.close()


def test_numbers_are_always_in_view(visit, library):
    visit.ask(QUESTION)
    strip = visit.page.get_by_role("group", name="Numbers to call")
    playwright.expect(strip).to_be_in_viewport()
    assert library.clinic.emergency_number in strip.inner_text()


def test_numbers_that_are_examples_cannot_be_rung(visit, library):
    assert library.clinic.fictional
    visit.ask(STIFF_NECK)
    assert visit.page.locator('a[href^="tel:"]').count() == 0


def test_question_is_answered_with_draft_label_and_sources(visit):
    reply = visit.ask(QUESTION)
    assert reply.get_attribute("data-content").startswith("answers/")
    assert reply.locator(".draft").inner_text()
    reply.locator("summary").click()
    playwright.expect(reply.locator("details li").first).to_be_visible()


def test_pressed_button_is_answered_and_the_buttons_are_gone(visit):
    buttons = visit.replies.first.get_by_role("button")
    title = buttons.first.inner_text()
    buttons.first.click()
    playwright.expect(visit.replies).to_have_count(2)
    assert visit.mine.inner_text() == title
    assert visit.replies.first.get_by_role("button").count() == 0


def test_stiff_neck_is_shown_as_a_safety_card_and_announced_assertively(visit, library):
    card = visit.ask(STIFF_NECK).locator(".card")
    assert "urgent" in card.get_attribute("class")
    assert card.get_by_role("heading").inner_text() == "Urgent"
    assert card.get_by_role("img", name="Warning").is_visible()
    announced = visit.page.locator("#assertive").inner_text()
    for words in (card.inner_text(), announced):
        assert library.clinic.phone in words or library.clinic.after_hours_phone in words
    playwright.expect(card).to_be_in_viewport()


def test_answer_is_announced_politely(visit):
    visit.ask(QUESTION)
    assert visit.page.locator("#assertive").inner_text() == ""
    assert visit.page.locator("#polite").inner_text()


def test_check_question_is_answered_by_buttons(visit):
    """What was asked is answered first; then only the question about the sign is there to be pressed."""
    visit.ask(QUESTION_AND_CHECK)
    assert visit.page.locator("#log .ivy").nth(1).get_attribute("data-content") == "answers/side_effects/headache"
    assert visit.page.locator(".card.check").count() == 1
    assert visit.page.locator("#log .choices button").all_inner_texts() == ["Yes", "No", "Not sure"]
    visit.page.get_by_role("button", name="Not sure").click()
    playwright.expect(visit.page.locator(".card.urgent")).to_be_visible()


def test_everything_works_with_the_keyboard_alone(visit):
    keys = visit.page.keyboard
    visit.page.locator("#title").focus()
    keys.press("Shift+Tab")
    keys.press("Enter")  # "Go to the message box"
    keys.type("how long does ")
    keys.press("Shift+Enter")
    keys.type("one infusion take")
    keys.press("Enter")
    playwright.expect(visit.replies).to_have_count(2)
    assert visit.page.locator("#log .you .words").inner_text() == "how long does \none infusion take"
    for _ in range(30):
        keys.press("Shift+Tab")
        if visit.page.evaluate("document.querySelector('ivy-chat').shadowRoot.activeElement?.closest('.choices') != null"):
            break
    keys.press("Enter")
    playwright.expect(visit.replies).to_have_count(3)
    assert visit.focused == "words"


@pytest.mark.parametrize("width", [360, 320])
def test_narrow_screen_needs_no_sideways_scrolling(visit, width):
    visit.page.set_viewport_size({"width": width, "height": 740})
    visit.ask("w" * 120)
    visit.ask(STIFF_NECK)
    assert visit.dialog.evaluate("node => node.scrollWidth") <= width


def test_markup_that_a_patient_types_stays_text(visit):
    typed = '<img src="https://example.org/x.png" onerror="alert(1)"><b>ivig</b>'
    visit.ask(typed)
    assert visit.page.locator("#log .you .words").inner_text() == typed
    assert visit.page.locator("#log img").count() == 0


def test_no_request_leaves_for_another_origin_and_nothing_breaks_the_policy(visit, running):
    visit.ask(QUESTION)
    visit.ask(STIFF_NECK)
    assert visit.requests
    assert [url for url in visit.requests if not url.startswith(running.url + "/")] == []
    assert visit.complaints == []


@pytest.mark.parametrize("path", ["/", "/ivy.js", "/static/ivy.css", "/plain", "/demo"])
def test_content_security_policy_is_sent(running, path):
    policy = running.get(path).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert not re.search(r"unsafe|\*|https?:", policy)


def test_deleted_conversation_is_gone_from_page_and_session(visit):
    visit.ask(QUESTION)
    before = visit.kept("session")
    visit.menu("Delete this conversation")
    visit.page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    playwright.expect(visit.page.locator('[data-content="voice/forget_done"]')).to_be_visible()
    playwright.expect(visit.page.locator('[data-content="voice/start"]')).to_be_visible()
    assert visit.mine.count() == 0
    assert visit.kept("session") not in (before, "", None)


def test_reload_brings_the_conversation_back_from_the_server(visit):
    visit.ask(QUESTION)
    visit.page.get_by_role("button", name="Easier words").click()
    playwright.expect(visit.replies).to_have_count(3)
    visit.ask(STIFF_NECK)
    said = visit.page.locator("#log .you .words, #log .ivy .words").all_inner_texts()[1:]  # without the greeting
    visit.page.reload()
    playwright.expect(visit.replies).to_have_count(3)
    assert visit.page.locator("#log .you .words, #log .ivy .words").all_inner_texts() == said
    playwright.expect(visit.page.locator(".pinned")).to_be_visible()


def test_expired_session_is_renewed_without_the_patient_noticing(visit):
    visit.page.evaluate("sessionStorage.setItem('ivy.session', 'expired.long.ago')")
    assert visit.ask(QUESTION).get_attribute("data-content").startswith("answers/")


def test_answer_that_comes_late_takes_the_place_of_the_outage_card(visit, running):
    send(running.pid, signal.SIGSTOP)
    try:
        visit.say(QUESTION)
        playwright.expect(visit.outage).to_be_visible()
    finally:
        send(running.pid, signal.SIGCONT)
    playwright.expect(visit.replies).to_have_count(2)
    playwright.expect(visit.outage).to_be_hidden()


@pytest.mark.kills_ivy
def test_server_killed_in_mid_conversation_leaves_the_numbers_and_the_message(visit, running, library):
    visit.ask(QUESTION)
    running.crash()
    visit.say("and does it hurt when the needle goes in")
    playwright.expect(visit.outage).to_be_visible()
    card = visit.outage.inner_text()
    assert library.clinic.emergency_number in card
    assert library.clinic.phone in card or library.clinic.after_hours_phone in card
    assert "Your message is kept" in card
    assert visit.page.locator("#log .you .words").last.inner_text() == "and does it hurt when the needle goes in"
    assert visit.page.get_by_role("button", name="Send again").is_enabled()
    assert library.clinic.emergency_number in visit.page.locator("#assertive").inner_text()
