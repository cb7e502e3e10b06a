"""Stand-ins for the platforms' APIs: they take what the documentation allows, refuse what it does not, and fail on purpose.

`troubles` holds what goes wrong next, one entry a request: 500, "hang", "drop", ("429", seconds)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import html
import re
import time
from collections import deque
from urllib.parse import parse_qsl

from aiohttp import web

TOKEN, APP_SECRET, VERIFY, SECRET, ACCOUNT = "123456:stand-in-token", "stand-in app secret", "stand-in verify", "stand-in-secret_1", "AC" + "0" * 32
HANG = 30  # seconds; longer than anybody waits in a test


class StandIn:
    """A platform. `sent`: what it took, in order; `refused`: why it took the rest not; `most`: messages a second."""

    def __init__(self, most: int = 1000) -> None:
        self.sent: list[dict] = []
        self.refused: list[str] = []
        self.troubles: deque = deque()
        self.asked: list[str] = []
        self._most, self._times = most, deque()

    async def start(self) -> "StandIn":
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._receive)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
        return self

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        trouble = self.troubles.popleft() if self.troubles else None
        if trouble == "hang":
            await asyncio.sleep(HANG)
        if trouble == "drop":
            request.transport.close()
            return web.Response()
        if trouble == 500:
            return web.Response(status=500, text="<html>Bad gateway</html>")
        now = time.monotonic()
        while self._times and now - self._times[0] > 1:
            self._times.popleft()
        if isinstance(trouble, tuple) or len(self._times) >= self._most:
            return self.too_many(trouble[1] if trouble else 1)
        self._times.append(now)
        return await self.answer(request)

    def refuse(self, why: str, status: int, body: dict) -> web.Response:
        self.refused.append(why)
        return web.json_response(body, status=status)


class Telegram(StandIn):
    """core.telegram.org/bots/api"""

    def too_many(self, seconds):
        return web.json_response({"ok": False, "error_code": 429, "description": f"Too Many Requests: retry after {seconds}", "parameters": {"retry_after": seconds}}, status=429)

    async def answer(self, request):
        token, method = re.fullmatch(r"/bot([^/]+)/(\w+)", request.path).groups()
        if token != TOKEN:
            return self.refuse("token", 401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
        if method != "sendMessage":
            return web.json_response({"ok": True, "result": {"username": "ivy_bot", "url": "", "pending_update_count": 0} if method.startswith("get") else True})
        body = await request.json()
        why = self._wrong(body)
        if why:
            return self.refuse(why, 400, {"ok": False, "error_code": 400, "description": f"Bad Request: {why}"})
        self.sent.append({"to": body["chat_id"], "text": self._shown(body["text"]), "buttons": [(key["callback_data"], key["text"]) for key in self._keys(body)]})
        return web.json_response({"ok": True, "result": {"message_id": len(self.sent), "date": int(time.time()), "chat": {"id": body["chat_id"], "type": "private"}, "text": self.sent[-1]["text"]}})

    @staticmethod
    def _shown(text: str) -> str:
        return html.unescape(re.sub(r"</?b>", "", text))

    @staticmethod
    def _keys(body: dict) -> list:
        return [key for row in body.get("reply_markup", {}).get("inline_keyboard", []) for key in row]

    def _wrong(self, body: dict) -> str:
        if set(body) - {"chat_id", "text", "parse_mode", "link_preview_options", "reply_markup"}:
            return "unknown parameter"
        if type(body["chat_id"]) is not int:
            return "chat not found"
        if body.get("parse_mode") == "HTML" and (re.search(r"<(?!/?b>)|&(?!(lt|gt|amp|quot);)", body["text"]) or not re.fullmatch(r"([^<]|<b>[^<]*</b>)*", body["text"])):
            return "can't parse entities"
        length = len(self._shown(body["text"]).encode("utf-16-le")) // 2
        if not self._shown(body["text"]).strip():
            return "message text is empty"
        if length > 4096:
            return "message is too long"
        if len(self._keys(body)) > 100 or any(not 1 <= len(key["callback_data"].encode()) <= 64 or not key["text"] for key in self._keys(body)):
            return "BUTTON_DATA_INVALID"
        return ""


class Messenger(StandIn):
    """developers.facebook.com/docs/messenger-platform"""

    def too_many(self, seconds):
        return web.json_response({"error": {"message": "Calls to this API have exceeded the rate limit", "type": "OAuthException", "code": 613}}, status=400)

    async def answer(self, request):
        proof = hmac.new(APP_SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
        if request.query.get("access_token") != TOKEN or request.query.get("appsecret_proof") != proof:
            return self.refuse("token", 400, {"error": {"message": "Invalid OAuth access token.", "type": "OAuthException", "code": 190}})
        if request.method == "GET":
            return web.json_response({"name": "A clinic", "id": "1"} if request.path.endswith("/me") else {"data": [{"subscribed_fields": ["messages", "messaging_postbacks"]}]})
        body = await request.json()
        message, replies = body["message"], body["message"].get("quick_replies", [])
        wrong = (not request.path.endswith("/me/messages") or body.get("messaging_type") != "RESPONSE" or not message["text"].strip() or len(message["text"]) > 2000
                 or len(replies) > 13 or any(len(reply["title"]) > 20 or not reply["title"] or len(reply["payload"]) > 1000 or reply["content_type"] != "text" for reply in replies))
        if wrong:
            return self.refuse("parameter", 400, {"error": {"message": "(#100) Invalid parameter", "type": "OAuthException", "code": 100}})
        self.sent.append({"to": body["recipient"]["id"], "text": message["text"], "buttons": [(reply["payload"], reply["title"]) for reply in replies]})
        return web.json_response({"recipient_id": body["recipient"]["id"], "message_id": f"m_{len(self.sent)}"})


class Twilio(StandIn):
    """twilio.com/docs/messaging/api/message-resource"""

    def too_many(self, seconds):
        return web.json_response({"code": 20429, "message": "Too Many Requests", "status": 429}, status=429, headers={"Retry-After": str(seconds)})

    async def answer(self, request):
        login = base64.b64decode(request.headers.get("Authorization", "Basic ").removeprefix("Basic ")).decode()
        if login != f"{ACCOUNT}:{TOKEN}":
            return self.refuse("login", 401, {"code": 20003, "message": "Authenticate", "status": 401})
        if request.method == "GET":
            return web.json_response({"status": "active", "friendly_name": "Clinic", "incoming_phone_numbers": []})
        form = dict(parse_qsl(await request.text(), keep_blank_values=True))
        if set(form) - {"To", "From", "Body", "StatusCallback"} or not form.get("Body", "").strip() or not form["To"] or not form["From"]:
            return self.refuse("parameter", 400, {"code": 21602, "message": "Message body is required.", "status": 400})
        if len(form["Body"]) > 1600:
            return self.refuse("length", 400, {"code": 21617, "message": "The concatenated message body exceeds the 1600 character limit", "status": 400})
        if form["To"].startswith("whatsapp:") != form["From"].startswith("whatsapp:"):
            return self.refuse("channel", 400, {"code": 21910, "message": "Invalid From and To pair", "status": 400})
        self.sent.append({"to": form["To"], "from": form["From"], "text": form["Body"], "buttons": []})
        return web.json_response({"sid": f"SM{len(self.sent):032}", "status": "queued"}, status=201)


class Slack(StandIn):
    """docs.slack.dev"""

    def too_many(self, seconds):
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(seconds)})

    async def answer(self, request):
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.refuse("token", 200, {"ok": False, "error": "invalid_auth"})
        if not request.path.endswith("/chat.postMessage"):
            return web.json_response({"ok": True, "team": "Clinic", "user": "ivy"})
        body = await request.json()
        sections = [block["text"]["text"] for block in body["blocks"] if block["type"] == "section"]
        buttons = [element for block in body["blocks"] if block["type"] == "actions" for element in block["elements"]]
        wrong = (len(body["blocks"]) > 50 or any(not text or len(text) > 3000 for text in sections) or len(buttons) > 25 or len(body["text"]) > 40_000
                 or len({button["action_id"] for button in buttons}) < len(buttons)
                 or any(not 0 < len(button["text"]["text"]) <= 75 or len(button["value"]) > 2000 for button in buttons))
        if wrong:
            return self.refuse("invalid_blocks", 200, {"ok": False, "error": "invalid_blocks"})
        self.sent.append({"to": body["channel"], "text": html.unescape("\n".join(sections)), "buttons": [(button["value"], button["text"]["text"]) for button in buttons]})
        return web.json_response({"ok": True, "channel": body["channel"], "ts": f"{time.time():.6f}"})
