"""The clinician's page in a browser, from the first start to a ledger that somebody tampered with."""

from __future__ import annotations

import re

import axe
import pytest
from preview import PASSWORD, RunningPreview
from server import wait_for
from signing import sign_all
from waiting import eventually

from bot.library.review import review_items

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
TABLET = {"width": 768, "height": 1024}
ANSWER, EMERGENCY = "answers/about/brands", "safety/emergency"
CHECKS = ("Accuracy", "Sources", "Plain language", "Safety line")


@pytest.fixture(scope="module")
def preview():
    running = RunningPreview()
    yield running
    running.stop()


class Clinician:
    """Somebody at a tablet. Remembers what their browser complained of and where it went."""

    def __init__(self, browser, preview: RunningPreview) -> None:
        self.page = browser.new_context(viewport=TABLET).new_page()
        self.page.set_default_timeout(30_000)
        self.url, self.complaints, self.requests = preview.url, [], []
        self.page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def goto(self, path: str):
        self.page.goto(self.url + path)
        return self.page

    def set_up(self, link: str, **fields: str) -> None:
        self.page.goto(link)
        for label, value in fields.items():
            self.page.get_by_label(label.replace("_", " ")).fill(value)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_label("The same password again").fill(PASSWORD)
        self.page.get_by_role("button", name=re.compile("password|account")).click()
        self.sees("Your password is set")

    def approve(self, item: str, note: str = "") -> None:
        self.goto(f"/sign/{item}")
        for check in CHECKS:
            self.page.get_by_label(check).check()
        self.page.get_by_label("Note").fill(note)
        self.page.get_by_role("button", name="Approve", exact=True).click()
        self.sees(f"You approved {item}.")

    def sees(self, words: str) -> None:
        playwright.expect(self.page.locator("body")).to_contain_text(words)

    def state_of(self, item: str) -> str:
        self.goto(f"/history/{item}")
        return self.page.locator(".state").first.inner_text()


@pytest.fixture(scope="module")
def ada(chromium, preview):
    """The first clinician, by the link that the first start printed."""
    ada = Clinician(chromium, preview)
    ada.set_up(preview.set_up_link(), Your_full_name="Dr. Ada Test", A_short_name="ada")
    return ada


@pytest.fixture(scope="module")
def bea(chromium, preview, ada):
    """The second, by a link of `ivy accounts`."""
    bea = Clinician(chromium, preview)
    token = re.search(r"/setup/\S+", preview.ivy("accounts", "add", "bea", "--name", "Dr. Bea Test", "--role", "clinician"))[0]
    bea.set_up(preview.url + token)
    return bea


@pytest.fixture
def clinic_chat(preview):
    """Starts a chat in clinic mode over the page's content and ledger, where all but the answers and one message is signed."""
    sign_all(preview.engine, preview.content, without=(EMERGENCY, *(item for item in review_items(preview.content) if item.startswith("answers/"))))
    started = []

    def _start():
        started.append(preview.chat())
        return started[-1]

    yield _start
    for chat in started:
        chat.stop()


