"""The widget on a page of another origin with a strict policy: what a patient sees, does and keeps."""

from __future__ import annotations

import gzip

import pytest
import requests
from patient import PHONE, playwright
from waiting import eventually
from web_stand_in import REVIEWED, REVIEWER

expect = playwright.expect
LARGEST = 30_000  # bytes, gzipped: all that the widget ever loads as code, style and words
ALL_ROADS = ["what is it", "my neck is stiff", "is that normal", "show my list", "hola"]


def test_widget_is_one_script_of_less_than_30_kb(served):
    script = requests.get(f"{served.url}/ivy.js", timeout=10)
    assert len(gzip.compress(script.content, 6)) < LARGEST
    assert script.headers["Content-Type"].startswith("text/javascript") and script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_script_that_has_not_changed_is_not_sent_again(served):
    mark = requests.get(f"{served.url}/ivy.js", timeout=10).headers["ETag"]
    again = requests.get(f"{served.url}/ivy.js", headers={"If-None-Match": mark}, timeout=10)
    assert (again.status_code, again.content) == (304, b"")


def test_whole_conversation_breaks_no_rule_of_the_sites_policy_and_asks_nobody_else(visit, served, site):
    for words in ALL_ROADS:
        visit.ask(words)
    assert visit.complaints == []
    foreign = [url for url in visit.requests if not url.startswith((f"{served.url}/", f"http://127.0.0.1:{site.server_port}/"))]
    assert foreign == [] and sum(url.startswith(served.url) for url in visit.requests) == 1 + 1 + len(ALL_ROADS)  # script, session, messages
    assert visit.page.context.cookies() == []


def test_nothing_is_sent_before_the_patient_has_agreed(arrive, served):
    visit = arrive()
    visit.open()
    visit.page.wait_for_timeout(300)
    assert [url for url in visit.requests if "/api/" in url] == []
    notice = visit.page.locator(".notice")
    expect(notice).to_be_visible()
    assert all(words in notice.inner_text() for words in ("computer program", "not for emergencies", "911", "30 days", "names"))
    assert not visit.box.is_visible()
    visit.agree()
    expect(visit.box).to_be_visible()
    expect(notice).to_be_hidden()


def test_notice_can_be_read_again(visit):
    visit.menu("About this chat")
    expect(visit.page.locator(".notice")).to_be_in_viewport()
    assert not visit.page.get_by_role("button", name="I understand. Start").is_visible()


def test_answer_names_reviewer_and_day_and_opens_its_sources(visit):
    reply = visit.ask("what is it")
    assert reply.get_attribute("data-content") == REVIEWED
    assert REVIEWER in reply.locator(".reviewed").inner_text()
    assert reply.locator(".draft").count() == 0
    reply.locator("summary").click()
    expect(reply.locator("details li").first).to_be_visible()


def test_answer_that_nobody_reviewed_says_so(visit):
    visit.page.get_by_role("button", name="What happens on the day of my infusion?").click()
    expect(visit.replies).to_have_count(2)
    assert "not yet reviewed" in visit.replies.last.locator(".draft").inner_text()


def test_more_and_easier_words_are_one_press_away(visit):
    visit.ask("what is it")
    for name, other in [("Easier words", "Tell me more"), ("Tell me more", "Easier words")]:
        before = visit.replies.count()
        visit.page.get_by_role("button", name=name).click()
        expect(visit.replies).to_have_count(before + 1)
        assert visit.replies.last.get_attribute("data-content").startswith("answers/")
        expect(visit.page.get_by_role("button", name=other)).to_be_visible()


def test_hard_word_opens_its_meaning_and_closes_it(visit):
    reply = visit.ask("what is it")
    word = reply.get_by_role("button", name="antibodies")
    meaning = reply.get_by_role("note")
    assert (word.get_attribute("aria-expanded"), meaning.count()) == ("false", 0)
    word.click()
    expect(word).to_have_attribute("aria-expanded", "true")
    expect(meaning).to_contain_text("protein")
    word.click()
    expect(meaning).to_have_count(0)


