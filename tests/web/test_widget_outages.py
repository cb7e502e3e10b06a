"""The widget when the server is killed, hangs, is slow, answers rubbish or is not allowed: the numbers are there, no word is lost."""

from __future__ import annotations

import json
import signal

import pytest
from patient import playwright

expect = playwright.expect
RUBBISH = {
    "a_page": {"status": 200, "content_type": "text/html", "body": "<h1>It works!</h1>"},
    "nothing": {"status": 200, "content_type": "application/json", "body": ""},
    "null": {"status": 200, "content_type": "application/json", "body": "null"},
    "no_replies": {"status": 200, "content_type": "application/json", "body": '{"replies": []}'},
    "replies_of_another_shape": {"status": 200, "content_type": "application/json", "body": '{"replies": [{"words": "yes"}, 7]}'},
    "replies_that_are_text": {"status": 200, "content_type": "application/json", "body": '{"replies": "hello"}'},
    "a_reply_that_cannot_be_shown": {"status": 200, "content_type": "application/json", "body": '{"replies": [{"text": "x", "kind": "answer", "buttons": 5, "sources": {}}]}'},
    "an_error_page": {"status": 502, "content_type": "text/html", "body": "<h1>Bad gateway</h1>"},
}
#: Notes when the waiting line and the emergency card are first shown, by the page's own clock (milliseconds).
WATCH = """
() => {
  const root = document.querySelector("ivy-chat").shadowRoot;
  window.shown = {};
  for (const id of ["waiting", "outage"])
    new MutationObserver(([{ target }]) => { if (!target.hidden) window.shown[id] ??= performance.now(); })
      .observe(root.getElementById(id), { attributeFilter: ["hidden"] });
}
"""


def numbers_are_there(visit, library) -> None:
    """The emergency card, in view, with the emergency number and both of the clinic's."""
    expect(visit.outage).to_be_in_viewport()
    card = visit.outage.inner_text()
    assert all(number in card for number in (library.clinic.emergency_number, library.clinic.phone, library.clinic.after_hours_phone))


@pytest.mark.parametrize("answer", RUBBISH.values(), ids=RUBBISH)
def test_rubbish_in_place_of_an_answer_shows_the_numbers_and_keeps_the_message(visit, library, answer):
    visit.page.route("**/api/message", lambda route: route.fulfill(headers={"Access-Control-Allow-Origin": "*"}, **answer))
    visit.listen()
    visit.say("does it hurt")
    numbers_are_there(visit, library)
    assert "Your message is kept" in visit.outage.inner_text()
    assert any(region == "assertive" and library.clinic.emergency_number in words for region, words in visit.heard)
    visit.page.unroute("**/api/message")
    visit.page.get_by_role("button", name="Send again").click()
    expect(visit.replies).to_have_count(2)
    expect(visit.outage).to_be_hidden()
    assert visit.mine.all_inner_texts() == ["does it hurt"]


def test_slow_answer_shows_the_numbers_after_three_seconds_and_is_shown_when_it_comes(visit, served, library):
    served.send(signal.SIGSTOP)
    try:
        visit.page.evaluate(WATCH)
        visit.say("what is it")
        numbers_are_there(visit, library)
        assert 2500 < visit.page.evaluate("shown.outage - shown.waiting") < 4000
    finally:
        served.send(signal.SIGCONT)
    expect(visit.replies).to_have_count(2)
    expect(visit.outage).to_be_hidden()


def test_server_killed_in_mid_conversation_leaves_numbers_and_message_and_is_found_again(visit, served, library):
    visit.ask("what is it")
    served.kill()
    try:
        visit.say("and does it hurt")
        numbers_are_there(visit, library)
        expect(visit.page.locator("#log .you.failed .status")).to_have_text("Not answered yet")
    finally:
        served.start()
        served.ready()
    visit.page.get_by_role("button", name="Send again").click()
    expect(visit.replies).to_have_count(3)
    expect(visit.outage).to_be_hidden()


