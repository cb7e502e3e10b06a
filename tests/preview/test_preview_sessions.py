"""Sessions end by themselves, and a token from before the login is worth nothing after it."""

from __future__ import annotations

import pytest

from bot.preview.sessions import IDLE_SECONDS, LIFETIME_SECONDS, MOST_VISITORS, Sessions


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sessions(clock):
    return Sessions(clock)


def test_session_is_found_by_its_token_alone(sessions):
    token, session = sessions.start("ada")
    assert sessions.find(token) is session
    assert sessions.find(session.key) is None and sessions.find("other") is None and sessions.find(None) is None


def test_idle_session_ends_and_remembers_whose_it_was(sessions, clock):
    token, _ = sessions.start("ada")
    clock.now += IDLE_SECONDS + 1
    assert sessions.find(token) is None and sessions.whose(token) == "ada"


def test_use_keeps_a_session_alive_until_its_last_hour(sessions, clock):
    token, _ = sessions.start("ada")
    begun = clock.now
    while clock.now - begun < LIFETIME_SECONDS - IDLE_SECONDS:
        clock.now += IDLE_SECONDS - 1
        assert sessions.find(token)
    clock.now = begun + LIFETIME_SECONDS + 1
    assert sessions.find(token) is None


def test_token_from_before_the_login_opens_nothing(sessions):
    before, visitor = sessions.start()
    after, _ = sessions.start("ada", old=visitor)
    assert sessions.find(before) is None and sessions.find(after).account == "ada" and before != after


def test_other_sessions_of_an_account_can_be_ended(sessions):
    here, session = sessions.start("ada")
    there, _ = sessions.start("ada")
    somebody, _ = sessions.start("bea")
    sessions.end_all_of("ada", but=session)
    assert sessions.find(here) and sessions.find(somebody) and not sessions.find(there)


def test_visitors_without_an_account_cannot_fill_the_memory_nor_push_anybody_out(sessions):
    token, _ = sessions.start("ada")
    tokens = [sessions.start()[0] for _ in range(MOST_VISITORS + 20)]
    assert sum(bool(sessions.find(visitor)) for visitor in tokens) == MOST_VISITORS
    assert sessions.find(token)


def test_message_is_told_once(sessions):
    _, session = sessions.start("ada")
    session.messages.append(("done", "Saved."))
    assert session.take_messages() == [("done", "Saved.")] and session.take_messages() == []