def test_from_first_start_to_a_tampered_ledger(preview, ada, bea, clinic_chat):
    ada.approve(ANSWER, "Read with the leaflet.")
    assert ada.state_of(ANSWER) == "approved"

    ada.approve(EMERGENCY)
    assert ada.state_of(EMERGENCY) == "waiting"
    ada.goto(f"/sign/{EMERGENCY}")
    ada.sees("They need a second approver, not you.")
    assert clinic_chat().exit_code() == 2, "clinic mode starts without an emergency message that two people signed"
    bea.approve(EMERGENCY)
    assert bea.state_of(EMERGENCY) == "approved"
    chat = clinic_chat().ready()
    first_words = patients_get(chat)["text"]
    assert patients_get(chat)["state"] == "approved" and patients_get(chat)["reviewed_by"] == "Dr. Ada Test"

    before = preview.source(ANSWER)
    preview.edit(ANSWER, "## short\n", "## short\nThese words are new. ")
    assert ada.state_of(ANSWER) == "changed"
    assert preview.clinic_serves(ANSWER) == before and patients_get(chat)["text"] == first_words, "an edit must not change what patients get"
    ada.approve(ANSWER)
    wait_for(lambda: "These words are new" in patients_get(chat)["text"])

    ada.goto(f"/withdraw/{ANSWER}")
    ada.sees("whoever asks for it gets this instead")
    ada.page.get_by_label("Why it is withdrawn").fill("A doubt.")
    ada.page.get_by_role("button", name="Withdraw now").click()
    ada.sees(f"{ANSWER} is withdrawn")
    wait_for(lambda: patients_get(chat)["content"] == "voice/not_approved")

    ada.goto(f"/rollback/{ANSWER}")
    ada.page.locator("section", has_not_text="These words are new").get_by_role("button", name="Approve these words again").click()
    ada.sees("Patients get them within a minute")
    wait_for(lambda: patients_get(chat)["text"] == first_words)

    ada.goto("/ledger")
    ada.sees("whole and in order")
    assert "whole and in order" in preview.ivy("approvals", "verify")
    with preview.engine.begin() as connection:
        row = connection.exec_driver_sql(f"SELECT max(number) FROM approvals WHERE item = '{EMERGENCY}'").scalar()
        connection.exec_driver_sql(f"UPDATE approvals SET note = 'nothing to see' WHERE number = {row}")
    ada.goto("/ledger")
    ada.sees(f"row {row} ({EMERGENCY}): its content was changed after it was written")
    assert f"row {row} ({EMERGENCY})" in preview.ivy("approvals", "verify")


def patients_get(chat) -> dict:
    """What a patient who presses the answer's button gets, in a conversation of their own."""
    return chat.press("brands", chat.session()).replies[0]


def test_words_changed_under_the_readers_eyes_are_not_signed_and_the_note_stays(preview, ada):
    item = "answers/about/alternatives"
    ada.goto(f"/sign/{item}")
    for check in CHECKS:
        ada.page.get_by_label(check).check()
    ada.page.get_by_label("Note").fill("A long thought.")
    preview.edit(item, "## short\n", "## short\nSuddenly. ")
    ada.page.get_by_role("button", name="Approve", exact=True).click()
    ada.sees("nothing was signed")
    assert "Suddenly" in ada.page.locator("ins").first.inner_text()
    assert ada.page.get_by_label("Note").input_value() == "A long thought." and ada.state_of(item) == "draft"


def test_half_written_comment_survives_a_login(preview, bea):
    """The cookie is gone, as after a restart of the page."""
    bea.goto("/sign/voice/greet")
    bea.page.get_by_label("Note").fill("Half a thought")
    bea.page.context.clear_cookies()
    bea.page.get_by_role("button", name="Send back").click()
    bea.page.get_by_label("Account").fill("bea")
    bea.page.get_by_label("Password").fill(PASSWORD)
    bea.page.get_by_role("button", name="Sign in").click()
    assert bea.page.get_by_label("What you wrote").input_value() == "Half a thought"
    bea.page.get_by_role("button", name="Send it").click()
    bea.sees("You sent voice/greet back, with your comment.")


