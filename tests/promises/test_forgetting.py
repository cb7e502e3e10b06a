"""What a patient typed is gone when they ask for it, from the files too; what could not be deleted is not called deleted."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import expect
import outages
import pytest
from expect import STIFF_NECK

CANARY = "Quillfeather"
SAYING = f"my cousin {CANARY} would like to know how a drip is given"


def bytes_kept(ivy) -> bytes:
    """The conversations' database with its log, as the bytes lie on the disk."""
    return b"".join(file.read_bytes() for file in ivy.folder.glob("conversations.db*"))


@pytest.fixture()
def session(running):
    """A conversation in which the canary was named."""
    session = running.session()
    expect.a_reply(running.say(SAYING, session))
    assert CANARY.encode() in bytes_kept(running)
    return session


def typed(ivy, session):
    return ivy.say("forget me please", session)


def deleted_by_menu(ivy, session):
    return ivy.post("/api/forget", {"session": session})


@pytest.mark.parametrize("forget", [typed, deleted_by_menu])
def test_forgetting_takes_the_words_out_of_the_database_file(running, session, forget):
    assert forget(running, session).contents == ["voice/forget_done"]
    assert CANARY.encode() not in bytes_kept(running)


def test_forgetting_takes_the_words_out_while_somebody_has_the_file_open(running, session):
    """Then SQLite keeps its write-ahead log, which has the words too."""
    with closing(sqlite3.connect(running.conversations)) as reader:
        reader.execute("SELECT count(*) FROM events").fetchone()
        deleted_by_menu(running, session)
        assert CANARY.encode() not in bytes_kept(running)


def test_forgetting_twice_forgets_what_was_said_in_between(running, session):
    deleted_by_menu(running, session)
    running.say(SAYING, session)
    deleted_by_menu(running, session)
    assert CANARY.encode() not in bytes_kept(running)


def test_forgetting_while_an_answer_is_on_its_way_leaves_nothing(running, session):
    """A turn that is still at work would write its words after they were deleted."""
    with outages.actions_hanging(running), ThreadPoolExecutor() as thread:
        answer = thread.submit(running.say, f"{SAYING}, and {STIFF_NECK}", session)
        time.sleep(0.5)  # it now waits for the action server, which will not answer
        assert deleted_by_menu(running, session).contents == ["voice/forget_done"]
        answer.result()
    assert CANARY.encode() not in bytes_kept(running)


def test_forgetting_leaves_other_conversations_alone(running, session):
    other = running.session()
    asked = running.press("what_is_ivig", other)
    deleted_by_menu(running, session)
    assert running.say("tell me more about that", other).contents == asked.contents


@pytest.mark.parametrize("forget", [typed, deleted_by_menu])
def test_what_could_not_be_deleted_is_not_called_deleted(running, session, forget):
    with outages.conversations_locked_for_writing(running):
        answer = forget(running, session)
    assert answer.status == 500
    assert answer.contents == ["voice/service_down"]
    deleted_by_menu(running, session)


def test_deleting_works_again_after_the_database_came_back(running, session):
    with outages.conversations_locked_for_writing(running):
        deleted_by_menu(running, session)
    assert deleted_by_menu(running, session).contents == ["voice/forget_done"]
    assert CANARY.encode() not in bytes_kept(running)


def test_canary_never_reaches_the_log(running, session):
    assert CANARY not in running.log()
