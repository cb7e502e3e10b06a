"""Promise 6: after all other tests, no log of the run holds what its patients typed, whatever was broken meanwhile."""

from __future__ import annotations

import json

import patients_words
import pytest
from patients_words import RUN, leaked
from rasa.core.channels.channel import UserMessage

CANARY = "the quillfeather canary sings"


def test_no_log_of_this_run_holds_a_patients_words():
    typed = patients_words.typed()
    found = {str(log): words for log in patients_words.logs() if log.exists() and (words := leaked(log.read_text(errors="replace"), typed))}
    assert found == {}


def test_no_log_of_this_run_holds_a_servers_secret():
    secrets = patients_words.secrets()
    assert not [log for log in patients_words.logs() if log.exists() and any(secret and secret in log.read_text(errors="replace") for secret in secrets)]


@pytest.mark.parametrize("log", [f"error: could not read '{CANARY}'", json.dumps({"event": "x", "text": CANARY.upper()}), "the quillfeather\n   canary", json.dumps({"text": "the\nquillfeather\ncanary"})])
def test_patients_words_in_a_log_would_be_found(log):
    assert leaked(log, {CANARY, "yes"})


def test_words_with_accents_would_be_found_in_json():
    assert leaked(json.dumps({"text": "no puedo respirar así"}), {"puedo respirar así"})


def test_shorter_texts_are_nobodys():
    assert RUN == 3 and not leaked("yes it is", {"yes it"})


def test_this_process_writes_its_log_at_info():
    """Else nothing would be looked at."""
    import structlog

    structlog.get_logger("bot.tests").info("a_line_of_the_tests")
    assert "a_line_of_the_tests" in patients_words.OWN_LOG[0].read_text()


def test_messages_to_an_ivy_in_this_process_are_heard():
    UserMessage("the quillfeather canary is heard", None, "somebody")
    assert "the quillfeather canary is heard" in patients_words.TYPED
