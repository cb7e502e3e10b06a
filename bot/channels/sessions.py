"""Who is talking: sessions issued and signed by this server. A client never names its conversation."""

from __future__ import annotations

import os
import secrets
import time
from typing import Optional

from itsdangerous import BadData, URLSafeTimedSerializer

from bot.project import state_folder

LIFETIME = 12 * 3600       # seconds a token may be used after it was issued
RENEWED_AFTER = 15 * 60    # seconds after which the next answer brings a new token
LONGEST = 7 * 24 * 3600    # seconds a conversation may go on by renewing its token


class Sessions:
    """Issues, opens and renews session tokens: a random conversation id with the time it began, signed and dated.

    The time is part of the id, so that a token which is renewed for ever still ends."""

    def __init__(self, secret: str, lifetime: int = LIFETIME) -> None:
        self._serializer, self._lifetime = URLSafeTimedSerializer(secret, salt="ivy web session"), lifetime

    def issue(self) -> str:
        return self._serializer.dumps(f"{int(time.time()):x}-{secrets.token_hex(16)}")

    def conversation(self, token: object) -> Optional[str]:
        """The conversation id of a token, or None for one that is forged, altered or too old."""
        opened = self._open(token)
        return f"web-{opened[0]}" if opened else None

    def renewed(self, token: object) -> Optional[str]:
        """Another token for the same conversation, once this one is some minutes old; else None."""
        opened = self._open(token)
        return self._serializer.dumps(opened[0]) if opened and time.time() - opened[1] >= RENEWED_AFTER else None

    def _open(self, token: object) -> Optional[tuple[str, float]]:
        """What was signed, and when."""
        try:
            # not with max_age: it refuses a token from a server whose clock is a second ahead
            name, signed = self._serializer.loads(str(token), return_timestamp=True)
            began = int(name.split("-")[0], 16)
        except (BadData, AttributeError, ValueError, TypeError, UnicodeEncodeError):  # a lone surrogate in JSON cannot be encoded
            return None
        now = time.time()
        return (name, signed.timestamp()) if now - began <= LONGEST and now - signed.timestamp() <= self._lifetime else None


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
