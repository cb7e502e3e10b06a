"""The routes of the page's modules, and the door before each: session, account, role, CSRF token."""

from __future__ import annotations

import hmac
from typing import Awaitable, Callable, Optional

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.preview import kept, proxy
from bot.preview.security import COOKIE, refuse_foreign, set_cookie
from bot.preview.sessions import Session
from bot.preview.visit import Refusal, Visit
from bot.records.accounts import Account, find_account

READ, OPEN = "read", None

Handler = Callable[[Visit], Response]


class Pages:
    """The routes of one module. A function below a decorator takes a Visit, may block, and returns a response.

    `act` is what the account's role must permit (bot/records/accounts.py, `may`); READ is every account's, OPEN
    lets in people who have not signed in."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def get(self, path: str, act: Optional[str] = READ) -> Callable[[Handler], Handler]:
        return self._route(path, "GET", act)

    def post(self, path: str, act: Optional[str]) -> Callable[[Handler], Handler]:
        """A form's target. Its CSRF token is checked before the function is called."""
        return self._route(path, "POST", act)

    def _route(self, path: str, method: str, act: Optional[str]) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            self.routes.append(Route(path, _behind_the_door(handler, act), methods=[method], name=handler.__name__))
            return handler

        return add


def _behind_the_door(handler: Handler, act: Optional[str]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        posted = request.method == "POST"
        if posted:
            refuse_foreign(request)
        form = await request.form() if posted else FormData()
        return await run_in_threadpool(_let_in, handler, act, request, form)

    return endpoint


def _let_in(handler: Handler, act: Optional[str], request: Request, form: FormData) -> Response:
    sessions, token = request.app.state.site.sessions, request.cookies.get(COOKIE)
    session = sessions.find(token)
    account = _account_of(request, session)
    if session and session.account and not account:
        sessions.end(session)
        session = None
    by_proxy = proxy.account(request)
    fresh = None
    if by_proxy and (not account or account.login != by_proxy.login):
        fresh, session = sessions.start(by_proxy.login, by_proxy.password_changed_at, by_proxy=True, old=session)
        account = by_proxy
    if session and session.by_proxy and not by_proxy:
        sessions.end(session)
        session = account = None
    if not session:
        fresh, session = sessions.start()
    visit = request.state.visit = Visit(request, session, account, form)
    answer = _answer(handler, act, visit, sessions.whose(token))
    if fresh and visit.session is session:  # a login has set a cookie of its own
        set_cookie(answer, fresh, request)
    return answer


def _answer(handler: Handler, act: Optional[str], visit: Visit, whose: str) -> Response:
    posted = visit.request.method == "POST"
    if act and not visit.account:
        return kept.ask_to_sign_in(visit, whose)
    if posted and not _token_is_right(visit):
        return kept.ask_again(visit)
    if act not in (READ, OPEN) and not visit.may(act):
        raise Refusal(403, f"Your role ({visit.account.role}) may not do this.", "Ask whoever keeps the accounts if you should have another role.")
    if visit.query("on") and not visit.as_of:
        raise Refusal(400, f"'{visit.query('on')[:40]}' is not a date.", "Write it as year-month-day, for example 2027-03-01.")
    return handler(visit)


def _account_of(request: Request, session: Optional[Session]) -> Optional[Account]:
    """The session's account as it is now: one that was disabled, or whose password was changed elsewhere, is out."""
    if not session or not session.account:
        return None
    account = find_account(request.app.state.site.engine, session.account)
    if not account or not account.active or account.password_changed_at != session.password_set:
        return None
    return account


def _token_is_right(visit: Visit) -> bool:
    sent = visit.request.headers.get("x-csrf-token") or str(visit.form.get("csrf", ""))
    return hmac.compare_digest(sent.encode(), visit.session.csrf.encode())
