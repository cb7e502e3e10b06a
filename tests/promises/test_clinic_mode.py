"""Clinic mode, with a real server: only signed words leave, a withdrawal is quick, and what was said can be told."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from server import wait_for
from signing import SIGNED_NUMBERS, UNSIGNED_NUMBERS, sign, withdraw_item

from bot.library.clinic import read_clinic
from bot.library.review import review_items
from bot.project import CONTENT
from bot.records.archive import said_on_day
from bot.records.conversations import said_in
from bot.records.database import open_database

ASKED, ANSWER = "what is ivig", "answers/about/what_is_ivig"
SECRET = "my hamster is called Bartholomew"


def state_of_the_answer(ivy) -> str:
    return ivy.say(ASKED).replies[0]["state"]


@pytest.fixture
def clinics_today():
    return datetime.now(ZoneInfo(read_clinic(CONTENT).time_zone)).date()


def test_unsigned_words_end_the_start_and_are_named_with_the_reason(half_approved):
    assert half_approved.exit_code() == 2
    assert "clinic mode cannot start because of 2 items: clinic (never approved), safety/emergency_baby (never approved)" in half_approved.log()


def test_signed_answer_is_said_without_a_draft_label(in_clinic_mode):
    reply = in_clinic_mode.say(ASKED).replies[0]
    assert (reply["content"], reply["state"], reply["label"]) == (ANSWER, "approved", None) and reply["reviewed_on"]


def test_phone_number_that_nobody_signed_is_not_said(in_clinic_mode):
    page, reply = in_clinic_mode.get("/").body, in_clinic_mode.say("i want to talk to a person").text
    assert SIGNED_NUMBERS in page and SIGNED_NUMBERS in reply and UNSIGNED_NUMBERS not in page + reply


def test_withdrawn_answer_is_gone_within_a_minute_and_back_once_it_is_signed(in_clinic_mode):
    assert state_of_the_answer(in_clinic_mode) == "approved"
    withdraw_item(in_clinic_mode.records_url, ANSWER)
    withdrawn = time.monotonic()
    wait_for(lambda: state_of_the_answer(in_clinic_mode) == "withheld", 60)
    assert time.monotonic() - withdrawn < 60
    assert in_clinic_mode.say(ASKED).contents[0] == "voice/not_approved"
    sign(open_database(in_clinic_mode.records_url), review_items(CONTENT)[ANSWER])
    wait_for(lambda: state_of_the_answer(in_clinic_mode) == "approved", 60)


def test_withdrawn_emergency_message_is_replaced_by_the_tiers_own_signed_words(in_clinic_mode):
    def said() -> str:
        return in_clinic_mode.say("i took all my pills at once to end it, an overdose").contents[0]

    message = said()
    assert message.startswith("safety/emergency_")
    withdraw_item(in_clinic_mode.records_url, message)
    wait_for(lambda: said() == "safety/emergency", 60)
    sign(open_database(in_clinic_mode.records_url), review_items(CONTENT)[message])
    wait_for(lambda: said() == message, 60)


def test_exact_words_of_a_day_are_in_the_archive(in_clinic_mode, clinics_today):
    reply = in_clinic_mode.say("how long until ivig works?").replies[0]
    records = open_database(in_clinic_mode.records_url)
    wait_for(lambda: said_on_day(records, clinics_today, reply["content"]))
    (kept,) = [said for said in said_on_day(records, clinics_today, reply["content"]) if said.block == "short"]
    assert kept.text.replace("**", "") == reply["text"].replace("• ", "- ") and kept.version == reply["version"] and kept.state == "approved"


def test_conversation_tells_ivys_words_and_none_of_the_patients(in_clinic_mode, clinics_today):
    session = in_clinic_mode.session()
    shown = [reply for text in (ASKED, "questions for my doctor", f"add: {SECRET}", "show my list") for reply in in_clinic_mode.say(text, session).replies]
    assert SECRET in "".join(reply["text"] for reply in shown)
    told = said_in(f"sqlite:///{in_clinic_mode.conversations}", in_clinic_mode.conversation_id(session))
    assert [one.said.content for one in told] == [reply["content"] for reply in shown]
    assert told[0].said.text.replace("**", "") == shown[0]["text"].replace("• ", "- ") and told[0].said.whole
    assert SECRET not in str(told) and "[the patient's questions]" in told[-1].said.text and not told[-1].said.whole
    wait_for(lambda: said_on_day(open_database(in_clinic_mode.records_url), clinics_today, "voice/list_show"))
    assert SECRET.encode() not in b"".join(path.read_bytes() for path in Path(open_database(in_clinic_mode.records_url).url.database).parent.iterdir())
