"""Who is talking: sessions issued and signed by this server. A client never names its conversation."""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass
from typing import Optional

from itsdangerous import BadData, URLSafeTimedSerializer

from bot.project import state_folder

LIFETIME = 12 * 3600       # seconds a token may be used after it was issued
RENEWED_AFTER = 15 * 60    # seconds after which the next answer brings a new token
LONGEST = 7 * 24 * 3600    # seconds a conversation may go on by renewing its token


@dataclass(frozen=True)
class Session:
    """An opened token: the id of its `conversation`, and another token for it, `renewed`, once this one is some minutes old."""

    conversation: str
    renewed: Optional[str]


class Sessions:
    """Issues, opens and renews session tokens: a random conversation id with the time it began, signed and dated.

    The time is part of the id, so that a token which is renewed for ever still ends."""

    def __init__(self, secret: str, lifetime: int = LIFETIME) -> None:
        self._serializer, self._lifetime = URLSafeTimedSerializer(secret, salt="ivy web session"), lifetime

    def issue(self) -> str:
        return self._serializer.dumps(f"{int(time.time()):x}-{secrets.token_hex(16)}")

    def open(self, token: object) -> Optional[Session]:
        """What a token stands for, or None for one that is forged, altered or too old."""
        try:
            # not with max_age: it refuses a token from a server whose clock is a second ahead
            name, signed = self._serializer.loads(str(token), return_timestamp=True)
            began = int(name.split("-")[0], 16)
        except (BadData, AttributeError, ValueError, TypeError, UnicodeEncodeError):  # a lone surrogate in JSON cannot be encoded
            return None
        now, at = time.time(), signed.timestamp()
        if now - began > LONGEST or now - at > self._lifetime:
            return None
        return Session(f"web-{name}", self._serializer.dumps(name) if now - at >= RENEWED_AFTER else None)


def server_secret() -> str:
    """IVY_SECRET, or one made at the first start and kept, readable by the owner only."""
    if os.environ.get("IVY_SECRET"):
        return os.environ["IVY_SECRET"]
    path = state_folder() / "secret"
    if not path.exists() or not path.read_text():  # empty after a full disk; an empty secret signs anybody's session
        made = path.with_name(f"secret.{secrets.token_hex(8)}")
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        made.replace(path)
    return path.read_text()
