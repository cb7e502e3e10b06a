"""The escalation: the words are Rasa's NLG's, the record has no words of the patient and is written once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from waiting import eventually

from actions.action_escalate import ActionEscalate
from bot.records.database import open_database
from bot.records.escalations import escalations, note_escalation
from bot.safety.verdict import Verdict

WORDS = "my neck feels like a plank"
ALERT = Verdict(tier="urgent", message="urgent_aseptic_meningitis", signs=("stiff_neck",))
CHECK = Verdict(check=True, suspected="urgent", message="check", signs=("stiff_neck",))


@pytest.fixture
def records(monkeypatch, tmp_path):
    """This installation's records, in a folder of the test's own."""
    url = f"sqlite:///{tmp_path / 'records.db'}"
    monkeypatch.setenv("IVY_DATABASE", url)

    open_database(url)  # its tables are made before a patient's message comes

    def rows():
        with open_database(url).connect() as connection:
            return [dict(row) for row in connection.execute(sa.select(escalations)).mappings()]

    return rows


def tracker(verdict=ALERT, message_id="m1") -> Tracker:
    metadata = {"message_id": message_id, "verdict": verdict.as_dict()} if verdict else {}
    events = [{"event": "user", "text": WORDS, "input_channel": "web", "metadata": metadata}, {"event": "action", "name": "action_escalate"}]
    return Tracker("someone", {}, {"text": WORDS}, events, False, None, {}, "action_listen")


async def escalate(*args, **kwargs) -> CollectingDispatcher:
    dispatcher = CollectingDispatcher()
    assert await ActionEscalate().run(dispatcher, tracker(*args, **kwargs), {}) == []
    return dispatcher


@pytest.mark.parametrize("verdict", [ALERT, CHECK, None], ids=["alert", "check", "not judged"])
async def test_says_the_safety_response_and_nothing_of_its_own(records, verdict):
    (said,) = (await escalate(verdict)).messages
    assert said["response"] == "utter_safety" and not said["text"] and not said["buttons"]


async def test_alert_is_recorded(records):
    await escalate()
    (row,) = eventually(records)  # the message waits half a second for it at the most
    assert {key: row[key] for key in ("tier", "signs", "content", "channel", "said_by")} == {
        "tier": "urgent", "signs": "stiff_neck", "content": "safety/urgent_aseptic_meningitis", "channel": "web", "said_by": "action"}


async def test_action_and_guard_record_a_message_once(records):
    await escalate()
    eventually(records)
    assert not note_escalation("m1", "urgent", ["stiff_neck"], "safety/urgent_aseptic_meningitis", "web", "guard")
    assert [row["said_by"] for row in records()] == ["action"]


async def test_action_after_the_guard_records_nothing_more(records):
    assert note_escalation("m1", "urgent", ["stiff_neck"], "safety/urgent_aseptic_meningitis", "web", "guard")
    await escalate()
    assert [row["said_by"] for row in records()] == ["guard"]


async def test_two_messages_are_two_records(records):
    await escalate(message_id="m1")
    await escalate(message_id="m2")
    eventually(lambda: len(records()) == 2)


async def test_check_is_no_escalation(records):
    await escalate(CHECK)
    assert records() == []


async def test_no_words_of_the_patient_are_stored(records, tmp_path):
    await escalate()
    eventually(records)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"plank" in path.read_bytes()]


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all/records.db", "nosuchdatabase://here"])
async def test_unreachable_records_do_not_stop_the_message(monkeypatch, url):
    monkeypatch.setenv("IVY_DATABASE", url)
    assert (await escalate()).messages
