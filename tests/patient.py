"""One patient in a browser, for every test of the chat: what they do, and what they see and hear."""

from __future__ import annotations

import pytest
from browsers import PATIENCE

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
PHONE, WIDE = {"width": 360, "height": 740}, {"width": 1280, "height": 860}
#: Writes down what is said in the live regions: what a screen reader would speak, in order.
LISTEN = """
() => {
  const root = document.querySelector("ivy-chat").shadowRoot;
  window.heard = [];
  for (const id of ["polite", "assertive"])
    new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((node) => window.heard.push([id, node.textContent]))))
      .observe(root.getElementById(id), { childList: true });
}
"""


class Visit:
    """One patient at the chat, on Ivy's own page or in a widget. `expect` waits for what should be seen."""

    def __init__(self, page) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda line: self._complain(line.text) if line.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self._complain(str(error)))

    def _complain(self, text: str) -> None:
        if "/favicon.ico" not in text:  # of the site itself: Firefox asks for it, and the site's policy says no
            self.complaints.append(text)

    def open(self) -> None:
        """Press the launcher of the widget."""
        self.launcher.click()

    def agree(self) -> None:
        """Press the button under the notice and wait for the greeting."""
        self.page.get_by_role("button", name="I understand. Start").click()
        playwright.expect(self.replies).to_have_count(1)

    def say(self, text: str) -> None:
        self.box.fill(text)
        self.page.get_by_role("button", name="Send", exact=True).click()

    def ask(self, text: str):
        """Say something, wait for what is said to it and give the last of that."""
        before = self.replies.count()
        self.say(text)
        playwright.expect(self.replies.nth(before)).to_be_visible()  # all of an answer is shown at once
        return self.replies.last

    def menu(self, name: str) -> None:
        self.page.get_by_role("button", name="Menu").click()
        self.page.get_by_role("button", name=name, exact=True).click()

    def listen(self) -> None:
        self.page.evaluate(LISTEN)

    @property
    def heard(self) -> list:
        """What was announced since `listen`: [region, words], in order."""
        return self.page.evaluate("window.heard")

    @property
    def focused(self) -> str:
        """The id, class or text of what has the focus, inside the chat or outside."""
        return self.page.evaluate("""() => {
          let at = document.activeElement;
          while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
          return at ? at.id || at.className || at.textContent : "";
        }""")

    @property
    def launcher(self):
        return self.page.locator(".launcher")

    @property
    def dialog(self):
        return self.page.locator(".panel")

    @property
    def box(self):
        return self.page.get_by_label("Your message to Ivy")

    @property
    def replies(self):
        return self.page.locator("#log .ivy")

    @property
    def mine(self):
        return self.page.locator("#log .you .words")

    @property
    def outage(self):
        return self.page.locator("#outage")

    def kept(self, key: str):
        """What the tab remembers."""
        return self.page.evaluate(f"sessionStorage.getItem('ivy.{key}')")
