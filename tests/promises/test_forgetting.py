"""What a patient typed is gone when they ask for it, from the files too; what could not be deleted is not called deleted."""

from __future__ import annotations

import itertools
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import expect
import outages
import pytest
from expect import STIFF_NECK
from server import wait_for
from waiting import eventually

NAMES = itertools.cycle(["Quillfeather", "Bramblewick", "Oddershaw", "Pennyfarthing", "Thistlewood", "Crabtree", "Winterbourne", "Fothergill", "Larkspur", "Hollyoak", "Mossgrove", "Applegarth"])


@pytest.fixture()
def canary():
    """A name that nobody types in another test."""
    return next(NAMES)


@pytest.fixture()
def session(running, canary):
    """A conversation in which the canary was named."""
    session = running.session()
    expect.a_reply(running.say(f"my cousin {canary} would like to know how a drip is given", session))
    with closing(sqlite3.connect(running.conversations)) as reader:
        eventually(lambda: reader.execute("SELECT count(*) FROM events WHERE data LIKE ?", (f"%{canary}%",)).fetchone() > (0,))
    return session


def kept(ivy, canary: str) -> bool:
    """Whether the word stands in the conversations' database or its log, as the bytes lie on the disk."""
    bytes_kept = b""
    for file in ivy.folder.glob("conversations.db*"):
        with suppress(FileNotFoundError):
            bytes_kept += file.read_bytes()
    return canary.encode() in bytes_kept


def typed(ivy, session):
    return ivy.say("forget me please", session)


def deleted_by_menu(ivy, session):
    return ivy.post("/api/forget", {"session": session})


@pytest.mark.parametrize("forget", [typed, deleted_by_menu])
def test_forgetting_takes_the_words_out_of_the_database_file(running, session, canary, forget):
    assert forget(running, session).contents == ["voice/forget_done"]
    assert not kept(running, canary)


def test_forgetting_takes_the_words_out_while_somebody_has_the_file_open(running, session, canary):
    """Then SQLite keeps its write-ahead log, which has the words too."""
    with closing(sqlite3.connect(running.conversations)) as reader:
        reader.execute("SELECT count(*) FROM events").fetchone()
        deleted_by_menu(running, session)
        assert not kept(running, canary)


def test_forgetting_twice_forgets_what_was_said_in_between(running, session, canary):
    deleted_by_menu(running, session)
    running.say(f"{canary} is back", session)
    deleted_by_menu(running, session)
    assert not kept(running, canary)


def test_forgetting_while_an_answer_is_on_its_way_leaves_nothing(running, session, canary):
    """A turn that is still at work would write its words after they were deleted."""
    with outages.actions_hanging(running), ThreadPoolExecutor() as thread:
        answer = thread.submit(running.say, f"{STIFF_NECK}, says {canary}", session)
        wait_for(lambda: outages.actions_are_asked(running))  # and will not answer
        assert deleted_by_menu(running, session).contents == ["voice/forget_done"]
        answer.result()
    assert not kept(running, canary)


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


def test_deleting_works_again_after_the_database_came_back(running, session, canary):
    with outages.conversations_locked_for_writing(running):
        deleted_by_menu(running, session)
    assert deleted_by_menu(running, session).contents == ["voice/forget_done"]
    assert not kept(running, canary)


def test_failed_deletion_may_be_sent_again(running, session, canary):
    """The page's "Send again" repeats the message's id."""
    with outages.conversations_locked_for_writing(running):
        assert running.say("forget me", session, "the same id").status == 500
    assert running.say("forget me", session, "the same id").contents == ["voice/forget_done"]
    assert not kept(running, canary)


def test_canary_never_reaches_the_log(running, session, canary):
    assert canary not in running.log()
