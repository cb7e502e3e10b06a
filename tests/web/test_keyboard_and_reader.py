"""The widget by keyboard alone and by ear: where the focus goes, what a screen reader is told, and how often."""

from __future__ import annotations

import pytest
from axe import MISSING, axe_core, violations
from patient import PHONE, playwright
from waiting import eventually

expect = playwright.expect
TALL = {"width": 420, "height": 3000}  # axe-core takes what the pinned top half covers for a target that is too small


def press_until(visit, key: str, reached: str, most: int = 40) -> None:
    for _ in range(most):
        visit.page.keyboard.press(key)
        if reached in visit.focused:
            return
    pytest.fail(f"{key} never reached {reached}")


def test_launcher_says_that_it_opens_a_dialog_and_the_dialog_has_a_name(arrive):
    visit = arrive()
    assert visit.launcher.get_attribute("aria-haspopup") == "dialog" and visit.launcher.get_attribute("aria-expanded") == "false"
    visit.open()
    expect(visit.page.get_by_role("dialog", name="Ivy answers questions about IVIG")).to_be_visible()
    assert visit.launcher.get_attribute("aria-expanded") == "true"


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["beside a wide page", "over the whole of a phone"])
def test_focus_goes_into_the_dialog_and_back_to_the_launcher(arrive, viewport):
    visit = arrive(**({"viewport": viewport} if viewport else {}))
    visit.launcher.focus()
    visit.page.keyboard.press("Enter")
    eventually(lambda: visit.focused == "notice-title")
    visit.page.keyboard.press("Escape")
    expect(visit.dialog).to_be_hidden()
    eventually(lambda: "launcher" in visit.focused)


def test_escape_closes_the_menu_first(visit):
    visit.page.get_by_role("button", name="Menu").click()
    visit.page.keyboard.press("Escape")
    expect(visit.page.locator("#menu")).to_be_hidden()
    expect(visit.dialog).to_be_visible()


def test_escape_in_the_question_about_deleting_deletes_nothing_and_closes_no_chat(visit):
    visit.menu("Delete this conversation")
    visit.page.keyboard.press("Escape")
    expect(visit.page.locator("#sure")).to_be_hidden()
    expect(visit.dialog).to_be_visible()


def test_whole_visit_by_keyboard_alone(arrive):
    visit = arrive()
    keys = visit.page.keyboard
    press_until(visit, "Tab", "launcher")
    keys.press("Enter")
    keys.press("Tab")
    keys.press("Enter")  # "I understand. Start"
    expect(visit.replies).to_have_count(1)
    assert visit.focused == "words"
    keys.type("how long does ")
    keys.press("Shift+Enter")
    keys.type("one infusion take")
    keys.press("Enter")
    expect(visit.replies).to_have_count(2)
    assert visit.mine.inner_text() == "how long does \none infusion take"
    for _ in range(40):
        keys.press("Shift+Tab")
        if visit.page.evaluate("document.querySelector('ivy-chat').shadowRoot.activeElement?.closest('.choices') != null"):
            break
    keys.press("Enter")
    expect(visit.replies).to_have_count(3)
    assert visit.focused == "words"
    keys.press("Escape")
    eventually(lambda: "launcher" in visit.focused)


def test_site_behind_a_full_screen_chat_cannot_be_reached_by_keyboard(arrive):
    visit = arrive(viewport=PHONE)
    visit.open()
    visit.agree()
    for _ in range(30):
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate("document.activeElement === null || ['IVY-CHAT', 'BODY', 'HTML'].includes(document.activeElement.tagName)")


def test_zooming_in_while_the_chat_is_open_makes_it_modal_and_keeps_focus_and_words(visit):
    visit.box.fill("half a ques")
    visit.page.set_viewport_size({"width": 320, "height": 256})
    expect(visit.page.locator(".panel:modal")).to_be_visible()
    assert (visit.focused, visit.box.input_value()) == ("words", "half a ques")


def test_each_answer_is_announced_once_and_never_the_history(visit):
    visit.listen()
    for words in ("what is it", "my neck is stiff", "what is it again"):
        visit.ask(words)
    regions = [region for region, _ in visit.heard]
    assert regions == ["polite", "assertive", "polite"]
    assert visit.page.locator("#log").get_attribute("aria-live") == "off"
    assert visit.page.get_by_role("log", name="Conversation").count() == 1


def test_safety_message_is_announced_assertively_with_the_number(visit, library):
    visit.listen()
    visit.ask("I cannot breathe")
    (region, words), = visit.heard
    assert region == "assertive" and words.startswith("Emergency:") and library.clinic.emergency_number in words


def test_choices_are_announced_with_the_question(visit):
    visit.listen()
    visit.ask("is that normal")
    assert visit.heard[0][1].endswith("Choices: Yes, No, Not sure.")


def test_announced_words_do_not_stay_to_be_read_twice(arrive):
    visit = arrive()
    visit.page.clock.install()
    visit.page.reload()
    visit.open()
    visit.agree()
    visit.ask("what is it")
    assert visit.page.locator("#polite").inner_text() != ""
    visit.page.clock.run_for(11_000)
    assert visit.page.locator("#polite").inner_text() == ""


