"""The log: one JSON object a line where that is wanted, a conversation by a hash, and no patient's word whatever raises."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bot.logs import conversation_hash, log_kind
from bot.project import ROOT, SettingError

CANARY = "quillfeather"
SPEAKERS = f'''
import asyncio, logging
import structlog
from bot.logs import configure_logs
configure_logs()

def raises():
    raise ValueError("could not read 'my neck {CANARY}'")

def speak():
    logging.getLogger("rasa.core.channels.rest").error("An exception occurred while handling user message '{CANARY}'.")
    logging.getLogger("rasa.core.actions.action").warning("slots: %s", "{CANARY}")
    structlog.get_logger("rasa.core.processor").warning("processor.slots", text="{CANARY}", event_info="said {CANARY}")
    try:
        raises()
    except ValueError as error:
        logging.getLogger("sanic.error").exception("Exception occurred while handling uri: '/api/message'")
        logging.getLogger("bot.rasa.guard").error("failed", exc_info=error)
        structlog.get_logger("bot.rasa.guard").error("turn_failed", exc_info=True)

async def lost():
    asyncio.ensure_future(async_raises())
    await asyncio.sleep(0)
    await asyncio.sleep(0)

async def async_raises():
    raises()

with structlog.contextvars.bound_contextvars(conversation="0123456789abcdef"):
    structlog.get_logger("bot.rasa.metering").info("answered", outcome="answer")
    speak()
asyncio.run(lost())
import gc; gc.collect()
'''


def spoken(kind: str) -> str:
    """What stands in the log after all of these have spoken."""
    done = subprocess.run([sys.executable, "-c", SPEAKERS], cwd=ROOT, env={"IVY_LOG": kind, "PATH": ""}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("kind", ["plain", "json"])
def test_no_word_of_a_patient_is_logged_whatever_raises(kind):
    log = spoken(kind)
    assert CANARY not in log
    assert log.count("ValueError") >= 4, "that something failed, and where, must still be told"
    assert "raises" in log and "rasa.core.channels.rest" in log


def test_each_line_of_the_json_log_is_an_object_that_says_when_who_and_what():
    lines = [json.loads(line) for line in spoken("json").splitlines()]
    assert len(lines) >= 7 and all({"timestamp", "level", "logger", "event"} <= set(line) for line in lines)
    assert any(line["event"] == "answered" and line["level"] == "info" for line in lines)


def test_lines_of_one_conversation_can_be_joined():
    lines = [json.loads(line) for line in spoken("json").splitlines()]
    assert {line.get("conversation") for line in lines if line["logger"] != "asyncio"} == {"0123456789abcdef"}


def test_conversation_is_named_by_a_hash_that_needs_the_servers_secret():
    assert conversation_hash("one", "web-abc") == conversation_hash("one", "web-abc") != conversation_hash("another", "web-abc")
    assert conversation_hash("one", "web-abc") != conversation_hash("one", "web-abd") and "abc" not in conversation_hash("one", "web-abc")


def test_plain_log_is_quiet_while_nothing_is_wrong():
    assert "answered" not in spoken("plain")


def test_other_kind_of_log_is_refused_with_those_that_there_are(monkeypatch):
    monkeypatch.setenv("IVY_LOG", "xml")
    with pytest.raises(SettingError, match="plain, json"):
        log_kind()
