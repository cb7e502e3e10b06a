"""Webhook requests as the platforms' documentation shows them, signed by the documented ways, not by Ivy's code.

Each is (method, path, headers, body). The people in them are invented."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import time
from urllib.parse import urlencode

from stand_ins import APP_SECRET, SECRET, TOKEN, VERIFY

PUBLIC, SIGNING = "https://ivy.clinic.example", "8f742231b10e8888abcd99yyyzzz85a5"
PHONE, NAME = "+15005550006", "Quillfeather"
_ids = itertools.count(10_000)


def fresh() -> int:
    return next(_ids)


# ---- Telegram: core.telegram.org/bots/api#update ----

def telegram(update: dict, secret: str | None = SECRET) -> tuple:
    headers = {"Content-Type": "application/json", **({"X-Telegram-Bot-Api-Secret-Token": secret} if secret is not None else {})}
    return "/webhooks/telegram", headers, json.dumps(update).encode()


def telegram_message(text: str | None = None, user: int = 42, update: int | None = None, kind: str = "message", chat: dict | None = None, **more) -> dict:
    person = {"id": user, "is_bot": False, "first_name": NAME, "username": NAME, "language_code": "en"}
    message = {"message_id": 7, "from": person, "chat": chat or {"id": user, "first_name": NAME, "type": "private"}, "date": int(time.time()), **more}
    return {"update_id": update or fresh(), kind: {**message, **({"text": text} if text is not None else {})}}


def telegram_press(button: str, user: int = 42) -> dict:
    message = telegram_message("Ivy's words", user)["message"]
    return {"update_id": fresh(), "callback_query": {"id": str(fresh()), "from": message["from"], "message": message, "chat_instance": "1", "data": button}}


# ---- Messenger: developers.facebook.com/docs/messenger-platform/reference/webhook-events ----

def messenger(body: dict, secret: str = APP_SECRET, raw: bytes | None = None) -> tuple:
    data = raw if raw is not None else json.dumps(body).encode()
    return "/webhooks/messenger", {"Content-Type": "application/json", "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()}, data


def messenger_event(user: str = "2468", mid: str | None = None, **what) -> dict:
    if "message" in what:
        what["message"] = {"mid": mid or f"m_{fresh()}", **what["message"]}
    return {"sender": {"id": user}, "recipient": {"id": "page"}, "timestamp": int(time.time() * 1000), **what}


def messenger_page(*events: dict) -> dict:
    return {"object": "page", "entry": [{"id": "page", "time": int(time.time() * 1000), "messaging": list(events)}]}


def messenger_text(text: str, user: str = "2468", **more) -> dict:
    return messenger_page(messenger_event(user, message={"text": text, **more}))


# ---- Twilio: twilio.com/docs/messaging/guides/webhook-request, twilio.com/docs/usage/security ----

def twilio(form: dict, token: str = TOKEN, url: str = f"{PUBLIC}/webhooks/twilio") -> tuple:
    signed = url + "".join(key + form[key] for key in sorted(form))
    signature = base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    return "/webhooks/twilio", {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}, urlencode(form).encode()


def twilio_form(text: str = "", user: str = PHONE, ours: str = "+15005550001", whatsapp: bool = False, **more) -> dict:
    prefix, sid = "whatsapp:" if whatsapp else "", f"SM{fresh():032}"
    extra = {"ProfileName": NAME, "WaId": user.lstrip("+"), "MessageType": "text"} if whatsapp else {"FromCity": "SEATTLE", "FromState": "WA", "FromZip": "", "FromCountry": "US"}
    return {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": "AC" + "0" * 32, "From": prefix + user, "To": prefix + ours,
            "Body": text, "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received", "ApiVersion": "2010-04-01", **extra, **more}


# ---- Slack: docs.slack.dev/apis/events-api, docs.slack.dev/authentication/verifying-requests-from-slack ----

def slack(body: dict | bytes, secret: str = SIGNING, at: float | None = None, content_type: str = "application/json", **headers) -> tuple:
    data, stamp = body if isinstance(body, bytes) else json.dumps(body).encode(), str(int(at or time.time()))
    signature = "v0=" + hmac.new(secret.encode(), f"v0:{stamp}:".encode() + data, hashlib.sha256).hexdigest()
    return "/webhooks/slack", {"Content-Type": content_type, "X-Slack-Signature": signature, "X-Slack-Request-Timestamp": stamp, **headers}, data


def slack_event(user: str = "U061F7AUR", event_id: str | None = None, **event) -> dict:
    event = {"type": "message", "channel": "D024BE91L", "channel_type": "im", "user": user, "ts": f"{time.time():.6f}", **event}
    return {"token": "gone", "team_id": "T061EG9R6", "api_app_id": "A0PNCHHK2", "event": event, "type": "event_callback", "event_id": event_id or f"Ev{fresh()}", "event_time": int(time.time())}


def slack_press(button: str, user: str = "U061F7AUR") -> bytes:
    body = {"type": "block_actions", "team": {"id": "T061EG9R6"}, "user": {"id": user, "username": NAME}, "channel": {"id": "D024BE91L"},
            "actions": [{"type": "button", "action_id": "ivy 0", "block_id": "b", "value": button, "action_ts": f"{time.time():.6f}{fresh()}"}]}
    return urlencode({"payload": json.dumps(body)}).encode()


#: One typed message of each app, and how it is forged.
WRITE = {
    "telegram": lambda text, user=1: telegram(telegram_message(text, 1000 + user)),
    "messenger": lambda text, user=1: messenger(messenger_text(text, str(2000 + user))),
    "sms": lambda text, user=1: twilio(twilio_form(text, f"+1500555{user:04}")),
    "whatsapp": lambda text, user=1: twilio(twilio_form(text, f"+1500555{user:04}", whatsapp=True)),
    "slack": lambda text, user=1: slack(slack_event(f"U{user}", text=text)),
}
HANDSHAKE = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}
