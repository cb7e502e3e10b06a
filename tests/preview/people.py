"""The clinician's page on a port of its own, and people who use it by HTTP."""

from __future__ import annotations

import re
import threading
import time
from html import unescape

import requests
from small_content import Folder

from bot.preview.app import build_server
from bot.preview.site import Site
from bot.records.accounts import add_account, use_link

PASSWORD = "a few words together"
PATIENCE = 60  # seconds: a busy machine takes its time
APPLES, GREET, EMERGENCY = "answers/fruit/apples", "voice/greet", "safety/emergency"


class Running:
    """A page that is served. `person` gives somebody who has signed in."""

    def __init__(self, site: Site, content: Folder) -> None:
        self.site, self.content = site, content
        self._server = build_server(site, 0)
        threading.Thread(target=self._server.run, daemon=True).start()
        while not self._server.started:
            time.sleep(0.01)
        self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        self._server.should_exit = True

    def person(self, login: str, role: str = "clinician", name: str = "") -> "Person":
        """An account made and signed in."""
        use_link(self.site.engine, add_account(self.site.engine, login, name or f"Dr. {login.capitalize()} Test", role), PASSWORD)
        person = Person(self.url)
        assert person.sign_in(login).status_code == 303
        return person


class Person:
    """A browser without JavaScript."""

    def __init__(self, url: str) -> None:
        self.url, self._http = url, requests.Session()

    def get(self, path: str, **more) -> requests.Response:
        return self._http.get(self.url + path, allow_redirects=False, timeout=PATIENCE, **more)

    def post(self, path: str, fields=(), token: str | None = None, **more) -> requests.Response:
        """Send a form with the session's token, or another one."""
        data = [("csrf", self.token() if token is None else token), *(fields.items() if isinstance(fields, dict) else fields)]
        return self._http.post(self.url + path, data=data, allow_redirects=False, timeout=PATIENCE, **more)

    def token(self) -> str:
        return hidden(self.get("/login"), "csrf")

    def sign_in(self, login: str, password: str = PASSWORD, **more) -> requests.Response:
        return self.post("/login", {"name": login, "password": password, **more})

    def cookie(self) -> str | None:
        return self._http.cookies.get("ivy_preview")

    def form_of(self, item: str, act: str, **more) -> list[tuple[str, str]]:
        """The signing form of an item as its page shows it, filled in."""
        page = self.get(f"/sign/{item}")
        fields = [(name, hidden(page, name)) for name in ("item", "ticked", f"version:{item}", f"shown:{item}")]
        checks = re.findall(r'name="checked" value="([^"]+)"', page.text)
        until = re.search(r'name="until" value="([^"]+)"', page.text)
        given = {"note": "", "until": until[1] if until else "", **more}
        return [*fields, ("act", act), *given.items(), *(("checked", check) for check in checks)]

    def sign(self, item: str, act: str = "approve", **more) -> requests.Response:
        return self.post("/sign", self.form_of(item, act, **more))


def hidden(page: requests.Response, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'<input type="hidden" name="{re.escape(name)}" value="([^"]*)"', page.text)
    assert found, f"no field {name} in:\n{page.text[:2000]}"
    return unescape(found[1])


def words(page: requests.Response) -> str:
    """What a person reads on a page."""
    body = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", page.text.split("<body", 1)[-1].split(">", 1)[-1], flags=re.S)
    return " ".join(unescape(body).split())
