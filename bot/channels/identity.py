"""Names for people and messages of messaging apps that lead back to nobody."""

from __future__ import annotations

import hashlib
import hmac

from bot.channels.sessions import server_secret


class Pseudonyms:
    """Keyed hashes (HMAC-SHA256 with the server's secret) in the place of phone numbers and account names.

    The same person is the same conversation as long as the secret stays; nobody without it can tell whose it is."""

    def __init__(self, secret: str = "") -> None:
        self._key = (secret or server_secret()).encode()

    def conversation(self, channel: str, user: str) -> str:
        """The conversation id of a channel's user."""
        return f"{channel}-{self._hash('conversation', channel, user)}"

    def message(self, channel: str, event: str) -> str:
        """The id of a platform's event, as trackers, records and logs have it."""
        return f"{channel}-{self._hash('message', channel, event)}"

    def _hash(self, *parts: str) -> str:
        return hmac.new(self._key, "\0".join(("ivy messaging", *parts)).encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]
