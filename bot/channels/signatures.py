"""Did the platform itself send this? One function a platform, each compared in constant time.

Checked on the bytes as they came: a body that was parsed and written again is another body."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from typing import Sequence
from urllib.parse import urlparse

from multidict import MultiDict
from twilio.request_validator import RequestValidator, add_port, remove_port

_SECONDS = re.compile(r"[0-9]{1,12}")
SLACK_WINDOW = 300  # seconds; docs.slack.dev, "Verifying requests from Slack"


def same(given: str, expected: str) -> bool:
    """Compared in constant time. False where nothing is expected: an empty secret proves nothing."""
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))


def from_telegram(header: str, secret: str) -> bool:
    """X-Telegram-Bot-Api-Secret-Token repeats what setWebhook was given (core.telegram.org/bots/api#setwebhook)."""
    return same(header, secret)


def from_messenger(header: str, body: bytes, app_secret: str) -> bool:
    """X-Hub-Signature-256 is HMAC-SHA256 of the raw body (developers.facebook.com, Webhooks, "Validate payloads")."""
    return bool(app_secret) and same(header, "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest())


def from_twilio(header: str, url: str, parameters: Sequence[tuple[str, str]], auth_token: str) -> bool:
    """X-Twilio-Signature over the public address and the form's fields, with the port or without it
    (twilio.com/docs/usage/security). The library's own comparison ends at the first wrong length."""
    if not auth_token:
        return False
    compute, fields, address = RequestValidator(auth_token).compute_signature, MultiDict(parameters), urlparse(url)
    return any([same(header, compute(written, fields)) for written in (remove_port(address), add_port(address))])


def from_slack(header: str, timestamp: str, body: bytes, signing_secret: str) -> bool:
    """X-Slack-Signature v0 over timestamp and raw body, no older or newer than five minutes."""
    if not signing_secret or not _SECONDS.fullmatch(timestamp) or abs(time.time() - int(timestamp)) > SLACK_WINDOW:
        return False
    return same(header, "v0=" + hmac.new(signing_secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest())
