"""Notices to a real web server and a real mail server: signed, in the clear to nobody, and every failure is a reason."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from email import message_from_string

import pytest
from receivers import ELSEWHERE, certificate, mail_server, webhook

from bot.project import ROOT
from bot.settings import SettingError
from bot.records import notices
from bot.records.notices import NoticeSettings, NotDelivered, check_settings, send

SECRET = "0123456789abcdef0123456789abcdef"
BODY = json.dumps({"id": "k1", "type": "escalation", "at": "2027-03-01T12:00:00+00:00", "tier": "emergency", "signs": ["breathing"], "content": "safety/emergency", "channel": "sms"})


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(notices, "TIMEOUT", (3, 3))


def settings(url="", **more) -> NoticeSettings:
    return NoticeSettings(webhook=url, secret=SECRET if url else "", **more)


def mail(port, host="127.0.0.1", login="", scheme="smtp") -> NoticeSettings:
    return NoticeSettings(email="nurses@clinic.example", sender="ivy@clinic.example", smtp=f"{scheme}://{login}{host}:{port}")


def test_webhook_gets_the_body_with_its_id_and_a_signature_that_its_owner_can_check():
    """As docs/notifications.md tells a receiver to."""
    with webhook(204) as clinic:
        send(settings(clinic.url), "webhook", "k1", BODY)
    ((path, headers, body),) = clinic.got
    stamp, proof = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["Ivy-Signature"]).groups()
    assert path == "/ivy" and json.loads(body) == json.loads(BODY) and headers["Idempotency-Key"] == "k1" and headers["Content-Type"] == "application/json"
    assert proof == hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest() and abs(time.time() - int(stamp)) < 60


@pytest.fixture
def is_genuine():
    """The receiver's check, as docs/notifications.md has it."""
    found = {}
    exec(re.search(r"```\n(import hashlib.*?)```", (ROOT / "docs/notifications.md").read_text(encoding="utf-8"), re.S)[1], found)  # noqa: S102 - our own page
    return found["is_genuine"]


def test_check_of_the_documentation_takes_what_ivy_sends_and_nothing_else(is_genuine):
    with webhook(200) as clinic:
        send(settings(clinic.url), "webhook", "k1", BODY)
    ((_, headers, body),) = clinic.got
    header, old = headers["Ivy-Signature"], notices.signature(SECRET, body, int(time.time()) - 301)
    assert is_genuine(SECRET, header, body)
    assert not is_genuine(SECRET, header, body + b" ") and not is_genuine(SECRET[::-1], header, body)
    assert not is_genuine(SECRET, old, body) and not is_genuine(SECRET, header.replace(header[2:12], str(int(header[2:12]) + 1)), body)


@pytest.mark.parametrize(("answer", "why", "wait"), [
    (500, "HTTP 500", None), (404, "HTTP 404", None), ((429, {"Retry-After": "90"}), "HTTP 429", 90.0), ((503, {"Retry-After": "Wed, 21 Oct 2027 07:28:00 GMT"}), "HTTP 503", None),
    ("hangs", "ReadTimeout", None), ("breaks off", "ConnectionError", None),
])
def test_receiver_on_a_bad_day_is_a_reason_and_not_an_error(answer, why, wait):
    with webhook(answer) as clinic, pytest.raises(NotDelivered, match=why) as failed:
        send(settings(clinic.url), "webhook", "k1", BODY)
    assert failed.value.wait == wait and SECRET not in str(failed.value)


def test_receiver_that_is_not_there_is_a_reason():
    with pytest.raises(NotDelivered, match="ConnectionError"):
        send(settings("http://127.0.0.1:9/ivy"), "webhook", "k1", BODY)


def test_redirect_is_not_followed():
    with webhook(200) as elsewhere, webhook((302, {"Location": elsewhere.url})) as clinic, pytest.raises(NotDelivered, match="HTTP 302"):
        send(settings(clinic.url), "webhook", "k1", BODY)
    assert elsewhere.got == []


