"""The clinician's page as a Starlette app. Each module of pages brings its routes as `pages`."""

from __future__ import annotations

from typing import Any

import structlog
import uvicorn
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.library.problems import ContentError
from bot.preview import bubbles, ending, history, item_view, login, overview, proposals, sheet, signing, trial, unanswered
from bot.preview.security import BodyLimit, SecurityHeaders
from bot.preview.site import HERE, Site
from bot.preview.visit import Refusal, Visit
from bot.project import ROOT

log = structlog.get_logger()

#: The order is that of the routes: the first that fits an address answers.
MODULES = (login, overview, item_view, trial, proposals, bubbles, signing, ending, history, sheet, unanswered)


def build_app(site: Site, hosts: tuple[str, ...] = ()) -> Starlette:
    """The app over a site. `hosts`: names it is known by besides the loopback ones (a page that another site's
    name leads to is refused, or that site could read it: DNS rebinding)."""
    middleware = [Middleware(SecurityHeaders), Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", *hosts]), Middleware(BodyLimit)]
    routes = [Mount("/static", StaticFiles(directory=HERE / "static")), Route("/favicon.svg", _icon), *(route for module in MODULES for route in module.pages.routes)]
    app = Starlette(routes=routes, middleware=middleware, exception_handlers={Refusal: _refused, ContentError: _broken, SQLAlchemyError: _unreachable, HTTPException: _not_found, Exception: _failed})
    app.state.site = site
    return app


def build_server(site: Site, port: int, hosts: tuple[str, ...] = ()) -> uvicorn.Server:
    """The app's server on the loopback address; port 0 takes a free one.

    proxy_headers: the peer's address decides who may name an account (proxy.py), and no header may change it.
    ws: Rasa pins a websockets package that uvicorn cannot load."""
    options = {"proxy_headers": False, "server_header": False, "access_log": False, "log_level": "warning", "ws": "none"}
    return uvicorn.Server(uvicorn.Config(build_app(site, hosts), host="127.0.0.1", port=port, **options))


def _icon(_request: Request) -> Response:
    return FileResponse(ROOT / "bot" / "web" / "favicon.svg")


def _refused(request: Request, error: Any) -> Response:
    return _page(request, error.status, error.message, error.repair)


def _broken(request: Request, error: Any) -> Response:
    return _page(request, 200, "This cannot be shown, because some content cannot be read.", "Repair the files below. The other pages work.", error.problems)


def _unreachable(request: Request, error: Exception) -> Response:
    log.error("preview_records_unreachable", error=type(error).__name__)
    return _page(request, 503, "The records cannot be reached, so nothing was done.", "Try again in a moment. After a form, go back first: your text is still in it.")


def _not_found(request: Request, error: Any) -> Response:
    if error.status_code == 404:
        return _page(request, 404, "There is no such page.", "Go to the overview and look for it there.")
    return _page(request, error.status_code, str(error.detail), "Go back and try another way.")


def _failed(request: Request, _error: Exception) -> Response:
    return _page(request, 500, "Something went wrong on this page, and nothing was done.", "Try again. If it happens again, tell whoever runs Ivy: the log says what it was.")


def _page(request: Request, status: int, message: str, repair: str, problems: tuple = ()) -> Response:
    """A message in place of a page. It needs no account, because the way in may be what is broken."""
    visit = getattr(request.state, "visit", None) or Visit(request, None, None)
    template = "refusal_piece.html" if visit.swapped else "refusal.html"
    return visit.page(template, 200 if visit.swapped else status, message=message, repair=repair, problems=problems)
