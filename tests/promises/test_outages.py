"""Each part is broken for real under a running server; the patient is answered all the same (promises 2, 3 and 6)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import expect
import outages
import pytest
from expect import CHECK, LIST, QUESTION, STIFF_NECK
from server import RunningIvy, wait_for

#: An outage's name -> the server it happens to, and how it is broken.
OUTAGES = {
    "a_template_raises": ("with_broken_templates", outages.nothing_broken),
    "no_model": ("without_model", outages.nothing_broken),
    "actions_hanging": ("running", outages.actions_hanging),
    "actions_stopped": ("running", outages.actions_stopped),
    "conversations_locked_for_writing": ("running", outages.conversations_locked_for_writing),
    "conversations_locked": ("running", outages.conversations_locked),
    "conversations_deleted": ("running", outages.conversations_deleted),
    "conversations_a_directory": ("running", outages.conversations_a_directory),
    "conversations_overwritten": ("running", outages.conversations_overwritten),
    "records_locked": ("running", outages.records_locked),
    "both_locked": ("running", outages.both_locked),
    "disk_full": ("running", outages.disk_full),
    "understanding_hanging": ("running", outages.understanding_hanging),
    "all_repaired": ("running", outages.nothing_broken),
}
NO_ANSWERS = {"no_model"}
NO_RECORDS = {"records_locked", "both_locked"}


@dataclass(frozen=True)
class Outage:
    """A server with something broken, and three conversations that had begun a question list before."""

    name: str
    ivy: RunningIvy
    in_list: tuple


@pytest.fixture(scope="module", params=OUTAGES)
def outage(request, running, without_model, with_broken_templates):
    server, broken = OUTAGES[request.param]
    ivy = {"running": running, "without_model": without_model, "with_broken_templates": with_broken_templates}[server]
    in_list = (ivy.session(), ivy.session(), ivy.session())
    for session in in_list:
        expect.a_reply(ivy.say(LIST, session))
    with broken(ivy):
        yield Outage(request.param, ivy, in_list)


def test_question_gets_a_reply(outage):
    expect.a_reply(outage.ivy.say(QUESTION))


def test_question_is_answered_wherever_a_model_is(outage):
    answered = outage.ivy.say(QUESTION).contents[0].startswith("answers/")
    assert answered == (outage.name not in NO_ANSWERS)


def test_stiff_neck_gets_its_safety_message(outage, library):
    expect.a_safety_message(outage.ivy.say(STIFF_NECK), library.clinic)


def test_question_within_the_question_list_gets_a_reply(outage):
    expect.a_reply(outage.ivy.say(QUESTION, outage.in_list[0]))


def test_stiff_neck_within_the_question_list_gets_its_safety_message(outage, library):
    expect.a_safety_message(outage.ivy.say(STIFF_NECK, outage.in_list[1]), library.clinic)


def test_yes_to_the_check_question_gets_the_safety_message(outage, library):
    """In a conversation that began before: what was asked must be remembered where it cannot be saved."""
    asked = outage.ivy.say(CHECK, outage.in_list[2])
    expect.a_reply(asked)
    assert asked.contents[-1] == "safety/check"
    expect.a_safety_message(outage.ivy.press("check_yes", outage.in_list[2]), library.clinic)


def test_question_list_itself_gets_a_reply(outage):
    expect.a_reply(outage.ivy.say(LIST))


def test_alert_is_recorded_once_or_on_the_disk_while_records_cannot_be_kept(outage):
    if outage.name != "disk_full":  # then what earlier outages left on the disk cannot be recorded yet
        wait_for(lambda: outage.name in NO_RECORDS or not _on_the_disk(outage.ivy))
    before, waiting = _alerts(outage.ivy), len(_on_the_disk(outage.ivy))
    outage.ivy.say(STIFF_NECK)
    if outage.name in NO_RECORDS:
        assert _alerts(outage.ivy) == before
        wait_for(lambda: len(_on_the_disk(outage.ivy)) > waiting)
    else:
        wait_for(lambda: _alerts(outage.ivy) == before + 1)


def test_nothing_a_patient_typed_reaches_the_log(outage):
    assert "Ivy is ready" in outage.ivy.log()
    assert outage.ivy.leaked() == []


def test_answer_whose_template_raises_becomes_the_line_for_trouble(with_broken_templates):
    answer = with_broken_templates.press("what_is_ivig", with_broken_templates.session())
    expect.a_reply(answer)
    assert answer.contents == ["voice/service_down"]


def test_safety_message_whose_template_raises_still_gives_the_numbers(with_broken_templates, library):
    answer = with_broken_templates.say("one of my calves is swollen and hurts when I touch it")
    expect.a_reply(answer)
    assert library.clinic.emergency_number in answer.text
    assert library.clinic.phone in answer.text or library.clinic.after_hours_phone in answer.text


def test_alerts_of_every_outage_are_on_record_in_the_end_each_once(running):
    wait_for(lambda: not _on_the_disk(running))
    wait_for(lambda: _alerts(running) == len(running.alerted) > 0)


def _on_the_disk(ivy: RunningIvy) -> list:
    """Alerts that the records do not have yet."""
    return list((ivy.folder / "escalations").glob("*.json"))


def _alerts(ivy: RunningIvy) -> int:
    """Alerts on record, read as the file stands, because another connection may hold its lock."""
    with sqlite3.connect(f"file:{ivy.records}?mode=ro", uri=True, timeout=2) as connection:
        try:
            return connection.execute("SELECT count(*) FROM escalations").fetchone()[0]
        except sqlite3.OperationalError:
            return -1
