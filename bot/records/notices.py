"""The two ways by which a clinic may be told of an alert: a signed webhook, an e-mail. Both are off until they are set up.

docs/notifications.md tells a receiver what is sent and how its signature is checked."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import smtplib
import ssl
import time
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from typing import Optional
from urllib.parse import unquote, urlsplit

import requests

from bot.settings import SECRET_LENGTH, SettingError

TIMEOUT = (3, 10)  # seconds to connect, and to wait for an answer
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
TIER_WORDS = {"emergency": "told to call the emergency number now", "urgent": "told to call the care team now"}


class NotDelivered(Exception):
    """A try that failed. `wait`: seconds that the receiver asks for, None when it says nothing."""

    def __init__(self, why: str, wait: Optional[float] = None) -> None:
        super().__init__(why)
        self.wait = wait


@dataclass(frozen=True, repr=False)
class NoticeSettings:
    """What is set up; a way whose address is empty is off. Never shown or logged: it holds secrets."""

    webhook: str = ""
    secret: str = ""
    email: str = ""
    smtp: str = ""
    sender: str = ""

    @property
    def ways(self) -> tuple[str, ...]:
        return tuple(way for way, address in (("webhook", self.webhook), ("email", self.email)) if address)


def read_settings() -> NoticeSettings:
    """From the environment, as it is; `check_settings` says whether it can be used."""
    return NoticeSettings(os.environ.get("IVY_NOTIFY_WEBHOOK", "").strip(), os.environ.get("IVY_NOTIFY_SECRET", "").strip(),
                          os.environ.get("IVY_NOTIFY_EMAIL", "").strip(), os.environ.get("IVY_SMTP", "").strip(), os.environ.get("IVY_SMTP_FROM", "").strip())


def check_settings(found: NoticeSettings) -> NoticeSettings:
    """The same settings. Raises SettingError with every problem of both ways and its repair."""
    problems = []
    if found.webhook:
        address = urlsplit(found.webhook)
        if not address.hostname or address.scheme not in ("https", "http") or address.scheme == "http" and address.hostname not in THIS_MACHINE:
            problems.append("IVY_NOTIFY_WEBHOOK is no https:// address; http:// is for this machine only")
        if len(found.secret) < SECRET_LENGTH:
            problems.append(f"IVY_NOTIFY_SECRET is shorter than {SECRET_LENGTH} characters; the receiver knows by it that a notice is yours: openssl rand -hex 32 makes one")
    elif found.secret:
        problems.append("IVY_NOTIFY_SECRET is set and IVY_NOTIFY_WEBHOOK is not; set both or neither")
    if found.email:
        if "@" not in found.email or any(character in found.email for character in ", \r\n"):
            problems.append("IVY_NOTIFY_EMAIL is not one e-mail address; for several people name a mailing list")
        if "@" not in found.sender:
            problems.append("IVY_SMTP_FROM is no e-mail address; set the one that notices come from")
        if urlsplit(found.smtp).scheme not in ("smtp", "smtps") or not urlsplit(found.smtp).hostname or _port(found.smtp) is None:
            problems.append("IVY_SMTP names no mail server; set it to smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465")
    elif found.smtp:
        problems.append("IVY_SMTP is set and IVY_NOTIFY_EMAIL is not; set both or neither")
    if problems:
        raise SettingError("\n".join(problems))
    return found


def send(settings: NoticeSettings, way: str, key: str, body: str) -> None:
    """Deliver a notice once. Raises NotDelivered, whose text has no secret and nothing that the receiver said."""
    if way not in settings.ways:
        raise NotDelivered("not set up any more")
    try:
        {"webhook": _post, "email": _mail}[way](settings, key, body)
    except smtplib.SMTPResponseException as error:
        raise NotDelivered(f"mail server answered {error.smtp_code}") from error
    except smtplib.SMTPRecipientsRefused as error:
        raise NotDelivered("mail server refused the recipient") from error
    except (requests.RequestException, smtplib.SMTPException, OSError) as error:
        raise NotDelivered(type(error).__name__) from error


def signature(secret: str, body: bytes, timestamp: int) -> str:
    """The value of the header Ivy-Signature: HMAC-SHA256 (RFC 2104) over the time and the body, in the form that Stripe uses
    (docs.stripe.com/webhooks, "Verify webhook signatures manually"): the time cannot be changed, so an old notice cannot be sent anew."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def _post(settings: NoticeSettings, key: str, body: str) -> None:
    content = body.encode()
    headers = {"Content-Type": "application/json", "User-Agent": "Ivy", "Idempotency-Key": key, "Ivy-Signature": signature(settings.secret, content, int(time.time()))}
    # a redirect would take the notice elsewhere; the answer's body is nobody's business and may be endless
    with requests.post(settings.webhook, data=content, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
        if not 200 <= answer.status_code < 300:
            raise NotDelivered(f"HTTP {answer.status_code}", _seconds(answer.headers.get("Retry-After", "")))


def _mail(settings: NoticeSettings, key: str, body: str) -> None:
    server = urlsplit(settings.smtp)
    local, safe = server.hostname in THIS_MACHINE, ssl.create_default_context()
    connect = smtplib.SMTP if server.scheme == "smtp" else lambda *where, **how: smtplib.SMTP_SSL(*where, **how, context=safe)
    with connect(server.hostname, _port(settings.smtp), timeout=TIMEOUT[1]) as smtp:
        smtp.ehlo()
        if server.scheme == "smtp" and (smtp.has_extn("starttls") or not local):
            smtp.starttls(context=safe)
            smtp.ehlo()
        if server.username:
            smtp.login(unquote(server.username), unquote(server.password or ""))
        smtp.send_message(_letter(settings, key, json.loads(body)))


def _letter(settings: NoticeSettings, key: str, notice: dict) -> EmailMessage:
    letter = EmailMessage()
    letter["Subject"] = f"Ivy: {notice['tier']}, {', '.join(notice['signs']) or 'no listed sign'}"
    letter["From"], letter["To"], letter["Date"] = settings.sender, settings.email, formatdate()
    letter["Message-ID"] = f"<{key}@{settings.sender.rsplit('@', 1)[-1]}>"
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note answers it
    told = TIER_WORDS.get(notice["tier"], "told nothing: this is a test")
    lines = [f"Somebody who wrote to Ivy was {told}.", "", *(f"{key}: {' '.join(notice[key]) if key == 'signs' else notice[key]}" for key in ("at", "tier", "signs", "content", "channel")),
             "", "Ivy does not know who it was, and has not told them that anybody was informed.", f"Notice {key}. It may arrive twice."]
    letter.set_content("\n".join(lines))
    return letter


def _port(address: str) -> Optional[int]:
    """None for a port that is none."""
    try:
        return urlsplit(address).port or (465 if address.startswith("smtps") else 587)
    except ValueError:
        return None


def _seconds(value: str) -> Optional[float]:
    """Retry-After in seconds (RFC 9110, 10.2.3); its other form, a date, counts as nothing said."""
    return float(value) if value.isdigit() else None
