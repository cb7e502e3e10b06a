"""Which websites may talk to Ivy: the allow-list of IVY_ORIGINS, and the CORS headers that tell browsers so.

A browser names the page's origin in each request that crosses origins (Fetch Standard, "CORS protocol")."""

from __future__ import annotations

import os
import re
from typing import Iterable, Optional
from urllib.parse import urlsplit

from bot.settings import SettingError

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")
PREFLIGHT_SECONDS = 600


class Origins:
    """The websites on which Ivy may stand, besides its own page. Raises SettingError for what is no origin."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = frozenset(allowed)
        wrong = sorted(origin for origin in self._allowed if not _ORIGIN.fullmatch(origin))
        if wrong:
            raise SettingError(f"IVY_ORIGINS holds {', '.join(map(repr, wrong))}; write origins like https://www.clinic.example, small letters, no path, a space between two")

    @classmethod
    def of_this_installation(cls) -> "Origins":
        """Those of IVY_ORIGINS, separated by spaces. None is set: only Ivy's own page."""
        return cls(os.environ.get("IVY_ORIGINS", "").split())

    def admit(self, origin: Optional[str], host: str) -> bool:
        """Whether a request may come from there. `host` is the one that was asked: Ivy's own page. A request
        without an origin was not made by a page of another site."""
        return origin is None or origin in self._allowed or origin != "null" and urlsplit(origin).netloc == host

    def headers(self, origin: Optional[str]) -> dict:
        """What lets the browser of an allowed website read the answer. Never with credentials: there are no cookies."""
        if origin not in self._allowed:
            return {"Vary": "Origin"}
        return {"Vary": "Origin", "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": "POST",
                "Access-Control-Allow-Headers": "Content-Type, Ivy-Conversation", "Access-Control-Max-Age": str(PREFLIGHT_SECONDS)}
