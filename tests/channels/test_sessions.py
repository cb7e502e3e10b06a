"""Sessions: only this server issues them, and a token that is not its own opens nothing."""

from __future__ import annotations

import stat
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels import sessions
from bot.channels.sessions import LIFETIME, LONGEST, RENEWED_AFTER, Sessions, server_secret

SESSIONS = Sessions("a secret of the tests")


@pytest.fixture
def state(monkeypatch, tmp_path):
    monkeypatch.setenv("IVY_STATE", str(tmp_path))
    monkeypatch.delenv("IVY_SECRET", raising=False)
    return tmp_path


def test_issued_session_opens_its_conversation():
    token = SESSIONS.issue()
    assert SESSIONS.open(token) == SESSIONS.open(token) is not None


def test_two_sessions_are_two_conversations():
    assert SESSIONS.open(SESSIONS.issue()).conversation != SESSIONS.open(SESSIONS.issue()).conversation


def test_session_outlives_a_restart_with_the_same_secret():
    token = SESSIONS.issue()
    assert Sessions("a secret of the tests").open(token) == SESSIONS.open(token)


def test_session_of_another_server_is_refused():
    assert SESSIONS.open(Sessions("another secret").issue()) is None


def test_session_past_its_lifetime_is_refused():
    assert Sessions("a secret of the tests", lifetime=-1).open(SESSIONS.issue()) is None


def test_session_with_one_letter_changed_is_refused():
    token = SESSIONS.issue()
    for place in range(token.index(".")):  # the conversation's id: each letter of it is signed
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert SESSIONS.open(changed) is None


def test_conversation_id_itself_opens_nothing():
    assert SESSIONS.open(SESSIONS.open(SESSIONS.issue()).conversation) is None


@pytest.mark.parametrize("token", [None, "", 17, True, {}, ["a"], "a.b.c", ".", "\ud800", "\x00", "é.é.é", "x" * 100_000],
                         ids=["nothing", "empty", "a number", "true", "an object", "a list", "dots", "a dot", "half a character", "a null", "accents", "very long"])
def test_rubbish_is_refused(token):
    assert SESSIONS.open(token) is None


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters()))
def test_no_text_at_all_opens_a_conversation(text):
    assert SESSIONS.open(text) is None


@pytest.fixture
def later(monkeypatch):
    """Moves the time of sessions and of the signatures under them."""
    real = sessions.time.time

    def _later(seconds: float) -> None:
        monkeypatch.setattr("time.time", lambda: real() + seconds)

    return _later


def test_fresh_token_is_not_renewed():
    assert SESSIONS.open(SESSIONS.issue()).renewed is None


def test_token_is_renewed_for_the_same_conversation(later):
    token = SESSIONS.issue()
    later(RENEWED_AFTER + 1)
    renewed = SESSIONS.open(token).renewed
    assert renewed not in (None, token) and SESSIONS.open(renewed).conversation == SESSIONS.open(token).conversation


def test_renewed_token_outlives_the_first(later):
    token = SESSIONS.issue()
    later(LIFETIME - 60)
    renewed = SESSIONS.open(token).renewed
    later(LIFETIME + 60)
    assert SESSIONS.open(token) is None and SESSIONS.open(renewed) is not None


def test_conversation_ends_however_often_its_token_is_renewed(later):
    token, hours = SESSIONS.issue(), 0
    while token and hours <= LONGEST / 3600 + 24:
        hours += 6
        later(hours * 3600)
        opened = SESSIONS.open(token)
        token = opened and opened.renewed
    assert LONGEST / 3600 <= hours <= LONGEST / 3600 + 6


def test_forged_token_is_not_renewed(later):
    later(RENEWED_AFTER + 1)
    assert SESSIONS.open("web-1") is None and SESSIONS.open(Sessions("another").issue()) is None


def test_secret_of_the_environment_is_used(state, monkeypatch):
    monkeypatch.setenv("IVY_SECRET", "given")
    assert server_secret() == "given" and list(state.iterdir()) == []


def test_secret_is_made_once_and_kept(state):
    assert server_secret() == server_secret() != ""


def test_two_installations_have_two_secrets(state, monkeypatch, tmp_path_factory):
    first = server_secret()
    monkeypatch.setenv("IVY_STATE", str(tmp_path_factory.mktemp("other")))
    assert server_secret() != first


def test_secret_is_readable_by_its_owner_only(state):
    server_secret()
    (file,) = state.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_empty_secret_left_by_a_full_disk_is_not_used(state):
    """Whoever knows that the secret is empty could sign any session."""
    (state / "secret").touch()
    assert len(server_secret()) >= 32


def test_secret_is_never_seen_half_written(state):
    seen, start = [], threading.Barrier(4)

    def look() -> None:
        start.wait()
        seen.append(server_secret())

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(secret) for secret in seen] == [64] * 4


@pytest.mark.parametrize("behind", [2, 3600])
def test_session_of_a_server_whose_clock_is_ahead_is_good_here(later, behind):
    """Two servers' clocks are never the same, and one may be set back."""
    token = SESSIONS.issue()
    later(-behind)
    assert SESSIONS.open(token) and SESSIONS.open(token).renewed is None
