"""The chat page in a browser, against the real server: what a patient sees, hears and can do."""

from __future__ import annotations

import re
import shutil
import signal

import pytest
from expect import CHECK, QUESTION, STIFF_NECK
from server import send

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine: `make browser` installs it")

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Visit:
    """One patient at the page. `expect` waits for what should be seen."""

    def __init__(self, page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def say(self, text: str) -> None:
        self.page.get_by_label("Your message to Ivy").fill(text)
        self.page.get_by_role("button", name="Send", exact=True).click()

    def ask(self, text: str):
        """Say something and wait for the reply to it."""
        before = self.replies.count()
        self.say(text)
        playwright.expect(self.replies).to_have_count(before + 1)
        return self.replies.last

    @property
    def replies(self):
        return self.page.locator("#log .ivy")

    @property
    def outage(self):
        return self.page.locator("#outage")


@pytest.fixture()
def visit(browser, running):
    """The page, opened, with the greeting in it."""
    page = browser.new_page(viewport=PHONE)
    page.set_default_timeout(15_000)
    visit = Visit(page)
    page.goto(running.url)
    playwright.expect(visit.replies).to_have_count(1)
    yield visit
    page.close()


def test_greeting_and_notice_are_there_before_the_first_message(visit, library):
    assert visit.replies.get_attribute("data-content") == "voice/greet"
    notice = visit.page.locator(".notice").inner_text()
    assert all(words in notice for words in ("computer program", "not for emergencies", "limited time", "names"))
    assert library.clinic.emergency_number in notice
    assert visit.page.get_by_label("Your message to Ivy").is_editable()


def test_numbers_are_always_in_view(visit, library):
    visit.ask(QUESTION)
    strip = visit.page.get_by_role("complementary", name="Numbers to call")
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
    assert reply.locator("details li").first.is_visible()


def test_pressed_button_is_answered_and_the_buttons_are_gone(visit):
    buttons = visit.replies.first.get_by_role("button")
    title = buttons.first.inner_text()
    buttons.first.click()
    playwright.expect(visit.replies).to_have_count(2)
    assert visit.page.locator("#log .you .words").inner_text() == title
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
    visit.ask(CHECK)
    check = visit.page.locator(".card.check")
    assert check.count() == 1
    assert visit.page.locator("#log .choices button").all_inner_texts() == ["Yes", "No", "Not sure"]
    visit.page.get_by_role("button", name="Not sure").click()
    playwright.expect(visit.page.locator(".card.urgent")).to_be_visible()


def test_everything_works_with_the_keyboard_alone(visit):
    keys = visit.page.keyboard
    keys.press("Tab")
    keys.press("Enter")  # "Go to the message box"
    keys.type("how long does ")
    keys.press("Shift+Enter")
    keys.type("one infusion take")
    keys.press("Enter")
    playwright.expect(visit.replies).to_have_count(2)
    assert visit.page.locator("#log .you .words").inner_text() == "how long does \none infusion take"
    for _ in range(30):
        keys.press("Shift+Tab")
        if visit.page.evaluate("document.activeElement.closest('.choices') !== null"):
            break
    keys.press("Enter")
    playwright.expect(visit.replies).to_have_count(3)
    assert visit.page.evaluate("document.activeElement.id") == "words"


@pytest.mark.parametrize("width", [360, 320])
def test_narrow_screen_needs_no_sideways_scrolling(visit, width):
    visit.page.set_viewport_size({"width": width, "height": 740})
    visit.ask("w" * 120)
    visit.ask(STIFF_NECK)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


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


@pytest.mark.parametrize("path", ["/", "/static/chat.js", "/static/chat.css", "/live"])
def test_content_security_policy_is_sent(running, path):
    policy = running.get(path).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert not re.search(r"unsafe|\*|https?:", policy)


def test_deleted_conversation_is_gone_from_page_and_session(visit):
    visit.ask(QUESTION)
    before = visit.page.evaluate("sessionStorage.getItem('ivy.session')")
    visit.page.get_by_role("button", name="Menu").click()
    visit.page.get_by_role("button", name="Delete this conversation").click()
    visit.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    playwright.expect(visit.page.locator('[data-content="voice/forget_done"]')).to_be_visible()
    playwright.expect(visit.page.locator('[data-content="voice/greet"]')).to_be_visible()
    assert visit.page.locator("#log .you").count() == 0
    assert visit.page.evaluate("sessionStorage.getItem('ivy.session')") not in (before, "", None)


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
