"""What protects the page in the browser and before the first line of a handler: headers, host, size, origin, cookie."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response

from bot.preview.visit import Refusal

COOKIE = "ivy_preview"
LARGEST_BODY = 1024 * 1024  # bytes of one form: a reviewed group of long items fits ten times over
GIVE_UP_BODY = 64 * 1024 * 1024  # bytes after which the connection may break
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class SecurityHeaders:
    """Puts HEADERS on every response, those of errors too (ASGI middleware)."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class BodyLimit:
    """Refuses a body that is larger than any form of the page (ASGI middleware). What is too much is read and
    thrown away: a browser shows no answer that comes while it is still sending."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        taken = 0

        async def receive_some() -> Any:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            while taken > LARGEST_BODY and message.get("more_body") and taken < GIVE_UP_BODY:
                message = await receive()
                taken += len(message.get("body", b""))
            if taken > LARGEST_BODY:
                raise Refusal(413, f"That is more than {LARGEST_BODY // 1024} kilobytes, more than any form here needs. Nothing was done.",
                              "Go back (your text is still in the form), shorten it and send it again.")
            return message

        await self._app(scope, receive_some if scope["type"] == "http" else receive, send)


def refuse_foreign(request: Request) -> None:
    """Raise Refusal for a form that another site sent. Browsers say where a form comes from: Sec-Fetch-Site
    (W3C Fetch Metadata), older ones Origin; who says neither is no browser, and has no session to abuse."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    foreign = site not in ("same-origin", "none") if site else bool(origin) and urlsplit(origin).netloc != request.headers.get("host")
    if foreign:
        raise Refusal(403, "This form was sent by another site, so nothing was done.", "Open this page by its own address and use the form there.")


def is_https(request: Request) -> bool:
    """Whether the browser speaks https. The header may be anybody's: believing it only makes the cookie stricter."""
    return "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))


def set_cookie(response: Response, token: str, request: Request) -> None:
    """A cookie of this browser session only; sessions.py decides when it ends."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=is_https(request), path="/")
