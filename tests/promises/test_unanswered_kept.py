"""Questions without an answer: kept, scrubbed, only where the clinic has switched it on and the patient was told."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from server import RunningIvy, wait_for

OUT_OF_SCOPE = "which football team won the cup last night"
WITH_A_NAME = "did quillfeather win the football cup last night"


@pytest.fixture(scope="module")
def keeping():
    ivy = RunningIvy.start({"IVY_KEEP_UNANSWERED": "yes"}).ready()
    yield ivy
    ivy.stop()


def kept(ivy: RunningIvy) -> list[tuple]:
    with closing(sqlite3.connect(ivy.records)) as connection:
        return connection.execute("SELECT text, why FROM unanswered ORDER BY number").fetchall()


def test_question_is_kept_with_its_words_and_one_with_a_name_is_only_counted(keeping):
    assert keeping.say(OUT_OF_SCOPE).contents[-1] in ("voice/out_of_scope", "voice/not_sure")
    wait_for(lambda: len(kept(keeping)) == 1)
    assert keeping.say(WITH_A_NAME).contents[-1] in ("voice/out_of_scope", "voice/not_sure")
    wait_for(lambda: len(kept(keeping)) == 2)
    assert [text for text, _ in kept(keeping)] == [OUT_OF_SCOPE, None]


def test_answered_question_and_warning_sign_are_not_kept(keeping):
    before = kept(keeping)
    for words in ("what is ivig made of", "my chest hurts and i cannot breathe"):
        assert keeping.say(words).status == 200
    assert keeping.say(OUT_OF_SCOPE).status == 200
    wait_for(lambda: len(kept(keeping)) > len(before))
    assert [text for text, _ in kept(keeping)[len(before):]] == [OUT_OF_SCOPE]


def test_patient_is_told_before_the_first_message_and_when_asked(keeping):
    assert "kept apart" in keeping.get("/ivy.js").body
    assert "kept apart" in keeping.say("what happens to my data here").text


def test_nothing_is_kept_where_it_is_off(running):
    assert running.say(OUT_OF_SCOPE).contents[-1] in ("voice/out_of_scope", "voice/not_sure")
    assert kept(running) == [] and "kept apart" not in running.get("/ivy.js").body