def test_safety_message_holds_no_button_to_press_inside_its_words(visit):
    assert visit.ask("my neck is stiff").locator(".words button").count() == 0


def test_alarm_stays_in_view_until_the_patient_says_it_is_done(visit, library):
    visit.ask("my neck is stiff")
    pinned = visit.page.locator(".pinned")
    for words in ("what is it", "what is it really"):
        visit.ask(words)
        expect(pinned).to_be_in_viewport()
        number = pinned.inner_text().replace("\u2011", "-")
        assert library.clinic.phone in number or library.clinic.after_hours_phone in number
    pinned.click()
    expect(visit.page.locator(".card.urgent")).to_be_in_viewport()
    visit.ask("I called them")
    expect(pinned).to_be_hidden()


@pytest.mark.parametrize("viewport", [PHONE, {"width": 320, "height": 256}, {"width": 740, "height": 360}], ids=["phone", "400% zoom", "phone on its side"])
def test_menu_and_notice_never_cover_the_emergency_number(arrive, viewport):
    visit = arrive(viewport=viewport)
    visit.open()
    line = visit.page.locator(".emergency-line")
    for _ in range(2):
        visit.page.get_by_role("button", name="Menu").click()
        expect(line).to_be_in_viewport(ratio=1)
        on_top = line.evaluate("node => { const box = node.getBoundingClientRect(); return node.contains(node.getRootNode().elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)); }")
        assert on_top
        visit.page.keyboard.press("Escape")
        if not visit.box.is_visible():
            visit.agree()


def test_count_of_helpful_answers_holds_no_words_and_no_conversation(visit, served):
    import sqlite3

    reply = visit.ask("what is it")
    reply.get_by_role("button", name="Yes").click()
    expect(reply.get_by_role("status")).to_have_text("Thank you. We count this, but not your words.")
    with sqlite3.connect(served.folder / "records.db") as records:
        columns = [column[1] for column in records.execute("PRAGMA table_info(helpfulness)")]
        rows = records.execute("SELECT content, yes + no FROM helpfulness").fetchall()
    assert columns == ["content", "version", "yes", "no"] and rows[0][0] == REVIEWED and rows[0][1] >= 1


def test_another_language_is_marked_as_such(visit):
    assert visit.ask("hola").get_attribute("lang") == "es"
    assert visit.dialog.get_attribute("lang") == "en"


def test_typed_markup_stays_text(visit):
    typed = '<img src="https://example.org/x.png" onerror="alert(1)"><b>ivig</b>'
    visit.ask(typed)
    assert visit.mine.inner_text() == typed
    assert visit.page.locator("#log img").count() == 0


def test_clinic_can_change_colours_from_outside(arrive):
    visit = arrive()
    visit.page.evaluate("document.querySelector('ivy-chat').style.setProperty('--ivy-accent', 'rgb(1, 2, 3)')")
    assert visit.launcher.evaluate("node => getComputedStyle(node).backgroundColor") == "rgb(1, 2, 3)"


def test_style_of_the_site_does_not_reach_the_chat(arrive):
    visit = arrive()
    visit.page.evaluate("""() => { const style = new CSSStyleSheet(); style.replaceSync("html { font-size: 5px } * { letter-spacing: 9px; text-transform: uppercase } button { display: none }");
                                   document.adoptedStyleSheets = [style]; }""")
    visit.open()
    found = visit.page.locator(".notice li").first.evaluate("node => { const style = getComputedStyle(node); return [style.letterSpacing, style.textTransform, parseFloat(style.fontSize) >= 16]; }")
    assert found == ["normal", "none", True]


def test_site_that_lets_no_html_in_still_shows_the_words_and_the_numbers(arrive, library):
    """It demands Trusted Types and does not name Ivy's."""
    visit = arrive(path="/no-html")
    visit.open()
    assert library.clinic.emergency_number in visit.page.locator(".emergency-line").inner_text()
    visit.agree()
    card = visit.ask("my neck is stiff").locator(".card")
    assert library.clinic.phone in card.inner_text() or library.clinic.after_hours_phone in card.inner_text()


