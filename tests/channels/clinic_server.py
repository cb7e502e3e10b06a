"""The channels on a real HTTP server, with an agent that says what it is told to, and stand-ins for the platforms."""

from __future__ import annotations

import itertools
import socket
from contextlib import contextmanager
from functools import lru_cache

import aiohttp
import payloads
import pytest
import stand_ins
from rasa.core.channels.channel import register
from sanic import Sanic
from sanic.touchup.service import TouchUp

from bot.channels.courier import Courier
from bot.channels.identity import Pseudonyms
from bot.channels.messenger import MessengerChannel
from bot.channels.slack import SlackChannel
from bot.channels.telegram import TelegramChannel
from bot.channels.twilio import TwilioChannel

ANSWER = {"text": "It often starts within **a few days**.", "content": "answers/expectations/how_fast", "version": "v", "kind": "answer", "state": "draft", "tier": "none", "sources": [], "label": "Draft."}
_names = itertools.count()


class FakeAgent:
    """Stands where Rasa and the guard stand. `says`: the replies to each message; `heard`: the messages."""

    def __init__(self) -> None:
        self.says, self.heard, self.before = [ANSWER], [], None

    async def handle_message(self, message) -> None:
        self.heard.append(message)
        if self.before:
            await self.before(message)
        for reply in self.says:
            await message.output_channel.send_response(message.sender_id, dict(reply))


class Clinic:
    """A server with all four channels, and the four platforms."""

    def __init__(self) -> None:
        self.agent = FakeAgent()
        self.platforms = {"telegram": stand_ins.Telegram(), "messenger": stand_ins.Messenger(), "twilio": stand_ins.Twilio(), "slack": stand_ins.Slack()}

    async def start(self, more=()) -> "Clinic":
        urls = {name: (await platform.start()).url for name, platform in self.platforms.items()}
        kept = lambda: {"courier": Courier(timeout=2, first_wait=0.1, patience=20), "pseudonyms": Pseudonyms("a secret of the tests")}  # noqa: E731
        self.channels = {
            "telegram": TelegramChannel(stand_ins.TOKEN, stand_ins.SECRET, api=urls["telegram"], **kept()),
            "messenger": MessengerChannel(stand_ins.TOKEN, stand_ins.APP_SECRET, stand_ins.VERIFY, api=urls["messenger"], **kept()),
            "twilio": TwilioChannel(stand_ins.ACCOUNT, stand_ins.TOKEN, payloads.PUBLIC, api=urls["twilio"], **kept()),
            "slack": SlackChannel(stand_ins.TOKEN, payloads.SIGNING, api=urls["slack"], **kept()),
        }
        self.greet(False)
        self.app = Sanic(f"channels{next(_names)}", configure_logging=False)
        self.app.ctx.agent = self.agent
        register([*self.channels.values(), *more], self.app, route=None)
        door = socket.create_server(("127.0.0.1", 0))  # for Sanic the port 0 is its port 8000
        self._server = await self.app.create_server(sock=door, return_asyncio_server=True, access_log=False)
        await self._server.startup()
        await self._server.start_serving()
        self.url = "http://127.0.0.1:{}".format(self._server.server.sockets[0].getsockname()[1])
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        return self

    def greet(self, strangers: bool) -> None:
        """Whether everybody is met for the first time, or nobody."""
        for channel in self.channels.values():
            channel._met.before = lambda name: not strangers

    async def stop(self) -> None:
        await self._http.close()
        self._server.close()
        await self._server.wait_closed()
        for channel in self.channels.values():
            await channel.courier.close()
        for platform in self.platforms.values():
            await platform.stop()

    async def post(self, path: str, headers: dict, body: bytes) -> tuple[int, str]:
        async with self._http.post(self.url + path, headers=headers, data=body) as answer:
            return answer.status, await answer.text()

    async def get(self, path: str, query: dict) -> tuple[int, str]:
        async with self._http.get(self.url + path, params=query) as answer:
            return answer.status, await answer.text()

    async def settled(self) -> None:
        """Wait until everything that came was replied to."""
        for channel in self.channels.values():
            await channel._inbox.finish(10)
            await channel._outbox.finish(10)

    async def write(self, medium: str, text: str, user: int = 1) -> list[dict]:
        """Type a message in an app; what the person gets for it."""
        platform = self.platform(medium)
        before = len(platform.sent)
        assert (await self.post(*payloads.WRITE[medium](text, user)))[0] == 200
        await self.settled()
        return platform.sent[before:]

    def platform(self, medium: str):
        return self.platforms["twilio" if medium in ("sms", "whatsapp") else medium]


@lru_cache(maxsize=1)
def _rewritten() -> bool:
    TouchUp.run(Sanic("rewrites", configure_logging=False))
    return True


@contextmanager
def touched_up():
    """Sanic rewrites its own methods when a server starts, and a second time in one process fails on that."""
    assert _rewritten()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TouchUp, "run", lambda app: None)
        yield
