"""A form that arrives after its session ended is kept through the login: nothing that was written is lost.

What was sent travels sealed in the login form, for an hour, and is given back only to whoever was signed in when
it was written; it is sent on when they press the button again, never by itself. The same is done for a form
that stood open in a second window while its person signed in anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.responses import Response

from bot.preview.visit import Refusal, Visit

KEPT_SECONDS = 3600
MOST_KEPT = 512 * 1024  # characters; sealed, it must fit into the login form (security.LARGEST_BODY)
#: Never kept: the token is made anew, and a password belongs in no page.
LEFT_OUT = ("csrf", "password", "new_password", "again")


@dataclass(frozen=True)
class Kept:
    """A form on its way: where it goes, its fields, and whose it is ('' when that is not known any more)."""

    path: str
    fields: tuple[tuple[str, str], ...]
    whose: str

    @property
    def words(self) -> tuple[tuple[str, str], ...]:
        """The fields that somebody wrote, to be shown; the others go along unseen."""
        return tuple((name, value) for name, value in self.fields if name in ("note", "sentence") and value.strip())


def ask_to_sign_in(visit: Visit, whose: str) -> Response:
    """The login page in place of what was asked for; it leads back there."""
    request = visit.request
    kept = ""
    if request.method == "POST":
        fields = _fields(visit)
        if sum(len(value) for _, value in fields) > MOST_KEPT:
            raise Refusal(413, "You were signed out, and this is too much to keep while you sign in.", "Sign in in another window, then go back here (your text is still in the form) and send it again.")
        kept = _seal(visit).dumps([request.url.path, fields, whose])
    following = request.url.path + (f"?{request.url.query}" if request.url.query else "") if request.method == "GET" else ""
    answer = visit.page("login.html", 200 if visit.swapped else 401, following=following, kept=kept, name="", problem="Please sign in." if not kept else
                        "You were signed out, because nothing happened for a while. Sign in again: what you wrote is kept.")
    if visit.swapped:  # HTMX leaves an error unseen, and would put the page into a piece of itself
        answer.headers.update({"HX-Retarget": "body", "HX-Reswap": "innerHTML"})
    return answer


def ask_again(visit: Visit) -> Response:
    """In place of a form without the session's token. One that a browser says is this site's own was open while its
    person signed in anew, and is shown to be sent again; any other is refused (Refusal)."""
    path = visit.request.url.path
    if visit.request.headers.get("sec-fetch-site") != "same-origin" or visit.swapped:
        raise Refusal(403, "This form did not come from your session, so nothing was done.",
                      "Load the page again and send it once more. If you did not send anything, close the page you came from.")
    if path == "/login":
        return visit.page("login.html", 403, following=visit.field("following"), kept=str(visit.form.get("kept", "")), name=visit.field("name"), problem="This page stood open for long. Please sign in once more.")
    if not visit.account:
        return visit.go(path)
    return visit.page("kept.html", 403, kept=Kept(path, tuple(_fields(visit)), visit.account.login))


def open_kept(visit: Visit, sealed: str) -> Optional[Kept]:
    """What was kept, or None when nothing was, it is too old, altered, or somebody else's than the account's."""
    try:
        path, fields, whose = _seal(visit).loads(sealed, max_age=KEPT_SECONDS)
    except BadData:
        return None
    if whose and visit.account and whose != visit.account.login:
        return None
    return Kept(path, tuple((name, value) for name, value in fields), whose)


def _fields(visit: Visit) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in visit.form.multi_items() if name not in LEFT_OUT]


def _seal(visit: Visit) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(visit.site.secret, salt="ivy preview kept form")
