"""Which websites may show the chat: those on the list and Ivy's own page, and a setting that cannot be used is named."""

from __future__ import annotations

import pytest

from bot.channels.origins import Origins
from bot.project import SettingError

CLINIC = "https://www.clinic.example"
ORIGINS = Origins([CLINIC, "http://localhost:8000"])


@pytest.mark.parametrize(("origin", "admitted"), [
    (None, True), (CLINIC, True), ("http://localhost:8000", True), ("https://ivy.example", True), ("http://ivy.example", True),
    ("https://evil.example", False), ("https://www.clinic.example.evil.example", False), ("http://www.clinic.example", False), ("https://clinic.example", False),
    ("http://localhost:8001", False), ("null", False), ("", False), ("*", False),
])
def test_origin_is_admitted_when_listed_or_own(origin, admitted):
    assert ORIGINS.admit(origin, "ivy.example") is admitted


@pytest.mark.parametrize("wrong", ["https://clinic.example/", "clinic.example", "*", "https://*.clinic.example", "null", "HTTPS://clinic.example", "ftp://clinic.example"])
def test_what_is_no_origin_is_refused_at_the_start_by_name(monkeypatch, wrong):
    monkeypatch.setenv("IVY_ORIGINS", f"{CLINIC} {wrong}")
    with pytest.raises(SettingError, match="IVY_ORIGINS") as error:
        Origins.of_this_installation()
    assert repr(wrong) in str(error.value) and CLINIC not in str(error.value).split(";")[0]


def test_browser_of_a_listed_site_may_read_and_no_other():
    assert ORIGINS.headers(CLINIC)["Access-Control-Allow-Origin"] == CLINIC
    for origin in (None, "https://evil.example", "null"):
        assert ORIGINS.headers(origin) == {"Vary": "Origin"}


def test_cookies_are_never_allowed():
    assert "Access-Control-Allow-Credentials" not in ORIGINS.headers(CLINIC)
