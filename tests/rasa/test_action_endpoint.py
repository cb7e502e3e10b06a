"""Rasa's calls of the action server: bounded in time, and what comes back is checked."""

from __future__ import annotations

import jsonschema
import pytest
from rasa.core.actions import action
from rasa.utils.endpoints import EndpointConfig

from bot.rasa.action_endpoint import ACTION_PATIENCE, quicken_action_calls

GOOD = {"events": [{"event": "slot", "name": "signs", "value": ["stiff_neck"], "timestamp": None}], "responses": [{"response": "utter_greet"}]}
BAD = [{"events": "none"}, {"events": [{"event": "no such event"}]}, {"responses": ["words"]}]


@pytest.fixture
def remote(monkeypatch):
    monkeypatch.setattr(action, "DEFAULT_REQUEST_TIMEOUT", action.DEFAULT_REQUEST_TIMEOUT)
    monkeypatch.setattr(action.RemoteAction, "_validate_action_result", action.RemoteAction._validate_action_result)
    quicken_action_calls()
    return action.RemoteAction("action_escalate", EndpointConfig("http://127.0.0.1:9"))


def test_reply_as_the_action_server_sends_it_is_taken(remote):
    assert remote._validate_action_result(GOOD) is True


@pytest.mark.parametrize("reply", BAD)
def test_reply_of_another_form_is_refused(remote, reply):
    with pytest.raises(jsonschema.ValidationError):
        remote._validate_action_result(reply)


def test_action_server_that_hangs_is_given_up_in_time(remote):
    assert action.DEFAULT_REQUEST_TIMEOUT == ACTION_PATIENCE < 3