def test_clinician_finds_an_item_sees_it_for_a_condition_and_tries_a_sentence(ada):
    page = ada.goto("/")
    page.get_by_label("Words", exact=True).fill("Is a headache after IVIG normal")
    playwright.expect(page.locator("#shown")).to_contain_text(re.compile("^1 of "))
    page.locator("#items").get_by_role("link", name="Is a headache after IVIG normal?").click()
    words = page.frame_locator("iframe.seen").first.locator(".ivy .words")
    playwright.expect(words).to_be_visible()
    page.get_by_label("ITP").check()
    playwright.expect(page.locator("#blocks")).to_contain_text("Shown for: ITP")

    page.get_by_role("link", name="Try a sentence").click()
    page.get_by_label("A patient writes").fill("my neck is stiff since the drip")
    page.get_by_role("button", name="Send").click(no_wait_after=True)
    playwright.expect(page.locator(".turn").first).to_contain_text("Urgent", timeout=240_000)
    assert page.locator("mark.sign").first.inner_text()
    chat = page.frame_locator("iframe.seen").locator(".card.urgent")
    playwright.expect(chat).to_contain_text("a stiff neck")
    eventually(lambda: page.locator("iframe.seen").bounding_box()["height"] >= chat.bounding_box()["height"])  # the frame is as high as its words

    page.get_by_text("This should have been otherwise").click()
    page.get_by_label("It should not have alarmed, because").select_option("idiom")
    page.get_by_role("button", name="Propose as a test of false alarms").click()
    ada.sees("The sentence is stored as a proposed test.")


PAGES = ["/login", "/", "/account", f"/sign/{ANSWER}", f"/sign/{EMERGENCY}", "/sign/clinic", "/sign-group/answers/about", f"/withdraw/{ANSWER}", f"/rollback/{ANSWER}",
         f"/history/{ANSWER}", f"/sheet/{ANSWER}", "/sheet/clinic", "/sheets/answers/about", "/ledger", "/said", f"/said?day=2030-01-01&item={ANSWER}", "/nowhere", "/accounts", "/?on=2030-01-01", "/?fate=withheld",
         f"/items/{ANSWER}", f"/items/{EMERGENCY}", f"/items/{ANSWER}?on=2030-01-01", "/items/safety/signs/stiff_neck", "/items/glossary", f"/seen/{EMERGENCY}?block=short",
         "/try", "/try?on=2030-01-01", "/proposals", "/unanswered"]


@pytest.mark.skipif(not axe.axe_core(), reason=axe.MISSING)
@pytest.mark.parametrize("path", PAGES)
def test_page_breaks_no_rule_of_wcag(ada, path):
    assert axe.violations(ada.goto(path)) == []


@pytest.mark.parametrize("path", PAGES)
def test_page_fits_a_tablet(ada, path):
    page = ada.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_longest_answers_print_on_one_sheet_with_their_sources(preview, ada):
    answers = sorted(preview.content.glob("answers/*/*.md"), key=lambda path: path.stat().st_size)
    for path in answers[-3:]:
        page = ada.goto(f"/sheet/{path.relative_to(preview.content).with_suffix('')}")
        assert page.get_by_role("heading", name="Sources").count() == 1
        assert page.pdf(format="A4").count(b"/Type /Page\n") == 1, path


def test_answer_is_signed_with_the_keyboard_alone(ada):
    page, keys = ada.goto("/sign/answers/about/ivig_vs_scig"), ada.page.keyboard
    keys.press("Tab")
    keys.press("Enter")  # "Go to the content"
    for check in CHECKS:
        _tab_to(page, f"document.activeElement.closest('label')?.innerText.includes('{check}')")
        keys.press("Space")
    _tab_to(page, "document.activeElement.value === 'approve'")
    keys.press("Enter")
    ada.sees("You approved answers/about/ivig_vs_scig.")


def _tab_to(page, reached: str, most: int = 40) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(f"Boolean({reached})"):
            return
    pytest.fail(f"the Tab key never reached {reached}")


def test_nothing_is_fetched_from_elsewhere_and_the_policy_is_never_broken(preview, ada, bea):
    """After all of the above."""
    assert {url.split("/")[2] for clinician in (ada, bea) for url in clinician.requests} == {f"127.0.0.1:{preview.port}"}
    complaints = [line for clinician in (ada, bea) for line in clinician.complaints]
    assert not [line for line in complaints if "status of" not in line], complaints
    assert "Traceback" not in preview.log()
