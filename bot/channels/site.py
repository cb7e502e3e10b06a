"""What a browser opens: the widget's script, the chat page, the page without JavaScript, the demonstration."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Callable

from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.limits import LARGEST_BODY
from bot.channels.pages import Pages, etag
from bot.channels.sessions import Session

if TYPE_CHECKING:
    from bot.channels.web import WebChannel

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
#: The script and its like may stand in any site's page, and be kept as long as they are the same.
SHARED = {**HEADERS, "Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "no-cache"}


def site(routes: Blueprint, channel: "WebChannel", on_new_message: Callable) -> None:
    """Add the routes of the pages."""
    pages = channel.pages

    @routes.get("/")
    async def chat(_: Request) -> HTTPResponse:
        return response.html(pages.page("index.html"), headers=HEADERS)

    @routes.get("/ivy.js")
    async def script(request: Request) -> HTTPResponse:
        return _file(request, pages.script(), "text/javascript; charset=utf-8")

    @routes.get("/static/<name:str>")
    async def static(request: Request, name: str) -> HTTPResponse:
        found = Pages.static(name)
        return _file(request, *found) if found else response.text("not found", 404, headers=HEADERS)

    @routes.get("/demo")
    async def demo(_: Request) -> HTTPResponse:
        if not pages.demo_mode:
            return response.text("not found", 404, headers=HEADERS)
        return response.html(pages.page("demo.html"), headers=HEADERS)

    @routes.get("/plain")
    async def before(_: Request) -> HTTPResponse:
        return response.html(pages.page("plain.html"), headers=HEADERS)

    @routes.post("/plain")
    async def plain(request: Request) -> HTTPResponse:
        return await _plain(request, channel, on_new_message)


async def _plain(request: Request, channel: "WebChannel", on_new_message: Callable) -> HTTPResponse:
    """One step of the conversation by form. The session stands in a hidden field, so no other site can write in a patient's name."""
    form = {key: str(values[0]) for key, values in request.form.items()}
    token, text = form.get("session", ""), form.get("text", "").strip()
    session = channel.sessions.open(token)
    lines, ended, status = [], False, 200
    refused = channel.refusal("too_fast", 429) if not await channel.may_ask(request) else channel.refusal("too_long", 413) if len(request.body) > LARGEST_BODY else None
    if refused:
        lines, status = [{"ivy": reply} for reply in refused.replies], refused.status
        token = token if session else channel.sessions.issue()
    elif session is None or "start" in form:
        token, ended = channel.sessions.issue(), "start" not in form
        lines = [{"ivy": reply} for reply in channel.greeting().replies]
    else:
        lines, status, token = await _step(request, channel, on_new_message, session, token, form)
    unsent = text if ended or status != 200 else ""
    return form_page(channel, token, lines, status, ended, unsent)


def form_page(channel: "WebChannel", token: str, lines: list, status: int, ended: bool = False, unsent: str = "") -> HTTPResponse:
    """The page with what was said, and an empty form."""
    page = channel.pages.page("plain.html", session=token, message=secrets.token_hex(8), lines=lines, ended=ended, unsent=unsent)
    return response.html(page, status, headers=HEADERS)


async def _step(request: Request, channel: "WebChannel", on_new_message: Callable, session: Session, token: str, form: dict) -> tuple[list, int, str]:
    """Hand the message on; the whole conversation, where it can be read, else what was just said."""
    said = {"id": form.get("message", "")[:64] or secrets.token_hex(8), "text": form.get("text", "")}
    if form.get("button"):
        said = {**said, "button": form["button"], "text": ""}
    outcome = await channel.exchange(session.conversation, said, on_new_message)
    history = await channel.history(session.conversation, getattr(request.app.ctx, "agent", None))
    now = [{"ivy": reply} for reply in outcome.replies]
    known = history.more.get("history", [])
    shown = [line["ivy"]["content"] for line in known if "ivy" in line][-len(now):]
    if shown != [line["ivy"]["content"] for line in now]:  # refused, forgotten, or not written down yet
        known = [*known, *([{"you": said["text"]}] if said["text"].strip() and outcome.status == 200 else []), *now]
    return known, outcome.status, session.renewed or token


def _file(request: Request, text: str, kind: str) -> HTTPResponse:
    mark = etag(text)
    if request.headers.get("if-none-match") == mark:
        return response.empty(304, headers={**SHARED, "ETag": mark})
    return response.text(text, headers={**SHARED, "ETag": mark}, content_type=kind)
