"""The clinic is told of an alert by a real server, while its receiver is on a bad day; the patient waits for none of it (promises 2, 3 and 6)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import expect
import pytest
from expect import STIFF_NECK
from server import RunningIvy, wait_for

sys.path.insert(0, str(Path(__file__).parents[1] / "records"))
from receivers import webhook  # noqa: E402

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def told():
    """A server that tells a clinic, and the clinic's receiver: it hangs, then fails, then takes what comes."""
    with webhook("hangs", 500, 200) as clinic:
        ivy = RunningIvy.start({"IVY_NOTIFY_WEBHOOK": clinic.url, "IVY_NOTIFY_SECRET": SECRET}).ready()
        yield ivy, clinic
        ivy.stop()


def test_patient_is_answered_at_once_and_the_clinic_is_told_in_the_end_under_one_id(told, library):
    ivy, clinic = told
    expect.a_safety_message(ivy.say(STIFF_NECK), library.clinic)
    wait_for(lambda: len(clinic.got) == 1, seconds=20)
    expect.a_safety_message(ivy.say(STIFF_NECK), library.clinic)  # the receiver hangs now
    wait_for(lambda: len({json.loads(body)["id"] for _, _, body in clinic.got}) == 2 and len(clinic.got) == 4, seconds=90)
    assert "Ivy-Signature" in clinic.got[0][1]


def test_notice_holds_neither_words_nor_conversation_nor_person(told):
    ivy, clinic = told
    sent = b" ".join(body for _, _, body in clinic.got).decode()
    assert clinic.got and "stiff_neck" in sent and not [word for word in STIFF_NECK.split() if len(word) > 5 and f" {word} " in sent]
    assert ivy.leaked() == [] and SECRET not in ivy.log() and not [name for name in map(ivy.conversation_id, ivy._sessions) if name in sent]


def test_server_does_not_start_with_half_a_set_up_and_says_what_is_missing():
    ivy = RunningIvy.start({"IVY_NOTIFY_WEBHOOK": "https://clinic.example/ivy"})
    assert ivy.exit_code() == 2 and "IVY_NOTIFY_SECRET" in ivy.log() and "Traceback" not in ivy.log()