def test_message_without_an_answer_survives_a_reload(visit):
    visit.page.route("**/api/message", lambda route: route.abort())
    visit.say("does it hurt")
    expect(visit.outage).to_be_visible()
    visit.page.reload()
    visit.open()
    assert visit.box.input_value() == "does it hurt"


def test_server_that_is_away_from_the_start_shows_the_numbers(arrive, library):
    visit = arrive()
    visit.page.route("**/api/**", lambda route: route.abort())
    visit.open()
    visit.page.get_by_role("button", name="I understand. Start").click()
    numbers_are_there(visit, library)
    visit.page.unroute("**/api/**")
    visit.page.get_by_role("button", name="Try again").click()
    expect(visit.replies).to_have_count(1)


def test_history_that_cannot_be_read_shows_the_numbers_and_can_be_tried_again(visit, library):
    visit.ask("what is it")
    visit.page.route("**/api/history", lambda route: route.fulfill(status=503, body="{}"))
    visit.page.reload()
    visit.open()
    numbers_are_there(visit, library)
    visit.page.unroute("**/api/history")
    visit.page.get_by_role("button", name="Try again").click()
    expect(visit.mine).to_have_count(1)


def test_conversation_that_has_ended_is_said_to_have_ended_and_a_new_one_begins(visit):
    visit.ask("what is it")
    visit.page.evaluate("sessionStorage.setItem('ivy.session', 'expired.long.ago')")
    visit.page.reload()
    visit.open()
    expect(visit.page.locator(".remark")).to_contain_text("has ended")
    expect(visit.replies).to_have_count(1)


def test_session_that_ends_in_mid_conversation_is_renewed_without_the_patient_noticing(visit):
    visit.page.evaluate("sessionStorage.setItem('ivy.session', 'expired.long.ago')")
    assert visit.ask("what is it").get_attribute("data-content").startswith("answers/")


def test_deletion_that_failed_is_not_called_done(visit):
    visit.ask("what is it")
    visit.page.route("**/api/forget", lambda route: route.abort())
    visit.menu("Delete this conversation")
    visit.page.get_by_role("button", name="Delete", exact=True).click()
    expect(visit.page.get_by_role("alert")).to_contain_text("could not be deleted")
    assert visit.mine.count() == 1


def test_retry_carries_the_same_message_id(visit):
    ids = []
    visit.page.route("**/api/message", lambda route: (ids.append(json.loads(route.request.post_data)["id"]), route.abort() if len(ids) < 3 else route.continue_()))
    visit.say("does it hurt")
    for _ in range(2):
        expect(visit.outage).to_be_visible()
        visit.page.get_by_role("button", name="Send again").click()
    expect(visit.replies).to_have_count(2)
    assert len(ids) == 3 and len(set(ids)) == 1


def test_late_answer_stands_under_its_own_question(visit):
    held = []
    visit.page.route("**/api/message", lambda route: held.append(route) if "stiff" in route.request.post_data and not held else route.continue_())
    visit.say("my neck is stiff")
    visit.ask("what is it")
    held[0].continue_()
    expect(visit.replies).to_have_count(3)
    order = visit.page.locator("#log > *").evaluate_all("nodes => nodes.map((node) => node.dataset.content || node.querySelector('.words').textContent)")
    assert order[1:] == ["my neck is stiff", "safety/urgent_aseptic_meningitis", "what is it", "answers/about/what_is_ivig"]


def test_website_that_is_not_on_the_list_gets_the_numbers_and_no_conversation(arrive, served, site, library):
    """The same page under another name is another origin, which nobody allowed."""
    visit = arrive()
    visit.page.goto(f"http://localhost:{site.server_port}/")
    visit.open()
    visit.page.get_by_role("button", name="I understand. Start").click()
    numbers_are_there(visit, library)
    assert visit.replies.count() == 0
