"""What several servers know together, through Redis. Every call is bounded in time and answers None where Redis is
not set up or away: the caller then goes by what this process knows, as an Ivy on one machine always does.

What is kept there can be lost, ends by itself, and is encrypted where it may repeat a patient's words."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import time
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, AsyncIterator, Callable, Optional

import structlog
from cryptography.fernet import Fernet, InvalidToken
from redis import Redis
from redis.exceptions import LockError, RedisError
from redis.lock import Lock

PATIENCE = 0.3    # seconds for one call; a message has 2.5 in all
THREADS = 8       # calls at a time. In threads, because a busy event loop would take its own delay for that of Redis
AWAY = 2.0        # seconds for which Redis is not asked again after a call failed
LEASE = 1.5       # seconds after which a dead server's locks and claims are free; a living one renews them
RENEW = 0.4       # seconds between renewals
LONGEST = 60.0    # seconds for which a lock is renewed: what holds it longer hangs (rasa/core/constants.py, DEFAULT_LOCK_LIFETIME)
LOCK_TICK = 0.02  # seconds between two tries for a lock that another server holds
PREFIX = "ivy:"

log = structlog.get_logger()


class Sharing:
    """The link of one server. `secret`: the servers' common secret, from which names and the encryption are derived."""

    def __init__(self, url: str = "", secret: str = "") -> None:
        self.url, self._secret = url, secret.encode()
        self._redis = Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE) if url else None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sharing")
        self._cipher = Fernet(urlsafe_b64encode(self._digest("encryption")))
        self._away_until, self._told = 0.0, False

    @property
    def on(self) -> bool:
        """Whether Redis is set up."""
        return self._redis is not None

    async def answers(self) -> bool:
        """Whether Redis is there now."""
        return bool(await self._ask(lambda redis: redis.ping()))

    # ---- what is shared ----

    async def count(self, name: str, seconds: int) -> Optional[int]:
        """How often a name was counted, this time included, in the current stretch of so many seconds."""
        key = self._key("count", name, str(int(time.time() // seconds)))
        return await self._ask(lambda redis: redis.pipeline().incr(key).expire(key, seconds).execute()[0])

    async def first(self, name: str, seconds: int) -> Optional[bool]:
        """Whether nobody has come with this name for so many seconds."""
        return await self._ask(lambda redis: redis.set(self._key("first", name), b"1", nx=True, ex=seconds), empty=False)

    async def put(self, group: str, name: str, value: str, seconds: int) -> bool:
        """Keep a text under a name of a group. The group ends so many seconds after its last text. Returns whether it is kept."""

        def kept(redis: Redis) -> list:
            key, field = self._key("group", group), self._digest(name).hex()
            return redis.pipeline().hset(key, field, self._cipher.encrypt(value.encode())).expire(key, seconds).execute()

        return bool(await self._ask(kept))

    async def get(self, group: str, name: str) -> Optional[str]:
        """A text that is kept; empty where there is none."""
        kept = await self._ask(lambda redis: redis.hget(self._key("group", group), self._digest(name).hex()), empty=b"")
        return None if kept is None else self._text(kept)

    async def all(self, group: str) -> list[str]:
        """Every text of a group, in no order."""
        return [text for kept in await self._ask(lambda redis: redis.hvals(self._key("group", group))) or () if (text := self._text(kept))]

    async def drop(self, *groups: str) -> None:
        """Delete groups."""
        if groups:
            await self._ask(lambda redis: redis.delete(*(self._key("group", group) for group in groups)))

    @asynccontextmanager
    async def lock(self, name: str, patience: float) -> AsyncIterator[Optional[bool]]:
        """Keep every other server out while the block runs: True; False when another stayed in for all of
        `patience` seconds; None where nothing is shared. The lock is redis-py's own (redis.readthedocs.io, "Locks")."""
        held = await self._acquire(name, patience)
        if not held:
            yield held
            return
        renewing = asyncio.ensure_future(self._renew(held))
        try:
            yield True
        finally:
            renewing.cancel()
            await self._ask(lambda redis: held.release())

    # ---- how ----

    async def _acquire(self, name: str, patience: float) -> Any:
        """The lock; False when another server holds it all the time, None where nothing is shared."""
        end = time.monotonic() + patience
        while True:
            # released by another thread than took it
            held = await self._ask(lambda redis: self._taken(redis.lock(self._key("lock", name), timeout=LEASE, thread_local=False)), empty=False)
            if held is not False or time.monotonic() > end:
                return held
            await asyncio.sleep(LOCK_TICK)

    @staticmethod
    def _taken(lock: Lock) -> Optional[Lock]:
        return lock if lock.acquire(blocking=False) else None

    async def _renew(self, lock: Lock) -> None:
        end = time.monotonic() + LONGEST
        await asyncio.sleep(RENEW)
        while time.monotonic() < end and await self._ask(lambda redis: lock.local.token and lock.reacquire()) is not None:
            await asyncio.sleep(RENEW)

    async def _ask(self, call: Callable[[Redis], Any], empty: Any = None) -> Any:
        """What Redis answers, `empty` in the place of nothing; None while it is away."""
        if self._redis is None or self._away:
            return None
        try:
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._called, call)
        except LockError:  # it ran out while this server was too busy to renew it
            log.warning("lock_lost")
            return None
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + AWAY
            if not self._told:
                log.error("redis_away", error=type(error).__name__, means="locks, limits and ids of messages are this server's own until it is back")
            self._told = True
            return None
        if self._told:
            self._told = False
            log.info("redis_back")
        return empty if answer is None else answer

    @property
    def _away(self) -> bool:
        return time.monotonic() < self._away_until

    def _called(self, call: Callable[[Redis], Any]) -> Any:
        if self._away:  # another call found out while this one waited for a thread
            raise RedisError("away")
        return call(self._redis)

    def _key(self, *parts: str) -> str:
        """A name that leads back to no person and no conversation."""
        return PREFIX + self._digest(*parts).hex()[:40]

    def _digest(self, *parts: str) -> bytes:
        return hmac.new(self._secret, "\0".join(("ivy sharing", *parts)).encode("utf-8", "replace"), hashlib.sha256).digest()

    def _text(self, kept: bytes) -> str:
        try:
            return self._cipher.decrypt(kept).decode() if kept else ""
        except InvalidToken:  # of a server with another secret
            log.error("shared_text_unreadable")
            return ""


@lru_cache(maxsize=1)
def sharing() -> Sharing:
    """This server's link, by IVY_REDIS and IVY_SECRET."""
    return Sharing(os.environ.get("IVY_REDIS", ""), os.environ.get("IVY_SECRET", ""))


def why_unreachable(url: str) -> Optional[str]:
    """Why Redis cannot be used, or None. Blocks: for the start."""
    try:
        with Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as redis:
            redis.ping()
            return None
    except (RedisError, OSError, ValueError) as error:
        return str(error).splitlines()[0] if str(error) else type(error).__name__