def test_letter_says_what_was_met_and_claims_nothing_more():
    with mail_server() as box:
        send(mail(box.port), "email", "k1", BODY)
    ((sender, to, content, _),) = box.letters
    letter = message_from_string(content)
    assert (sender, to, letter["Message-ID"], letter["Auto-Submitted"]) == ("ivy@clinic.example", ["nurses@clinic.example"], "<k1@clinic.example>", "auto-generated")
    assert "emergency" in letter["Subject"] and "breathing" in letter["Subject"]
    assert "has not told them that anybody was informed" in letter.get_payload() and "signs: breathing" in letter.get_payload()


def test_letter_goes_through_starttls_and_login_to_a_server_elsewhere(tmp_path, monkeypatch):
    tls, authority = certificate(tmp_path, ELSEWHERE)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with mail_server(ELSEWHERE, tls) as box:
        send(mail(box.port, ELSEWHERE, "ivy:right%3A%20one@"), "email", "k1", BODY)
    assert box.logins == [(b"ivy", b"right: one", True)] and [encrypted for *_, encrypted in box.letters] == [True]


def test_wrong_password_is_a_reason_without_the_password(tmp_path, monkeypatch):
    tls, authority = certificate(tmp_path, ELSEWHERE)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with mail_server(ELSEWHERE, tls) as box, pytest.raises(NotDelivered, match="mail server answered 535") as failed:
        send(mail(box.port, ELSEWHERE, "ivy:hush@"), "email", "k1", BODY)
    assert "hush" not in str(failed.value) and box.letters == []


def test_server_elsewhere_without_tls_gets_nothing():
    with mail_server(ELSEWHERE) as box, pytest.raises(NotDelivered, match="SMTPNotSupportedError"):
        send(mail(box.port, ELSEWHERE, "ivy:hush@"), "email", "k1", BODY)
    assert box.letters == [] and box.logins == []


def test_server_elsewhere_whose_certificate_nobody_vouches_for_gets_nothing(tmp_path):
    tls, _ = certificate(tmp_path, ELSEWHERE)
    with mail_server(ELSEWHERE, tls) as box, pytest.raises(NotDelivered, match="SSLCertVerificationError"):
        send(mail(box.port, ELSEWHERE), "email", "k1", BODY)
    assert box.letters == []


def test_mail_server_that_is_busy_is_a_reason():
    with mail_server() as box:
        box.answers.append("451 later")
        with pytest.raises(NotDelivered, match="mail server answered 451"):
            send(mail(box.port), "email", "k1", BODY)


def test_way_that_was_turned_off_meanwhile_is_a_reason():
    with pytest.raises(NotDelivered, match="not set up any more"):
        send(NoticeSettings(), "webhook", "k1", BODY)


def test_nothing_set_is_fine_and_off():
    assert check_settings(NoticeSettings()).ways == ()


def test_whole_set_up_is_fine():
    assert check_settings(NoticeSettings("https://clinic.example/ivy", SECRET, "nurses@clinic.example", "smtp://ivy:x@mail.example:587", "ivy@clinic.example")).ways == ("webhook", "email")


def test_all_problems_are_told_at_once_with_their_settings():
    with pytest.raises(SettingError) as error:
        check_settings(NoticeSettings("http://clinic.example/ivy", "short", "nurses at clinic", "mail.example", "nobody"))
    assert [line.split()[0] for line in str(error.value).splitlines()] == ["IVY_NOTIFY_WEBHOOK", "IVY_NOTIFY_SECRET", "IVY_NOTIFY_EMAIL", "IVY_SMTP_FROM", "IVY_SMTP"]
    assert "short" not in str(error.value).replace("shorter", "")


@pytest.mark.parametrize("found", [NoticeSettings(secret=SECRET), NoticeSettings(smtp="smtp://mail.example")], ids=["webhook", "email"])
def test_half_a_set_up_is_told(found):
    with pytest.raises(SettingError, match="set both or neither"):
        check_settings(found)


def test_port_that_is_none_is_told():
    with pytest.raises(SettingError, match="IVY_SMTP names no mail server"):
        check_settings(mail("seven"))


def test_settings_do_not_show_their_secrets():
    assert SECRET not in repr(settings("https://clinic.example/ivy"))
