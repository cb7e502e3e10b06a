"""Signing in and out, the one-time set-up link, one's own account, and the list of accounts."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from bot.preview.kept import open_kept
from bot.preview.pages import OPEN, READ, Pages
from bot.preview.security import set_cookie
from bot.preview.visit import Refusal, Visit
from bot.records.accounts import ROLES, SHORTEST_PASSWORD, Account, AccountError, change_password, link_login, list_accounts, sign_in, use_link

LONGEST_FIELD = 300
SEALED = 2_000_000  # characters of a kept form, as it comes back from the browser

pages = Pages()


@pages.get("/login", OPEN)
def login(visit: Visit) -> Response:
    return visit.page("login.html", following=visit.query("following"), kept="", name="", problem="")


@pages.post("/login", OPEN)
def log_in(visit: Visit) -> Response:
    name, following, kept = visit.field("name", LONGEST_FIELD), visit.field("following", LONGEST_FIELD * 10), visit.field("kept", SEALED)
    try:
        account = sign_in(visit.site.engine, name, str(visit.form.get("password", "")))
    except AccountError as error:
        return visit.page("login.html", 401, following=following, kept=kept, name=name, problem=str(error))
    if not kept:
        return _signed_in(visit, account, RedirectResponse(following if _is_ours(following) else "/", 303))
    token = _begin(visit, account)
    found = open_kept(visit, kept)
    answer = visit.page("kept.html", kept=found) if found else visit.go("/")
    set_cookie(answer, token, visit.request)
    return answer


@pages.post("/logout", READ)
def log_out(visit: Visit) -> Response:
    visit.site.sessions.end(visit.session)
    token, visit.session = visit.site.sessions.start()
    visit.tell("You are signed out.")
    answer = visit.go("/login")
    set_cookie(answer, token, visit.request)
    return answer


@pages.get("/setup/{token}", OPEN)
def set_up(visit: Visit) -> Response:
    return _set_up_page(visit, "")


@pages.post("/setup/{token}", OPEN)
def set_password(visit: Visit) -> Response:
    token, password = visit.request.path_params["token"], str(visit.form.get("password", ""))
    if password != str(visit.form.get("again", "")):
        return _set_up_page(visit, "The two passwords differ. Please type the same one twice.")
    try:
        account = use_link(visit.site.engine, token, password, visit.field("login", LONGEST_FIELD), visit.field("name", LONGEST_FIELD), visit.field("role", LONGEST_FIELD) or "clinician")
    except AccountError as error:
        return _set_up_page(visit, str(error))
    visit.tell(f"Welcome, {account.name}. Your password is set and you are signed in.")
    visit.site.sessions.end_all_of(account.login)
    return _signed_in(visit, account, visit.go("/"))


@pages.get("/account", READ)
def own_account(visit: Visit) -> Response:
    return visit.page("account.html", problem="", shortest=SHORTEST_PASSWORD)


@pages.post("/account", READ)
def new_password(visit: Visit) -> Response:
    old, new = str(visit.form.get("password", "")), str(visit.form.get("new_password", ""))
    try:
        if new != str(visit.form.get("again", "")):
            raise AccountError("The two new passwords differ. Please type the same one twice.")
        account = change_password(visit.site.engine, visit.account.login, old, new)
    except AccountError as error:
        return visit.page("account.html", 422, problem=str(error), shortest=SHORTEST_PASSWORD)
    visit.tell("Your password is changed. You are signed out everywhere else.")
    visit.site.sessions.end_all_of(account.login, but=visit.session)
    return _signed_in(visit, account, visit.go("/account"))


@pages.get("/accounts", "see_accounts")
def accounts(visit: Visit) -> Response:
    return visit.page("accounts.html", accounts=list_accounts(visit.site.engine))


def _set_up_page(visit: Visit, problem: str) -> Response:
    whose = link_login(visit.site.engine, visit.request.path_params["token"])
    if whose is None:
        raise Refusal(410, "This set-up link was used already, or has ended.", "Ask whoever runs Ivy for a new one: ivy accounts link.")
    return visit.page("setup.html", 422 if problem else 200, whose=whose, roles=ROLES, problem=problem, shortest=SHORTEST_PASSWORD,
                      given={key: str(visit.form.get(key, "")) for key in ("login", "name", "role")})


def _signed_in(visit: Visit, account: Account, answer: Response) -> Response:
    set_cookie(answer, _begin(visit, account), visit.request)
    return answer


def _begin(visit: Visit, account: Account) -> str:
    """A new session in place of the visitor's: a token that somebody knew before the login is worth nothing after it."""
    token, visit.session = visit.site.sessions.start(account.login, account.password_changed_at, old=visit.session)
    visit.account = account
    return token


def _is_ours(path: str) -> bool:
    """An address of this page: not `//elsewhere`, nor what a browser takes for it."""
    return path.startswith("/") and not path.startswith(("//", "/\\"))
