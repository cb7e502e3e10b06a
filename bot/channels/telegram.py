"""Telegram (core.telegram.org/bots/api).

Replaces rasa/core/channels/telegram.py, which cannot tell Telegram from anybody else, lets everybody set the
webhook, takes an edited message for a new one and fails on buttons of more than 64 bytes."""

from __future__ import annotations

from functools import partial
from typing import Any, Iterable, Optional

from sanic.request import Request

from bot.channels.courier import Answer, Call, Outcome, http_outcome, seconds
from bot.channels.delivery import Delivery, dig, number_at, read_json, text_at
from bot.channels.messaging import MessagingChannel
from bot.channels.metrics import count_set_aside
from bot.channels.rendering import Part
from bot.channels.settings import APIS
from bot.channels.signatures import from_telegram

#: What Telegram's own buttons and habits type (core.telegram.org/bots/features#global-commands).
COMMANDS = {"/start": "greet", "/help": "what_can_you_do", "/forget": "forget_me"}
#: Notices of the app itself in a private chat, to which a reply would be strange.
NOTICES = frozenset({"pinned_message", "message_auto_delete_timer_changed", "new_chat_members", "left_chat_member", "chat_background_set",
                     "write_access_allowed", "users_shared", "chat_shared", "boost_added"})


class TelegramChannel(MessagingChannel):
    """Messages, pressed buttons and edits of private chats; in a group only where to write."""

    def __init__(self, token: str, secret: str, api: str = APIS["telegram"], **more: Any) -> None:
        super().__init__(**more)
        self._token, self._secret, self._api = token, secret, api.rstrip("/")

    @classmethod
    def name(cls) -> str:
        return "telegram"

    def is_authentic(self, request: Request) -> bool:
        return from_telegram(request.headers.get("x-telegram-bot-api-secret-token", ""), self._secret)

    def deliveries(self, request: Request) -> Iterable[Delivery]:
        update = read_json(request.body)
        found = _pressed(update) or _written(update, "message") or _written(update, "edited_message")
        if found is None:
            count_set_aside("telegram", "no_message")
            return []
        if dig(update, "callback_query"):
            query = text_at(update, "callback_query", "id")
            self._outbox.put(f"clock {query}", partial(self._stop_clock, query))
        return [found]

    async def _stop_clock(self, query: str) -> None:
        """The pressed button shows a clock until this is said."""
        await self.courier.ask(self._method("answerCallbackQuery", {"callback_query_id": query}))

    def call(self, delivery: Delivery, part: Part) -> Call:
        rows = [[{"text": title, "callback_data": button}] for button, title in part.buttons]
        return self._method("sendMessage", {"chat_id": delivery.address, "text": part.text, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True},
                                            **({"reply_markup": {"inline_keyboard": rows}} if rows else {})})

    def means(self, answer: Answer) -> Outcome:
        """A limit tells how long to wait in the body (#responseparameters)."""
        outcome = http_outcome(answer)
        wait = seconds(dig(answer.body, "parameters", "retry_after"))
        return Outcome(outcome.why, True, wait) if outcome.why and wait is not None else outcome

    def _method(self, name: str, body: dict) -> Call:
        return Call(f"{self._api}/bot{self._token}/{name}", json=body)


def _written(update: Any, kind: str) -> Optional[Delivery]:
    message, event = dig(update, kind), text_at(update, "update_id")
    chat, user = number_at(message, "chat", "id"), text_at(message, "from", "id")
    if not event or chat is None or NOTICES & message.keys():
        return None
    text, caption = text_at(message, "text"), text_at(message, "caption")
    if kind == "edited_message" and not text and not caption:
        return None  # a live location moves on
    line = "private_only" if dig(message, "chat", "type") != "private" else "edited" if kind == "edited_message" else "" if text or caption else "not_text"
    button = "" if line else COMMANDS.get(text.split("@")[0].split(" ")[0].lower(), "")
    return Delivery(event, f"{chat} {user}", chat, "telegram", text or caption, button, line, bool(caption and not text), number_at(message, "date"))


def _pressed(update: Any) -> Optional[Delivery]:
    query, event = dig(update, "callback_query"), text_at(update, "update_id")
    chat, user, data = number_at(query, "message", "chat", "id"), text_at(query, "from", "id"), text_at(query, "data")
    if not event or chat is None or not data:
        return None
    line = "private_only" if dig(query, "message", "chat", "type") != "private" else ""
    return Delivery(event, f"{chat} {user}", chat, "telegram", button="" if line else data, line=line)
