"""Whatever comes, from the platforms or from anybody: no 500, no request that hangs, no warning sign without its message.

`FUZZ=10000 .venv/bin/pytest tests/channels/test_fuzz.py` sends so many requests; without it 500 are sent. The
guard and the triage's rules are the real ones, the platforms and Rasa are stand-ins."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import threading

import payloads
import pytest
import requests
from clinic_server import ANSWER, Clinic, touched_up
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasa.core.lock_store import InMemoryLockStore

from bot.channels.limits import AddressLimit, RateLimit
from bot.channels.web import WebChannel
from bot.library.service import speaker
from bot.project import CONTENT
from bot.rasa.guard import Guard
from bot.rasa.harness import MemoryTrackerStore
from bot.safety.dialogue import load_dialogue

REQUESTS = int(os.environ.get("FUZZ", 500))
HANGS = 20  # seconds
SIGNS = ("my neck is stiff", "I can't breathe", "my chest hurts and it is getting worse", "my urine is dark red", "I have a fever of 39 C")
SAFE = ("911", "555-01")
_people = itertools.count(1)


def share(of: float) -> settings:
    return settings(max_examples=max(10, int(REQUESTS * of)), deadline=None, database=None, suppress_health_check=list(HealthCheck))


class Rasa:
    """Says one answer to everything."""

    def __init__(self) -> None:
        self.tracker_store, self.lock_store = MemoryTrackerStore(None), InMemoryLockStore()

    async def handle_message(self, message) -> None:
        await message.output_channel.send_response(message.sender_id, dict(ANSWER))

    def is_ready(self) -> bool:
        return True


class Threaded:
    """The clinic in a thread of its own, so that each request can be made and waited for. `sent` counts requests."""

    def __init__(self, triage) -> None:
        self.loop, self.sent = asyncio.new_event_loop(), 0
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        rasa = Rasa()
        Guard(rasa, speaker(), load_dialogue(CONTENT, triage)).install()
        self.web = WebChannel(rate=RateLimit(most=10**9), addresses=AddressLimit(0))
        self.clinic = self.wait(_clinic(rasa, self.web))
        self.http = requests.Session()
        self.session = self.post("/api/session", {"Content-Type": "application/json"}, b"{}").json()["session"]

    def wait(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def post(self, path: str, headers: dict, body: bytes) -> requests.Response:
        self.sent += 1
        return self.http.post(self.clinic.url + path, headers=headers, data=body, timeout=HANGS)

    def said(self, medium: str) -> str:
        """All that the platform took since the last look."""
        self.wait(self.clinic.settled())
        platform = self.clinic.platform(medium)
        assert platform.refused == []
        sent, platform.sent = platform.sent, []
        return "\n".join(reply["text"] for reply in sent)


async def _clinic(agent, web) -> Clinic:
    clinic = Clinic()
    clinic.agent = agent
    await clinic.start([web])
    for channel in clinic.channels.values():
        channel._rate._here.most = 10**9
    return clinic


@pytest.fixture(scope="module")
def server(triage):
    with touched_up():
        server = Threaded(triage)
        yield server
        server.wait(server.clinic.stop())
    server.loop.call_soon_threadsafe(server.loop.stop)
    print(f"\n{server.sent} requests")


NOISE = st.text(st.sampled_from(" \n\t!?.…😀🙏\u200b"), max_size=12)
ODD = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=6)
MEDIUM = st.sampled_from(sorted(payloads.WRITE))
VALID = {
    "telegram": [lambda: payloads.telegram_message("hello"), lambda: payloads.telegram_press("cost"), lambda: payloads.telegram_message("hello", kind="edited_message"), lambda: payloads.telegram_message(photo=[{}], caption="c")],
    "messenger": [lambda: payloads.messenger_text("hello"), lambda: payloads.messenger_page(payloads.messenger_event(postback={"title": "x", "payload": "cost"}), payloads.messenger_event(message={"attachments": [{}]}))],
    "slack": [lambda: payloads.slack_event(text="hello"), lambda: payloads.slack_event(subtype="message_changed", message={"user": "U1", "text": "new"}, previous_message={"text": "old"}),
              lambda: {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"value": "cost", "action_ts": "1"}]}, lambda: {"type": "url_verification", "challenge": "x"}],
}
SIGNED = {"telegram": payloads.telegram, "messenger": payloads.messenger, "slack": payloads.slack}


def places(tree, path=()):
    """Every place of a JSON tree."""
    yield path
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield from places(value, (*path, key))


def changed(tree, path, value):
    """The tree with another value at a place."""
    if not path:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[path[0]] = changed(copy[path[0]], path[1:], value)
    return copy


@share(0.25)
@given(st.data(), st.sampled_from(sorted(VALID)))
def test_signed_delivery_of_any_shape_is_taken(server, data, app):
    tree = data.draw(st.sampled_from(VALID[app]))()
    for _ in range(data.draw(st.integers(1, 3))):
        tree = changed(tree, data.draw(st.sampled_from(list(places(tree)))), data.draw(ODD))
    answer = server.post(*SIGNED[app](tree))
    assert answer.status_code == 200
    server.said(app)


@share(0.15)
@given(st.dictionaries(st.sampled_from(["MessageSid", "From", "To", "Body", "NumMedia", "Latitude", "MessageStatus", "ErrorCode", "OptOutType", "x"]), st.text(st.characters(codec="utf-8"), max_size=30)))
def test_signed_form_of_any_fields_is_taken(server, form):
    assert server.post(*payloads.twilio(form)).status_code == 200
    server.said("sms")


@share(0.15)
@given(MEDIUM, st.binary(max_size=300), st.dictionaries(st.sampled_from(["X-Telegram-Bot-Api-Secret-Token", "X-Hub-Signature-256", "X-Twilio-Signature", "X-Slack-Signature", "X-Slack-Request-Timestamp", "Content-Type"]),
                                                        st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)))
def test_unsigned_delivery_is_refused_whatever_it_is(server, medium, body, headers):
    path, _, _ = payloads.WRITE[medium]("x")
    assert server.post(path, headers, body).status_code == 403


@share(0.15)
@given(MEDIUM, st.sampled_from(SIGNS), NOISE, NOISE, st.booleans())
def test_warning_sign_gets_its_message_in_every_app(server, medium, sign, before, after, loud):
    text = before + (sign.upper() if loud else sign) + after
    assert server.post(*payloads.WRITE[medium](text, next(_people) % 9000)).status_code == 200
    said = server.said(medium)
    assert any(number in said for number in SAFE), (text, said)


@share(0.15)
@given(st.sampled_from(["message", "forget", "history", "helpful", "session", "x"]), ODD | st.fixed_dictionaries({}, optional={key: ODD for key in ("session", "text", "button", "id", "content", "version", "helpful")}), st.booleans())
def test_web_request_of_any_shape_is_answered(server, name, body, known):
    if known and isinstance(body, dict):
        body = {**body, "session": server.session}
    answer = server.post(f"/api/{name}", {"Content-Type": "application/json"}, json.dumps(body).encode())
    assert answer.status_code < 500 and isinstance(answer.json(), dict)


@share(0.05)
@given(st.sampled_from(["message", "session"]), st.binary(max_size=200), st.sampled_from(["application/json", "text/plain", "multipart/form-data", ""]))
def test_web_request_of_any_bytes_is_answered(server, name, body, kind):
    assert server.post(f"/api/{name}", {"Content-Type": kind}, body).status_code < 500


@share(0.1)
@given(st.sampled_from(SIGNS), NOISE, NOISE, st.dictionaries(st.sampled_from(["id", "x"]), st.text(st.characters(codec="utf-8"), min_size=1, max_size=10), max_size=1))
def test_warning_sign_gets_its_message_on_the_web(server, sign, before, after, more):
    session = server.post("/api/session", {"Content-Type": "application/json"}, b"{}").json()["session"]
    answer = server.post("/api/message", {"Content-Type": "application/json"}, json.dumps({"session": session, "text": before + sign + after, **more}).encode())
    assert answer.status_code in (200, 400) and any(number in json.dumps(answer.json()["replies"]) for number in SAFE)


def test_enough_requests_were_sent(server):
    assert server.sent >= REQUESTS
