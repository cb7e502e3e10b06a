"""Proof of origin: the platforms' published examples and their own libraries pass; anything else does not."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier
from twilio.request_validator import RequestValidator

from bot.channels import signatures
from bot.channels.signatures import from_messenger, from_slack, from_telegram, from_twilio, same

#: docs.slack.dev/authentication/verifying-requests-from-slack
SLACK_SECRET, SLACK_TIME, SLACK_SIGNATURE = "8f742231b10e8888abcd99yyyzzz85a5", "1531420618", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
SLACK_BODY = (b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
              b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
              b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c")
#: twilio.com/docs/usage/security, "Validating signatures from Twilio"
TWILIO_URL, TWILIO_TOKEN, TWILIO_SIGNATURE = "https://mycompany.com/myapp.php?foo=1&bar=2", "12345", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
TWILIO_FORM = [("CallSid", "CA1234567890ABCDE"), ("Caller", "+12349013030"), ("Digits", "1234"), ("From", "+12349013030"), ("To", "+18005551212")]


@pytest.fixture
def at(monkeypatch):
    """Sets the clock of the signature check."""
    return lambda moment: monkeypatch.setattr(signatures.time, "time", lambda: float(moment))


def test_slacks_published_example_passes(at):
    at(SLACK_TIME)
    assert from_slack(SLACK_SIGNATURE, SLACK_TIME, SLACK_BODY, SLACK_SECRET)


@pytest.mark.parametrize(("late", "passes"), [(0, True), (299, True), (301, False), (-301, False), (86_400, False)])
def test_slack_request_is_taken_for_five_minutes(at, late, passes):
    at(int(SLACK_TIME) + late)
    assert from_slack(SLACK_SIGNATURE, SLACK_TIME, SLACK_BODY, SLACK_SECRET) is passes


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1e9", "１５３１４２０６１８", "1531420618.0", pytest.param("9" * 400, id="far future")])
def test_slack_time_that_is_none_is_refused(at, stamp):
    at(SLACK_TIME)
    assert not from_slack(SLACK_SIGNATURE, stamp, SLACK_BODY, SLACK_SECRET)


def test_slacks_library_agrees(at):
    at(SLACK_TIME)
    signature = SignatureVerifier("another secret").generate_signature(timestamp=SLACK_TIME, body=SLACK_BODY)
    assert from_slack(signature, SLACK_TIME, SLACK_BODY, "another secret") and not from_slack(signature, SLACK_TIME, SLACK_BODY, SLACK_SECRET)


def test_twilios_published_example_passes():
    assert from_twilio(TWILIO_SIGNATURE, TWILIO_URL, TWILIO_FORM, TWILIO_TOKEN)


@pytest.mark.parametrize("url", [TWILIO_URL.replace("bar=2", "bar=3"), TWILIO_URL.replace("https", "http"), TWILIO_URL.replace("mycompany", "yourcompany")])
def test_twilio_request_to_another_address_is_refused(url):
    assert not from_twilio(TWILIO_SIGNATURE, url, TWILIO_FORM, TWILIO_TOKEN)


def test_twilio_signature_over_the_default_port_passes():
    """Twilio signs some requests with the port and some without."""
    signature = RequestValidator("t").compute_signature("https://a.example:443/x", {"Body": "hello"})
    assert from_twilio(signature, "https://a.example/x", [("Body", "hello")], "t")


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8"))))
def test_twilios_library_agrees(form):
    signature = RequestValidator("t").compute_signature("https://a.example/x", form)
    assert from_twilio(signature, "https://a.example/x", list(form.items()), "t")
    assert not from_twilio(signature, "https://a.example/x", [*form.items(), ("Body", "more")], "t")


def test_messengers_hmac_of_the_raw_body_passes():
    body = b'{"object":"page","entry":[]}'
    signature = "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    assert from_messenger(signature, body, "secret")
    assert not from_messenger(signature, body.replace(b":", b": "), "secret"), "the same JSON, but other bytes"
    assert not from_messenger("sha1=" + hmac.new(b"secret", body, hashlib.sha1).hexdigest(), body, "secret")


@pytest.mark.parametrize("check", [
    lambda header: from_telegram(header, ""), lambda header: from_messenger(header, b"", ""),
    lambda header: from_twilio(header, "https://a.example/", [], ""), lambda header: from_slack(header, "1", b"", "")])
@pytest.mark.parametrize("header", ["", "sha256=", "None"])
def test_without_a_secret_nothing_passes(check, header):
    """An empty secret would be known to everybody."""
    assert not check(header)


@given(st.text())
def test_any_header_is_compared_without_failing(header):
    assert same(header, "token") is (header == "token")
