"""One request to the clinician's page: who asks, what they may do, what they sent, and how they are answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Optional
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.preview.contents import Shelf
from bot.preview.review import Review
from bot.preview.sessions import Session
from bot.records.accounts import Account, may

#: No page needs more of anybody's words than this at once (characters).
LONGEST_NOTE = 5_000


class Refusal(Exception):
    """A request that is refused: the page says `message`, and `repair`, what to do."""

    def __init__(self, status: int, message: str, repair: str = "") -> None:
        self.status, self.message, self.repair = status, message, repair
        super().__init__(message)


@dataclass
class Visit:
    """What a page's function gets. `account` is None only on public pages; `form` is empty for a GET."""

    request: Request
    session: Optional[Session]
    account: Optional[Account] = None
    form: FormData = field(default_factory=FormData)

    @property
    def site(self) -> Any:
        """The application's Site: engine, contents, sessions."""
        return self.request.app.state.site

    @cached_property
    def shelf(self) -> Shelf:
        """The content as it is now."""
        return self.site.contents.shelf()

    @cached_property
    def review(self) -> Review:
        """The files, the rules and the ledger as they are now. Raises ContentError when the rules cannot be read."""
        return Review.read(self.site.engine, self.site.contents.root)

    @cached_property
    def as_of(self) -> Optional[date]:
        """The day that `?on=` asks for; None for today, and for what is no date (refused at the door, pages.py)."""
        try:
            return date.fromisoformat(self.query("on"))
        except ValueError:
            return None

    @property
    def today(self) -> date:
        """Today, where the clinic is."""
        clinic = self.shelf.library.clinic
        return datetime.now(ZoneInfo(clinic.time_zone) if clinic else None).date()

    @property
    def day(self) -> date:
        return self.as_of or self.today

    @property
    def swapped(self) -> bool:
        """True when HTMX asks for a piece of the page."""
        return self.request.headers.get("hx-request") == "true" and not self.request.headers.get("hx-boosted")

    def query(self, name: str) -> str:
        return self.request.query_params.get(name, "")

    def field(self, name: str, longest: int = LONGEST_NOTE) -> str:
        """A field of the form, without space around it. Raises Refusal when it is longer than so many characters."""
        value = str(self.form.get(name, "")).strip().replace("\r\n", "\n").replace("\0", "")  # PostgreSQL keeps no NUL
        if len(value) > longest:
            raise Refusal(413, f"The field '{name}' holds {len(value):,} characters; at most {longest:,} can be kept.",
                          "Go back (your text is still in the form), shorten it and send it again.")
        return value

    def may(self, act: str) -> bool:
        """Whether the account's role permits an act (bot/records/accounts.py)."""
        return self.account is not None and may(self.account.role, act)

    def tell(self, text: str, kind: str = "done") -> None:
        """Say something on the next page. `kind`: done or problem."""
        self.session.messages.append((kind, text))

    def link(self, path: str, **query: object) -> str:
        """An address within the page; a chosen day stays chosen."""
        kept = {"on": self.as_of.isoformat() if self.as_of else "", **query}
        asked = urlencode({key: value for key, value in kept.items() if value not in ("", None)})
        return quote(path) + (f"?{asked}" if asked else "")

    def page(self, template: str, status: int = 200, **context: object) -> Response:
        """Render a template of templates/; it also sees `visit`, `shelf` and `link`."""
        text = self.site.templates.get_template(template).render(visit=self, shelf=self.shelf, link=self.link, **context)
        return HTMLResponse(text, status)

    def go(self, path: str, **query: object) -> Response:
        """After a form: show another page."""
        return RedirectResponse(self.link(path, **query), 303)