def test_safety_answer_to_a_closed_chat_opens_it(visit):
    visit.page.route("**/api/message", lambda route: (expect(visit.dialog).to_be_hidden(), route.continue_()))
    visit.say("my neck is stiff")
    visit.page.keyboard.press("Escape")
    expect(visit.page.locator(".card.urgent")).to_be_in_viewport()


def test_everything_to_press_is_at_least_24_pixels_high_and_wide(visit):
    visit.ask("what is it")
    visit.page.get_by_role("button", name="Menu").click()
    small = visit.page.evaluate("""() => [...document.querySelector("ivy-chat").shadowRoot.querySelectorAll("button, summary, textarea, a")]
        .filter((node) => node.checkVisibility()).map((node) => [node.textContent, node.getBoundingClientRect()]).filter(([, box]) => box.width < 24 || box.height < 24).map(([text]) => text)""")
    assert small == []


def test_focus_is_visible_on_every_control(visit):
    visit.ask("what is it")
    for _ in range(14):
        visit.page.keyboard.press("Tab")
        style = visit.page.evaluate("() => { const at = document.activeElement.shadowRoot?.activeElement; return at ? getComputedStyle(at).outlineStyle + getComputedStyle(at).outlineWidth : 'outside'; }")
        assert style in ("solid3px", "outside")


@pytest.mark.parametrize("width", [360, 320])
def test_narrow_screen_needs_no_sideways_scrolling(arrive, width):
    visit = arrive(viewport={"width": width, "height": 256})
    visit.open()
    visit.agree()
    visit.ask("w" * 120)
    visit.ask("my neck is stiff")
    assert visit.dialog.evaluate("node => node.scrollWidth - node.clientWidth") == 0
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


def test_reduced_motion_stops_what_moves(arrive):
    visit = arrive(reduced_motion="reduce")
    visit.open()
    found = visit.page.evaluate("""() => { const root = document.querySelector("ivy-chat").shadowRoot;
        return [getComputedStyle(root.querySelector(".dots i")).animationName, getComputedStyle(root.querySelector(".panel")).scrollBehavior]; }""")
    assert found == ["none", "auto"]


def test_right_to_left_words_turn_the_whole_chat(arrive, served):
    visit = arrive()
    visit.page.route("**/ivy.js", lambda route: route.fulfill(body=route.fetch().text().replace('"direction": "ltr"', '"direction": "rtl"'), content_type="text/javascript"))
    visit.page.reload()
    visit.open()
    visit.agree()
    card = visit.ask("my neck is stiff").locator(".card")
    assert visit.dialog.get_attribute("dir") == "rtl"
    assert card.evaluate("node => parseFloat(getComputedStyle(node).borderRightWidth) > parseFloat(getComputedStyle(node).borderLeftWidth)")
    menu, close = (visit.page.get_by_role("button", name=name).bounding_box() for name in ("Menu", "Close the chat"))
    assert close["x"] < menu["x"]
    assert visit.dialog.evaluate("node => node.scrollWidth - node.clientWidth") == 0


STATES = {
    "before_the_first_message": lambda visit: None,
    "greeting": lambda visit: visit.agree(),
    "answer_open": lambda visit: (visit.agree(), visit.ask("what is it"), visit.replies.last.get_by_role("button", name="antibodies").click(), visit.replies.last.locator("summary").click()),
    "urgent": lambda visit: (visit.agree(), visit.ask("my neck is stiff")),
    "emergency": lambda visit: (visit.agree(), visit.ask("I cannot breathe"), visit.ask("what is it")),
    "check": lambda visit: (visit.agree(), visit.ask("is that normal")),
    "another_language": lambda visit: (visit.agree(), visit.ask("hola")),
    "menu": lambda visit: (visit.agree(), visit.page.get_by_role("button", name="Menu").click()),
    "deleting": lambda visit: (visit.agree(), visit.menu("Delete this conversation")),
    "outage": lambda visit: (visit.agree(), visit.page.route("**/api/**", lambda route: route.abort()), visit.say("what is it"), expect(visit.outage).to_be_visible()),
    "too_long": lambda visit: (visit.agree(), visit.box.fill("a " * 1100)),
}


@pytest.mark.skipif(not axe_core(), reason=MISSING)
@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_state_breaks_no_rule_of_wcag(arrive, state, look):
    visit = arrive(color_scheme=look, bypass_csp=True, viewport=TALL)
    closed = violations(visit.page, "ivy-chat")
    visit.open()
    STATES[state](visit)
    assert closed + violations(visit.page, "ivy-chat") == []


@pytest.mark.skipif(not axe_core(), reason=MISSING)
@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/plain", "/demo"])
def test_page_breaks_no_rule_of_wcag(arrive, path, look):
    visit = arrive(own=True, path=path, color_scheme=look, bypass_csp=True, viewport=TALL)
    found = violations(visit.page)
    if path != "/demo":
        visit.agree()
        for count, words in enumerate(("what is it", "my neck is stiff", "is that normal"), start=1):
            visit.ask(words) if path == "/" else visit.say(words)
            expect(visit.mine).to_have_count(count)
        found += violations(visit.page)
    assert found == []
