"""Slack (docs.slack.dev, Events API and Block Kit).

Rasa's connector checks signatures well (rasa/core/channels/slack.py, `is_request_from_slack_authentic`; the same check
is in signatures.py), but it drops a sixth button, answers a repeated event again, writes Slack's ids into the tracker
and answers in public. Here a mention in a channel is answered by direct message."""

from __future__ import annotations

import html
import re
from typing import Any, Iterable, Optional
from urllib.parse import parse_qsl

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.courier import Answer, Call, Outcome, http_outcome
from bot.channels.delivery import Delivery, dig, list_at, read_json, text_at
from bot.channels.messaging import MessagingChannel
from bot.channels.metrics import count_set_aside
from bot.channels.rendering import Part
from bot.channels.settings import APIS
from bot.channels.signatures import from_slack

#: Errors of chat.postMessage that pass.
PASSING = frozenset({"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
#: Subtypes of a message that a person wrote. All others are notices, or what a bot said.
WRITTEN = frozenset({"", "file_share", "thread_broadcast", "me_message"})
_MENTION = re.compile(r"<[@!#][^>]*>\s*")
_LINK = re.compile(r"<(?:[^|>]*\|)?([^>]*)>")


class SlackChannel(MessagingChannel):
    """Direct messages, mentions, pressed buttons and edits."""

    def __init__(self, token: str, signing_secret: str, api: str = APIS["slack"], **more: Any) -> None:
        super().__init__(**more)
        self._token, self._signing_secret, self._api = token, signing_secret, api.rstrip("/")

    @classmethod
    def name(cls) -> str:
        return "slack"

    def is_authentic(self, request: Request) -> bool:
        headers = request.headers
        return from_slack(headers.get("x-slack-signature", ""), headers.get("x-slack-request-timestamp", ""), request.body, self._signing_secret)

    def deliveries(self, request: Request) -> Iterable[Delivery]:
        body = _body(request)
        if dig(body, "type") == "url_verification":
            return []
        found = _pressed(body) or _edited(body) or _written(body)
        if not found:
            count_set_aside("slack", "no_message")
        return [found] if found else []

    def received(self, request: Request) -> HTTPResponse:
        """Nothing, or the challenge by which Slack sees whether this address is ours (url_verification)."""
        body = _body(request)
        return response.text(text_at(body, "challenge")) if dig(body, "type") == "url_verification" else response.empty(200)

    def call(self, delivery: Delivery, part: Part) -> Call:
        blocks: list[dict] = [{"type": "section", "text": {"type": "mrkdwn", "text": part.text}}]
        if part.buttons:
            blocks.append({"type": "actions", "elements": [{"type": "button", "action_id": f"ivy {place}", "text": {"type": "plain_text", "text": title}, "value": button}
                                                           for place, (button, title) in enumerate(part.buttons)]})
        return Call(f"{self._api}/chat.postMessage", headers={"Authorization": f"Bearer {self._token}"},
                    json={"channel": delivery.address, "text": part.text, "blocks": blocks, "unfurl_links": False, "unfurl_media": False})

    def means(self, answer: Answer) -> Outcome:
        """Slack answers 200 with `ok` false."""
        outcome, error = http_outcome(answer), text_at(answer.body, "error")
        if outcome.why or dig(answer.body, "ok") is True:
            return outcome
        return Outcome("unreachable" if error in PASSING else "refused", error in PASSING)


def _body(request: Request) -> Any:
    """Events come as JSON, pressed buttons as a form with JSON in it."""
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return read_json(dict(parse_qsl(request.body.decode("utf-8", "replace"), max_num_fields=10_000)).get("payload", "").encode("utf-8", "replace"))
    return read_json(request.body)


def _written(body: Any) -> Optional[Delivery]:
    event, name = dig(body, "event"), text_at(body, "event_id")
    user, channel, kind = text_at(event, "user"), text_at(event, "channel"), text_at(event, "type")
    direct = dig(event, "channel_type") == "im"
    if not name or not user or not channel or dig(event, "bot_id") or text_at(event, "subtype") not in WRITTEN or not (kind == "app_mention" or kind == "message" and direct):
        return None
    text, attached = _plain(text_at(event, "text")), bool(list_at(event, "files"))
    return Delivery(name, _person(body, user), channel if direct else user, "slack", text, line="" if text else "not_text", attached=attached and bool(text))


def _edited(body: Any) -> Optional[Delivery]:
    """A direct message whose words are others than before; that a link was unfolded is no edit."""
    event, name = dig(body, "event"), text_at(body, "event_id")
    user, now, before = text_at(event, "message", "user"), text_at(event, "message", "text"), text_at(event, "previous_message", "text")
    changed = dig(event, "subtype") == "message_changed" and dig(event, "channel_type") == "im" and now and now != before
    if not changed or not name or not user or dig(event, "message", "bot_id"):
        return None
    return Delivery(name, _person(body, user), text_at(event, "channel"), "slack", _plain(now), line="edited")


def _pressed(body: Any) -> Optional[Delivery]:
    actions = list_at(body, "actions") if dig(body, "type") == "block_actions" else []
    user, button, when = text_at(body, "user", "id"), *((text_at(actions[0], "value"), text_at(actions[0], "action_ts")) if actions else ("", ""))
    if not user or not button or not when:
        return None
    return Delivery(f"{user} {when} {button}", _person(body, user), text_at(body, "channel", "id") or user, "slack", button=button)


def _person(body: Any, user: str) -> str:
    return f"{text_at(body, 'team_id') or text_at(body, 'team', 'id')} {user}"


def _plain(text: str) -> str:
    """What was typed: without mentions, with links as they read (docs.slack.dev, "Formatting message text")."""
    return html.unescape(_LINK.sub(r"\1", _MENTION.sub("", text))).strip()