def test_reload_shows_the_conversation_again_and_announces_none_of_it(visit):
    visit.ask("what is it")
    visit.ask("my neck is stiff")
    said = visit.page.locator("#log .you .words, #log .ivy .words").all_inner_texts()[1:]  # the greeting is not part of it
    visit.page.reload()
    visit.listen()
    visit.open()
    expect(visit.replies).to_have_count(2)
    assert visit.page.locator("#log .you .words, #log .ivy .words").all_inner_texts() == said
    expect(visit.page.locator(".pinned")).to_be_visible()
    assert visit.heard == []


def test_last_buttons_can_still_be_pressed_after_a_reload(visit):
    visit.ask("is that normal")
    visit.page.reload()
    visit.open()
    visit.page.get_by_role("button", name="Not sure").click()
    expect(visit.page.locator(".card.urgent")).to_be_visible()


def test_deleted_conversation_is_gone_here_and_on_the_server(visit, served):
    visit.ask("what is it")
    before = visit.kept("session")
    visit.menu("Delete this conversation")
    visit.page.get_by_role("dialog", name="Delete this conversation?").get_by_role("button", name="Delete", exact=True).click()
    expect(visit.page.locator('[data-content="voice/forget_done"]')).to_be_visible()
    eventually(lambda: visit.kept("session") not in (before, "", None))
    assert visit.mine.count() == 0
    history = requests.post(f"{served.url}/api/history", json={"session": before}, timeout=10).json()["history"]
    assert history == []


def test_forget_me_typed_clears_the_page_too(visit):
    visit.ask("what is it")
    visit.say("forget me")
    expect(visit.page.locator('[data-content="voice/forget_done"]')).to_be_visible()
    assert visit.mine.count() == 0


def test_saved_file_holds_the_words_with_sources_and_numbers(visit, library):
    visit.ask("what is it")
    with visit.page.expect_download() as download:
        visit.menu("Save as a text file")
    text = download.value.path().read_text(encoding="utf-8")
    assert all(words in text for words in ("You: what is it", REVIEWED, REVIEWER, "Sources (", library.clinic.phone, library.clinic.emergency_number))
    assert visit.complaints == []


def test_printed_page_holds_the_conversation_and_nothing_of_the_site(visit):
    visit.page.evaluate("window.print = () => {}")  # the sheet stays as it is printed
    visit.ask("what is it")
    visit.menu("Print")
    visit.page.emulate_media(media="print")
    sheet = visit.page.locator(".sheet")
    expect(sheet).to_be_visible()
    assert "what is it" in sheet.inner_text() and REVIEWER in sheet.inner_text()
    assert not visit.page.locator("main h1").is_visible() and not visit.dialog.is_visible()
    assert sheet.locator("button").count() == 0
    visit.page.emulate_media(media="screen")
    visit.page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(visit.page.locator("main h1")).to_be_visible()


def test_list_of_questions_prints_as_a_sheet_for_the_visit(visit):
    visit.page.evaluate("window.print = () => {}")
    reply = visit.ask("show my list")
    questions = reply.locator("ol li").all_inner_texts()
    reply.get_by_role("button", name="Print this list").click()
    visit.page.emulate_media(media="print")
    sheet = visit.page.locator(".sheet")
    assert sheet.get_by_role("heading").inner_text() == "My questions for the visit"
    assert [item.strip() for item in sheet.locator("ol > li").all_inner_texts()] == questions and len(questions) > 3
    assert "show my list" not in sheet.inner_text()


def test_print_of_the_sites_own_page_leaves_the_chat_out(visit):
    visit.page.emulate_media(media="print")
    expect(visit.page.locator("main h1")).to_be_visible()
    expect(visit.dialog).to_be_hidden()
    expect(visit.page.locator(".sheet")).to_be_hidden()
