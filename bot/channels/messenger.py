"""Facebook Messenger (developers.facebook.com, Messenger Platform).

Replaces rasa/core/channels/facebook.py, which checks SHA-1 only, answers a forged request with 200, fails on an unknown
digest, reads only the first event of a batch, drops more than three buttons and sends in the event loop."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Iterable, Optional

from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.courier import Answer, Call, Outcome, http_outcome
from bot.channels.delivery import Delivery, dig, list_at, number_at, read_json, text_at
from bot.channels.messaging import MessagingChannel, OnNewMessage
from bot.channels.metrics import count_set_aside
from bot.channels.rendering import Part
from bot.channels.settings import APIS
from bot.channels.signatures import from_messenger, same

#: Error codes that pass: an unknown trouble, the service, and limits of calls (Graph API, "Handle errors" and "Rate limits").
PASSING = frozenset({1, 2, 4, 17, 32, 613, 1200, 80006})
OUTSIDE_WINDOW = 2018278  # error_subcode: sent outside of the allowed window


class MessengerChannel(MessagingChannel):
    """Messages, quick replies, pressed buttons and edits sent to a page."""

    def __init__(self, token: str, app_secret: str, verify_token: str, api: str = APIS["messenger"], **more: Any) -> None:
        super().__init__(**more)
        self._token, self._app_secret, self._verify_token, self._api = token, app_secret, verify_token, api.rstrip("/")

    @classmethod
    def name(cls) -> str:
        return "messenger"

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        routes = super().blueprint(on_new_message)

        @routes.get(self.path())
        async def handshake(request: Request) -> HTTPResponse:
            """Meta asks once whether this address wants its events ("Verification requests")."""
            asked = request.args.get("hub.mode") == "subscribe" and same(request.args.get("hub.verify_token", ""), self._verify_token)
            return response.text(request.args.get("hub.challenge", "")) if asked else response.empty(403)

        return routes

    def is_authentic(self, request: Request) -> bool:
        return from_messenger(request.headers.get("x-hub-signature-256", ""), request.body, self._app_secret)

    def deliveries(self, request: Request) -> Iterable[Delivery]:
        body = read_json(request.body)
        events = [event for entry in list_at(body, "entry") for event in list_at(entry, "messaging")] if dig(body, "object") == "page" else []
        found = [_message(event) or _postback(event) or _edit(event) for event in events]
        if None in found or not found:
            count_set_aside("messenger", "no_message")  # read, delivered, a reaction, an echo of what Ivy said
        return [delivery for delivery in found if delivery]

    def call(self, delivery: Delivery, part: Part) -> Call:
        replies = [{"content_type": "text", "title": title, "payload": button} for button, title in part.buttons]
        proof = hmac.new(self._app_secret.encode(), self._token.encode(), hashlib.sha256).hexdigest()
        return Call(f"{self._api}/me/messages", query={"access_token": self._token, "appsecret_proof": proof},
                    json={"recipient": {"id": delivery.address}, "messaging_type": "RESPONSE", "message": {"text": part.text, **({"quick_replies": replies} if replies else {})}})

    def means(self, answer: Answer) -> Outcome:
        """The Graph API tells its limits and troubles by a code in the body, mostly with status 400."""
        outcome = http_outcome(answer)
        if dig(answer.body, "error", "error_subcode") == OUTSIDE_WINDOW:
            return Outcome("too_late")
        passing = dig(answer.body, "error", "code") in PASSING or dig(answer.body, "error", "is_transient") is True
        return Outcome("rate_limited", True, outcome.wait) if outcome.why and passing else outcome


def _delivery(event: Any, name: str, **what: Any) -> Optional[Delivery]:
    user, sent = text_at(event, "sender", "id"), number_at(event, "timestamp")
    if not user or not name:
        return None
    return Delivery(name, user, user, "messenger", sent=None if sent is None else sent / 1000, **what)


def _message(event: Any) -> Optional[Delivery]:
    message = dig(event, "message")
    if not isinstance(message, dict) or message.get("is_echo") or message.get("is_deleted"):
        return None
    text, attached = text_at(message, "text"), bool(message.get("attachments"))
    return _delivery(event, text_at(message, "mid"), text=text, button=text_at(message, "quick_reply", "payload"), line="" if text else "not_text", attached=attached and bool(text))


def _postback(event: Any) -> Optional[Delivery]:
    payload = text_at(event, "postback", "payload")
    name = text_at(event, "postback", "mid") or f"{text_at(event, 'sender', 'id')} {text_at(event, 'timestamp')} {payload}"
    return _delivery(event, name, button=payload) if payload else None


def _edit(event: Any) -> Optional[Delivery]:
    text, mid = text_at(event, "message_edit", "text"), text_at(event, "message_edit", "mid")
    return _delivery(event, f"{mid} {text_at(event, 'message_edit', 'num_edit')}", text=text, line="edited") if text and mid else None
