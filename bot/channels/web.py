"""Ivy's own web channel: signed sessions, and replies as JSON (for the widget) or as a page (for a plain form).

Rasa's `rest` channel is not used: it lets the client choose the conversation and drops the metadata
(rasa/core/channels/rest.py)."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any, Awaitable, Callable, Dict, Optional, Text

import structlog
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels import schemas
from bot.channels.everywhere import Limit, Once
from bot.channels.history import lines_of
from bot.channels.limits import LARGEST_BODY, PER_MINUTE_OF_AN_ADDRESS, AddressLimit, RateLimit
from bot.channels.origins import Origins
from bot.channels.pages import Pages
from bot.channels.replies import CollectedReplies, as_json
from bot.channels.sessions import Sessions, server_secret
from bot.channels.site import form_page, site
from bot.library.service import page_texts, speaker
from bot.library.speaking import Reply
from bot.project import keep_days, whole_number
from bot.rasa.conversation_store import conversation_store
from bot.rasa.inbound import FORGET_ME
from bot.records.archive import note_said
from bot.records.helpfulness import note_helpful
from bot.sharing import sharing

HISTORY_PATIENCE = 2.0     # seconds for reading a conversation; the page waits 3

log = structlog.get_logger()


@dataclass(frozen=True)
class Outcome:
    """What a request comes to: replies as the page gets them, a status, and what else the answer says."""

    replies: list
    status: int = 200
    more: dict = field(default_factory=dict)


class WebChannel(InputChannel):
    """Routes: /api/session, message, history, forget, helpful; and the pages of bot/channels/site.py."""

    def __init__(self, sessions: Optional[Sessions] = None, rate: Optional[RateLimit] = None, addresses: Optional[AddressLimit] = None, origins: Optional[Origins] = None) -> None:
        self.sessions = sessions or Sessions(server_secret())
        self._rate, self._once = Limit("conversation", rate or RateLimit(), sharing()), Once(sharing())
        self._addresses = Limit("address", addresses or AddressLimit(whole_number("IVY_ADDRESS_LIMIT", PER_MINUTE_OF_AN_ADDRESS)), sharing())
        self._origins = origins or Origins.of_this_installation()
        self._speaker = speaker()
        self.pages = Pages(self._speaker, page_texts(), keep_days())

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
        site(routes, self, on_new_message)

        @routes.options("/api/<name:str>")
        async def preflight(request: Request, name: str) -> HTTPResponse:
            return response.empty(headers=self._origins.headers(request.headers.get("origin")))

        @routes.post("/api/<name:str>")
        async def api(request: Request, name: str) -> HTTPResponse:
            return await self._api(request, name, on_new_message)

        return routes

    async def _api(self, request: Request, name: str, on_new_message: Callable) -> HTTPResponse:
        body, refused = await self._read(request)
        if refused:
            return self._answer(request, refused)
        if name == "session":
            return self._answer(request, self.greeting())
        session = self.sessions.open(body.get("session"))
        if session is None:
            # the page starts a new session and sends again; whoever does not still gets the numbers
            return self._answer(request, self._say(self._speaker.trouble(self._speaker.situation()), 401, error="session"))
        if name in ("message", "forget"):
            outcome = await self.exchange(session.conversation, {**body, "button": "forget_me"} if name == "forget" else body, on_new_message)
        elif name == "history":
            outcome = await self.history(session.conversation, getattr(request.app.ctx, "agent", None))
        elif name == "helpful":
            outcome = await self._helpful(session.conversation, body)
        else:
            return self._answer(request, self.refusal("not_text", 404))
        return self._answer(request, outcome, session.renewed)

    async def _read(self, request: Request) -> tuple[dict, Optional[Outcome]]:
        """The body of a request, or why it is refused."""
        if not self._origins.admit(request.headers.get("origin"), request.host):
            return {}, self._say(self._speaker.trouble(self._speaker.situation()), 403, error="origin")
        if not await self.may_ask(request):
            return {}, self.refusal("too_fast", 429)
        if len(request.body) > LARGEST_BODY:
            return {}, self.refusal("too_long", 413)
        body = _json(request)
        return (body, None) if body is not None else ({}, self.refusal("not_text", 400, problems=["body: not a JSON object"]))

    async def may_ask(self, request: Request) -> bool:
        """Count a request of an address: that of the patient where SANIC_PROXIES_COUNT tells of a proxy, else whoever is connected."""
        return await self._addresses.allows(request.remote_addr or request.ip)

    async def exchange(self, conversation: str, body: dict, on_new_message: Callable) -> Outcome:
        """Check a message, then hand it to the guard. A refusal is a kind sentence with the safety line."""
        wrong = schemas.problems(schemas.MESSAGE, body)
        if wrong:
            return self.refusal("not_text", 400, problems=wrong)
        # a request without an id is never taken for a retry: deleting twice is deleting twice
        text, pressed, message_id = body.get("text", ""), body.get("button", ""), body.get("id") or secrets.token_hex(8)
        if pressed and not self._known(pressed):
            text, pressed = pressed, ""
        if not await self._rate.allows(conversation):
            return self.refusal("too_fast", 429)

        async def work() -> list[dict]:
            output = CollectedReplies(self._speaker)
            await on_new_message(UserMessage(text, output, conversation, input_channel="web", message_id=f"{conversation}:{message_id}", metadata={"button": pressed}))
            return output.replies

        try:
            replies = await self._once.run((conversation, message_id, pressed, text), work)
        except Exception as error:  # noqa: BLE001 - a patient never sees a stack trace
            log.error("message_failed", error=type(error).__name__)
            return self._say(self._speaker.trouble(self._speaker.situation()), 500)
        if any(reply["content"] == f"voice/{FORGET_ME}" for reply in replies):
            await self._once.forget(conversation)
        return Outcome(replies)

    async def history(self, conversation: str, agent: Any) -> Outcome:
        """What was said so far. Status 503 when the conversation cannot be read now."""
        try:
            tracker = await asyncio.wait_for(conversation_store(agent).retrieve_full_tracker(conversation), HISTORY_PATIENCE)
        except Exception as error:  # noqa: BLE001 - any store, any failure
            log.warning("history_unreadable", error=type(error).__name__)
            return self._say(self._speaker.trouble(self._speaker.situation()), 503, error="history")
        return Outcome([], more={"history": lines_of(tracker, self._speaker, await self._once.results(conversation))})

    async def _helpful(self, conversation: str, body: dict) -> Outcome:
        """Count whether an answer helped, once a conversation; only versions that can have been said."""
        wrong = schemas.problems(schemas.HELPFUL, body)
        if wrong:
            return Outcome([], 400, {"error": "helpful", "problems": wrong})
        content, version = body["content"], body["version"]
        item, standing = self._speaker.library.items.get(content), self._speaker.desk.standing(content)
        if item is None or item.kind != "answer" or version not in (item.version, standing and standing.version):
            return Outcome([], 400, {"error": "helpful", "problems": ["content: no such answer in that version"]})
        counted = await self._once.run((conversation, f"helpful {content} {version}"), lambda: asyncio.to_thread(note_helpful, content, version, body["helpful"]))
        return Outcome([], 200 if counted else 503, {"counted": counted})

    def greeting(self) -> Outcome:
        return self._say(self._speaker.voice("start", self._speaker.situation()), session=self.sessions.issue())

    def _known(self, button: str) -> bool:
        return button == "forget_me" or button in self._speaker.button_ids()

    def too_large(self, request: Request, _error: Exception) -> HTTPResponse:
        """Sanic itself refuses a body over its own limit, before any route: in its words, were it not for this."""
        refused = self.refusal("too_long", 413)
        if request.path == "/plain":
            return form_page(self, self.sessions.issue(), [{"ivy": reply} for reply in refused.replies], refused.status)
        return self._answer(request, refused)

    def refusal(self, line: str, status: int, **more: object) -> Outcome:
        return self._say(self._speaker.voice(line, self._speaker.situation()), status, error=line, **more)

    def _say(self, reply: Reply, status: int = 200, **more: object) -> Outcome:
        note_said(reply.as_dict())
        return Outcome([as_json(self._speaker, reply.as_dict())], status, more)

    def _answer(self, request: Request, outcome: Outcome, renewed: Optional[str] = None) -> HTTPResponse:
        more = {**outcome.more, **({"session": renewed} if renewed else {}), "replies": outcome.replies, "clinic_line": self.pages.texts()["clinic_line"]}
        return response.json(more, outcome.status, headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **self._origins.headers(request.headers.get("origin"))})


def _json(request: Request) -> Optional[dict]:
    try:
        body = request.json
    except Exception:  # noqa: BLE001 - Sanic's InvalidUsage for anything that is not JSON
        return None
    return body if isinstance(body, dict) else None
