"""A patient in Telegram, from the webhook to the words on the phone: the whole Ivy, and a stand-in for Telegram."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
import time
from contextlib import closing

import outages
import pytest
import requests
from expect import QUESTION_AND_CHECK
from server import GIVE_UP, RunningIvy, wait_for
from waiting import eventually

from bot.project import ROOT

sys.path.insert(0, str(ROOT / "tests" / "channels"))
import payloads  # noqa: E402
import stand_ins  # noqa: E402

PATIENT = 987_654_321
STIFF_NECK = "my neck is so stiff I cannot look down since the drip"


@pytest.fixture(scope="module")
def telegram():
    """Telegram's stand-in, in a thread."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    platform = asyncio.run_coroutine_threadsafe(stand_ins.Telegram().start(), loop).result(10)
    yield platform
    asyncio.run_coroutine_threadsafe(platform.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)


@pytest.fixture(scope="module")
def ivy(telegram):
    ivy = RunningIvy.start({"IVY_TELEGRAM_TOKEN": stand_ins.TOKEN, "IVY_TELEGRAM_SECRET": stand_ins.SECRET, "IVY_TELEGRAM_API": telegram.url}).ready()
    yield ivy
    ivy.stop()


@pytest.fixture
def phone(ivy, telegram):
    """Sends an update; what appears on the patient's phone for it, in so many parts or more."""

    def _phone(update: dict, parts: int = 1) -> list[dict]:
        before = len(telegram.sent)
        path, headers, body = payloads.telegram(update)
        assert requests.post(ivy.url + path, headers=headers, data=body, timeout=GIVE_UP).status_code == 200
        wait_for(lambda: len(telegram.sent) >= before + parts, GIVE_UP)
        time.sleep(0.3)  # there may be more parts
        assert telegram.refused == []
        return telegram.sent[before:]

    return _phone


def typed(text: str) -> dict:
    return payloads.telegram_message(text, PATIENT)


def test_greeting_question_button_and_warning_sign(phone):
    first, greeting = phone(typed("/start"), parts=2)
    assert "type \"forget me\"" in first["text"]
    assert greeting["to"] == PATIENT and "I am a computer program" in greeting["text"] and greeting["buttons"]
    answer = phone(typed("out of curiosity, which part of donated blood ends up in IVIG"))[0]
    assert "Draft: not yet reviewed by a clinician. Sources:" in answer["text"] and answer["buttons"]
    button, _ = answer["buttons"][0]
    assert phone(payloads.telegram_press(button, PATIENT))[0]["text"] != answer["text"]
    alarm = phone(typed(STIFF_NECK))[0]
    assert alarm["text"].startswith("Call your care team now: 555-01")


def test_check_question_is_answered_by_a_button(phone):
    *_, one, other = phone(payloads.telegram_message(QUESTION_AND_CHECK, PATIENT + 1), parts=3)
    answer, check = (other, one) if one["buttons"] else (one, other)  # what is about safety overtakes an answer that still waits to be sent
    assert answer["text"].startswith("A headache is one of") and answer["buttons"] == []
    assert [button for button, _ in check["buttons"]] == ["check_yes", "check_no", "check_not_sure"]
    assert phone(payloads.telegram_press("check_not_sure", PATIENT + 1))[0]["text"].startswith("Call your care team now")


def test_sticker_gets_a_kind_sentence(phone):
    assert "I can only read typed words" in phone(payloads.telegram_message(sticker={"file_id": "CAAC"}, user=PATIENT))[0]["text"]


def test_forgery_is_refused(ivy):
    path, headers, body = payloads.telegram(typed("hello"), secret="guessed")
    assert requests.post(ivy.url + path, headers=headers, data=body, timeout=GIVE_UP).status_code == 403


def test_nothing_that_leads_to_the_patient_is_kept(phone, ivy):
    phone(typed("how long does the drip take"))
    with closing(sqlite3.connect(ivy.conversations)) as reader:
        eventually(lambda: reader.execute("SELECT * FROM events WHERE data LIKE '%how long does the drip take%'").fetchall())  # a turn is saved after its reply
        kept = "\n".join(str(row) for row in reader.execute("SELECT * FROM events"))
    assert "telegram-" in kept
    for trace in (str(PATIENT), payloads.NAME, stand_ins.TOKEN, stand_ins.SECRET):
        assert trace not in kept and trace not in ivy.log()


def test_apps_that_are_not_set_up_have_no_door(ivy):
    for app in ("messenger", "twilio", "slack", "facebook"):
        assert requests.post(f"{ivy.url}/webhooks/{app}", timeout=GIVE_UP).status_code == 404


def test_messages_are_counted_without_words(phone, ivy):
    phone(typed("how long does the drip take"))
    metrics = ivy.get("/metrics").body
    assert 'ivy_messages_total{channel="telegram"' in metrics and 'ivy_set_aside_total{channel="telegram",why="forged"}' in metrics
    assert "drip" not in metrics and str(PATIENT) not in metrics


def broken(ready: dict) -> list[str]:
    """The parts that do not work."""
    return [part for part in ("model", "content", "conversations", "records") if not ready[part]["ready"]]


def test_ready_names_each_part(ivy):
    wait_for(lambda: ivy.get("/ready").status == 200)
    ready = ivy.get("/ready").json
    assert not broken(ready) and ready["content"]["version"]
    assert ready["model"]["id"] and ivy.get("/live").json == {"live": True}


@pytest.mark.parametrize(("locked", "part"), [(outages.conversations_locked, "conversations"), (outages.records_locked, "records")])
def test_database_that_cannot_be_used_is_named_and_patients_are_answered(phone, ivy, locked, part):
    with locked(ivy):
        wait_for(lambda: broken(ivy.get("/ready").json) == [part])  # what the databases said is used again for two seconds
        assert ivy.get("/ready").status == 503
        assert phone(typed(STIFF_NECK))[0]["text"].startswith("Call your care team now")
    wait_for(lambda: ivy.get("/ready").status == 200)


def test_half_set_up_app_ends_the_start_and_is_named():
    ivy = RunningIvy.start({"IVY_SLACK_TOKEN": "xoxb-hush-hush"})
    assert ivy.exit_code() == 2
    assert "IVY_SLACK_SIGNING_SECRET is not set" in ivy.log() and "hush-hush" not in ivy.log() and "Traceback" not in ivy.log()
