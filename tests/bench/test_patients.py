"""Patients of the bench: what a server does to a message is counted as what it was."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest
import sqlalchemy as sa
from aiohttp import web
from waiting import eventually

from bot.bench.drills import Result, results
from bot.bench.patients import Fates, Patients, Sentences, conversation_of, lost_and_doubled, record_id, recorded
from bot.records.database import open_database
from bot.records.escalations import record_escalation

SESSION = base64.urlsafe_b64encode(json.dumps("1a-2b").encode()).decode().strip("=") + ".x.y"
ANSWER = {"content": "answers/about/what_is_ivig", "kind": "answer", "tier": "none", "text": "It is"}
ALERT = {"content": "safety/urgent", "kind": "safety", "tier": "urgent", "text": "Call"}
QUESTIONS, SIGNS = Sentences(["what is it"], ["what is it"]), Sentences(["my neck is stiff"], ["my neck is stiff"])


async def talk(replies, status=200, sentences=QUESTIONS, hang_up=False) -> Fates:
    """Let a patient write to a server that answers so."""
    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("session"):
            return web.json_response({"session": SESSION, "replies": []})
        if hang_up:
            request.transport.close()
        return web.json_response({"replies": replies}, status=status) if replies is not None else web.Response(text="<html>", status=status)

    app = web.Application()
    app.router.add_post("/api/{name}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    patients = Patients("http://127.0.0.1:{}".format(site._server.sockets[0].getsockname()[1]), sentences, 1, 0.01)
    task = asyncio.ensure_future(patients.talk())
    await asyncio.to_thread(eventually, lambda: patients.fates.sent > 1 and patients.fates.warnings)
    patients.stop()
    fates = await task
    await runner.cleanup()
    return fates


@pytest.mark.parametrize(("replies", "status", "fate"), [
    ([ANSWER], 200, "ivy"), ([{**ANSWER, "content": "voice/service_down"}], 200, "net"), ([{**ANSWER, "content": "page/outage"}], 503, "net"),
    ([], 200, "unanswered"), ([{**ANSWER, "text": ""}], 200, "unanswered"), (None, 502, "unanswered")])
async def test_message_is_counted_by_what_it_got(replies, status, fate):
    fates = await talk(replies, status)
    assert fates.sent > 1 and fates.counts[fate] == fates.sent == len(fates.seconds)


async def test_message_whose_connection_breaks_is_unanswered():
    fates = await talk([ANSWER], hang_up=True)
    assert fates.counts["unanswered"] == fates.sent > 0


async def test_warning_sign_that_gets_an_answer_is_no_success():
    fates = await talk([ANSWER], sentences=SIGNS)
    assert fates.warnings and len(fates.unsafe) == fates.warnings and set(fates.unsafe) == {ANSWER["content"]} and not fates.alerts


async def test_warning_sign_that_gets_its_message_is_looked_for_in_the_records():
    fates = await talk([ALERT], sentences=SIGNS)
    assert fates.warnings and not fates.unsafe and len(fates.alerts) == fates.sent


def test_alert_without_a_record_is_lost_and_a_record_too_many_is_one(tmp_path):
    url = f"sqlite:///{tmp_path / 'r.db'}"
    engine = open_database(url)
    for message in ("m1", "m2"):
        record_escalation(engine, f"{conversation_of(SESSION)}:{message}", "urgent", ["stiff_neck"], "safety/urgent", "web", "action")
    first, second, third = (record_id(SESSION, message) for message in ("m1", "m2", "m3"))
    assert recorded(url) == {first, second}
    assert lost_and_doubled(url, Fates(alerts=[first, second], ids=[first, second]), set()) == (0, 0)
    assert lost_and_doubled(url, Fates(alerts=[first, second, third], ids=[first, second, third]), set()) == (1, 0)
    assert lost_and_doubled(url, Fates(alerts=[first], ids=[first]), set()) == (0, 1)
    assert lost_and_doubled(url, Fates(alerts=[first], ids=[first]), {second}) == (0, 0), "it was there before"


def test_table_names_what_warning_signs_got():
    fates = Fates()
    fates.counts.update(ivy=3, unanswered=1)
    fates.seconds += [0.1, 0.1, 4.0, 0.1]
    fates.not_opened = 2
    fates.warnings, fates.unsafe = 2, ["voice/greet"]
    lines = "\n".join(results([Result("a drill", fates, 1, 0, [0.002, 0.31])]))
    assert "| a drill | 4 | 3 | 0 | 1 | 2 | 1 |" in lines and "| 307 | 310 |" in lines and "voice/greet" in lines


def test_sentences_are_the_projects_own():
    sentences = Sentences.read()
    assert len(sentences.questions) > 300 and len(sentences.warnings) > 100


def test_conversation_of_a_session_is_the_servers():
    assert conversation_of(SESSION) == "web-1a-2b" and sa.String(64).length >= len(record_id(SESSION, "m"))
