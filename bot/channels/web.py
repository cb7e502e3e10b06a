"""Ivy's own web channel and the chat page: signed sessions, JSON replies with their provenance.

Rasa's `rest` channel is not used: it lets the client choose the conversation and drops the metadata
(rasa/core/channels/rest.py)."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any, Awaitable, Callable, Dict, Optional, Text

import structlog
from jinja2 import Environment, FileSystemLoader, select_autoescape
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.limits import OnceOnly, RateLimit
from bot.channels.sessions import Sessions, server_secret
from bot.library.render import plain
from bot.library.service import speaker
from bot.library.speaking import Reply, Speaker

PAGE = Path(__file__).resolve().parent.parent / "web"
LARGEST_BODY = 128 * 1024  # bytes: 20,000 characters are still searched for warning signs, whatever the script
LONGEST_ID = 64
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
STATIC = {"chat.js": "text/javascript", "chat.css": "text/css", "favicon.svg": "image/svg+xml"}

log = structlog.get_logger()


class CollectedReplies(OutputChannel):
    """Gathers one message's replies for the JSON answer."""

    def __init__(self, speaks: Speaker) -> None:
        self._speaker = speaks
        self.replies: list[dict] = []

    @classmethod
    def name(cls) -> Text:
        return "web"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        self.replies.append(as_json(self._speaker, message))


def as_json(speaks: Speaker, message: Dict[Text, Any]) -> dict:
    """A reply as the page gets it: never a payload, an intent name or a patient's words."""
    wanted = ("content", "version", "state", "tier", "kind", "block", "reviewed_on", "label")
    return {
        **{key: message.get(key) for key in wanted},
        "text": plain(message["text"]),
        "html": speaks.library.renderer.html(message["text"]),
        "buttons": [{"id": button["id"], "title": button["title"]} for button in message.get("buttons") or ()],
        "sources": speaks.source_list(message.get("sources") or ()),
    }


class WebChannel(InputChannel):
    """Routes: / (the page), /static, /api/session, /api/message, /api/forget, /live, /ready."""

    def __init__(self, sessions: Optional[Sessions] = None, rate: Optional[RateLimit] = None) -> None:
        self._sessions = sessions or Sessions(server_secret())
        self._rate, self._once = rate or RateLimit(), OnceOnly()
        self._speaker = speaker()
        self._pages = Environment(loader=FileSystemLoader(str(PAGE)), autoescape=select_autoescape())

    @classmethod
    def name(cls) -> Text:
        return "web"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> "WebChannel":
        return cls()

    def url_prefix(self) -> Text:
        return ""

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        routes = Blueprint("ivy_web")

        @routes.get("/")
        async def page(_: Request) -> HTTPResponse:
            return response.html(self._page(), headers=HEADERS)

        @routes.get("/static/<name:str>")
        async def static(_: Request, name: str) -> HTTPResponse:
            if name not in STATIC:
                return response.text("not found", 404, headers=HEADERS)
            return response.text((PAGE / name).read_text(encoding="utf-8"), headers=HEADERS, content_type=STATIC[name] + "; charset=utf-8")

        @routes.post("/api/session")
        async def session(_: Request) -> HTTPResponse:
            return self._replies([self._speaker.voice("greet", self._speaker.situation())], session=self._sessions.issue())

        @routes.post("/api/message")
        async def message(request: Request) -> HTTPResponse:
            return await self._message(request, on_new_message)

        @routes.post("/api/forget")
        async def forget(request: Request) -> HTTPResponse:
            return await self._message(request, on_new_message, button="forget_me")

        @routes.get("/live")
        async def live(_: Request) -> HTTPResponse:
            return response.json({"live": True}, headers=HEADERS)

        @routes.get("/ready")
        async def ready(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            works = bool(agent and agent.is_ready())
            return response.json({"ready": works}, 200 if works else 503, headers=HEADERS)

        return routes

    async def _message(self, request: Request, on_new_message: Callable, button: str = "") -> HTTPResponse:
        """Check the request, then hand it to the guard. A refusal is a kind sentence with the safety line."""
        if len(request.body) > LARGEST_BODY:
            return self._refusal("too_long", 413)
        body = _json(request)
        if body is None:
            return self._refusal("not_text", 400)
        conversation = self._sessions.conversation(body.get("session"))
        if conversation is None:
            # the page starts a new session and sends again; whoever does not still gets the numbers
            return self._replies([self._speaker.trouble(self._speaker.situation())], 401, error="session")
        # deleting twice is deleting twice: a request without an id is never taken for a retry
        text, pressed, message_id = body.get("text", ""), button or body.get("button", ""), str(body.get("id") or secrets.token_hex(8))
        if not isinstance(text, str) or not isinstance(pressed, str) or len(message_id) > LONGEST_ID or not (text.strip() or pressed):
            return self._refusal("not_text", 400)
        if pressed and not self._known(pressed):
            text, pressed = pressed, ""
        if not self._rate.allows(conversation):
            return self._refusal("too_fast", 429)

        async def work() -> list[dict]:
            output = CollectedReplies(self._speaker)
            await on_new_message(UserMessage(text, output, conversation, input_channel="web", message_id=f"{conversation}:{message_id}", metadata={"button": pressed}))
            return output.replies

        try:
            replies = await self._once.run((conversation, message_id, pressed, text), work)
        except Exception as error:  # noqa: BLE001 - a patient never sees a stack trace
            log.error("message_failed", error=type(error).__name__)
            return self._replies([self._speaker.trouble(self._speaker.situation())], status=500)
        return response.json({"replies": replies}, headers=HEADERS)

    def _known(self, button: str) -> bool:
        return button == "forget_me" or button in self._speaker.button_ids()

    def too_large(self, _request: Request, _error: Exception) -> HTTPResponse:
        """Sanic itself refuses a body over its own limit, before any route: in its words, were it not for this."""
        return self._refusal("too_long", 413)

    def _refusal(self, line: str, status: int) -> HTTPResponse:
        return self._replies([self._speaker.voice(line, self._speaker.situation())], status, error=line)

    def _replies(self, replies: list[Reply], status: int = 200, **more: str) -> HTTPResponse:
        return response.json({**more, "replies": [as_json(self._speaker, reply.as_dict()) for reply in replies]}, status, headers=HEADERS)

    def _page(self) -> str:
        clinic = self._speaker.situation().clinic
        trouble = self._speaker.trouble(self._speaker.situation())
        label = self._speaker.library.voice("draft_label").blocks["short"].source
        return self._pages.get_template("index.html").render(
            clinic_name=clinic.name, clinic_phone=clinic.call, clinic_hours=clinic.hours_text, emergency_number=clinic.emergency_number,
            fictional=clinic.fictional, mode=self._speaker.desk.mode, texts={"draft_label": plain(label), "service_down": plain(trouble.text)}, static="/static")


def _json(request: Request) -> Optional[dict]:
    try:
        body = request.json
    except Exception:  # noqa: BLE001 - Sanic's InvalidUsage for anything that is not JSON
        return None
    return body if isinstance(body, dict) else None
