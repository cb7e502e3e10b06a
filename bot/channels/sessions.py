"""Who is talking: sessions issued and signed by this server. A client never names its conversation."""

from __future__ import annotations

import os
import secrets
from typing import Optional

from itsdangerous import BadData, URLSafeTimedSerializer

from bot.project import state_folder

LIFETIME = 12 * 3600  # seconds a session may be used after it was issued


class Sessions:
    """Issues and opens session tokens: a random conversation id, signed and dated."""

    def __init__(self, secret: str, lifetime: int = LIFETIME) -> None:
        self._serializer, self._lifetime = URLSafeTimedSerializer(secret, salt="ivy web session"), lifetime

    def issue(self) -> str:
        return self._serializer.dumps(secrets.token_hex(16))

    def conversation(self, token: object) -> Optional[str]:
        """The conversation id of a token, or None for one that is forged, altered or too old."""
        try:
            return "web-" + self._serializer.loads(str(token), max_age=self._lifetime)
        except (BadData, TypeError, UnicodeEncodeError):  # a lone surrogate in JSON cannot be encoded
            return None


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
