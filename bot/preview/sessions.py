"""Who is signed in: sessions kept by this process only, so that a restart signs everybody out."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Callable, Optional

# Half an hour idle and twelve hours in all: OWASP ASVS 4.0.3, 3.3.2, level 2.
IDLE_SECONDS = 30 * 60
LIFETIME_SECONDS = 12 * 3600
#: Visitors who have not signed in yet hold a session too (their login form needs a token); so many at most.
MOST_VISITORS = 500


@dataclass
class Session:
    """One browser. `account` is a login, empty before signing in; `data` is for pages to remember things in, until logout."""

    key: str
    csrf: str
    begun: float
    seen: float
    account: str = ""
    password_set: str = ""
    by_proxy: bool = False
    messages: list = field(default_factory=list)
    data: dict = field(default_factory=dict)

    def take_messages(self) -> list[tuple[str, str]]:
        """What is to be said on the next page: (kind, text); told once."""
        messages, self.messages = self.messages, []
        return messages


class Sessions:
    """Sessions by the hash of their token: the store itself opens no door."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._ended: dict[str, tuple[float, str]] = {}

    def start(self, account: str = "", password_set: str = "", by_proxy: bool = False, old: Optional[Session] = None) -> tuple[str, Session]:
        """A new session and its token. At login the old one ends with its token (OWASP ASVS 4.0.3, 3.2.1)."""
        token, now = secrets.token_urlsafe(32), self._clock()
        session = Session(_key(token), secrets.token_urlsafe(32), now, now, account, password_set, by_proxy)
        with self._lock:
            if old:
                session.messages = old.messages
                self._sessions.pop(old.key, None)
            self._forget_old(now)
            self._sessions[session.key] = session
        return token, session

    def find(self, token: Optional[str]) -> Optional[Session]:
        """The session of a token, or None when it is unknown, idle for too long or too old."""
        with self._lock:
            session, now = self._sessions.get(_key(token or "")), self._clock()
            if session and (now - session.seen > IDLE_SECONDS or now - session.begun > LIFETIME_SECONDS):
                self._end(session, now)
                return None
            if session:
                session.seen = now
            return session

    def whose(self, token: Optional[str]) -> str:
        """Whose session a token was, when it ended by itself not long ago: what was being written is theirs alone."""
        return self._ended.get(_key(token or ""), (0.0, ""))[1]

    def end(self, session: Session) -> None:
        with self._lock:
            self._sessions.pop(session.key, None)

    def end_all_of(self, account: str, but: Optional[Session] = None) -> None:
        """Sign an account out everywhere, except where it is now."""
        with self._lock:
            self._sessions = {key: found for key, found in self._sessions.items() if found.account != account or found is but}

    def _end(self, session: Session, now: float) -> None:
        self._sessions.pop(session.key, None)
        self._ended[session.key] = (now, session.account)

    def _forget_old(self, now: float) -> None:
        for session in [*self._sessions.values()]:
            if now - session.seen > IDLE_SECONDS:
                self._end(session, now)
        self._ended = {key: (at, whose) for key, (at, whose) in self._ended.items() if now - at < LIFETIME_SECONDS}
        visitors = sorted((found for found in self._sessions.values() if not found.account), key=lambda found: found.seen)
        for session in visitors[: max(0, len(visitors) - MOST_VISITORS + 1)]:
            self._sessions.pop(session.key, None)


def _key(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
