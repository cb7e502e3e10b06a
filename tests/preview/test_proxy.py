"""Single sign-on by a proxy's header: off by default, believed from the trusted address alone."""

from __future__ import annotations

import http.client

import pytest
from people import Person, words

from bot.preview.proxy import Proxy, read_proxy
from bot.project import SettingError

HEADER = {"X-Remote-User": "ada"}


def trust(served, monkeypatch, places: str) -> None:
    monkeypatch.setenv("IVY_PREVIEW_PROXY_HEADER", "X-Remote-User")
    monkeypatch.setenv("IVY_PREVIEW_PROXY_FROM", places)
    served.site.proxy = read_proxy()


def test_header_means_nothing_while_it_is_off(served, ada):
    assert Person(served.url).get("/account", headers=HEADER).status_code == 401


def test_trusted_proxy_names_the_account(served, ada, monkeypatch):
    trust(served, monkeypatch, "127.0.0.0/8")
    page = Person(served.url).get("/account", headers=HEADER)
    assert page.status_code == 200 and "Dr. Ada Test" in words(page)


def test_header_from_anywhere_else_is_refused(served, ada, monkeypatch):
    trust(served, monkeypatch, "10.9.8.7, 192.168.0.0/16")
    page = Person(served.url).get("/account", headers=HEADER)
    assert page.status_code == 403 and "may not say who you are" in words(page)


def test_forwarded_address_is_not_believed(served, ada, monkeypatch):
    trust(served, monkeypatch, "10.9.8.7")
    assert Person(served.url).get("/account", headers={**HEADER, "X-Forwarded-For": "10.9.8.7", "Forwarded": "for=10.9.8.7"}).status_code == 403


def test_header_sent_twice_is_refused(served, ada, bea, monkeypatch):
    """As when a browser sends one of its own and the proxy adds its own to it."""
    trust(served, monkeypatch, "127.0.0.1")
    link = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=20)
    link.putrequest("GET", "/account")
    for name in ("ada", "bea"):
        link.putheader("X-Remote-User", name)
    link.endheaders()
    assert link.getresponse().status == 403
    link.close()


def test_session_of_the_proxy_ends_with_the_header(served, ada, monkeypatch):
    trust(served, monkeypatch, "127.0.0.1")
    person = Person(served.url)
    assert person.get("/account", headers=HEADER).status_code == 200
    assert person.get("/account").status_code == 401


def test_another_name_is_another_session(served, ada, bea, monkeypatch):
    trust(served, monkeypatch, "127.0.0.1")
    person = Person(served.url)
    person.get("/account", headers=HEADER)
    assert "Dr. Bea Test" in words(person.get("/account", headers={"X-Remote-User": "bea"}))


def test_name_without_an_account_is_told_whom_to_ask(served, monkeypatch):
    trust(served, monkeypatch, "127.0.0.1")
    page = Person(served.url).get("/", headers={"X-Remote-User": "nobody"})
    assert page.status_code == 403 and "ivy accounts add" in words(page)


@pytest.mark.parametrize(("header", "places"), [("X-Remote-User", ""), ("", "127.0.0.1"), ("X_Remote_User", "127.0.0.1"), ("X-Remote-User", "here")])
def test_setting_that_cannot_be_used_is_named(monkeypatch, header, places):
    monkeypatch.setenv("IVY_PREVIEW_PROXY_HEADER", header)
    monkeypatch.setenv("IVY_PREVIEW_PROXY_FROM", places)
    with pytest.raises(SettingError, match="IVY_PREVIEW_PROXY"):
        read_proxy()


def test_without_settings_no_address_is_trusted():
    assert read_proxy() == Proxy() and not Proxy().trusts("127.0.0.1")
