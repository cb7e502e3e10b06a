"""The policy that says two answers in turn, and keeps out of everything else."""

from __future__ import annotations

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.project import ROOT
from bot.rasa.policy import IvySafetyPolicy
from bot.rasa.two_answers import WARM_LINE, IvyTwoQuestionsPolicy
from bot.safety.verdict import Verdict

FIRST, SECOND = "utter_how_fast", "utter_brands"
TWO = {"topic": "how_fast", "answers": ["how_fast", "brands"]}


@pytest.fixture(scope="module")
def domain():
    return Domain.load(str(ROOT / "domain.yml"))


@pytest.fixture
def predict(domain, tmp_path):
    """The action predicted after a message with this parse data and what was done since; None where others decide."""
    policy = IvyTwoQuestionsPolicy(IvyTwoQuestionsPolicy.get_default_config(), LocalModelStorage(tmp_path), Resource("two"), ExecutionContext(GraphSchema({})))

    def _predict(*done, verdict=None, **parse):
        message = UserUttered("words", {"name": "ask_how_fast", "confidence": 1.0}, parse_data={"intent": {"name": "ask_how_fast"}, **parse}, metadata={"verdict": verdict.as_dict()} if verdict else {})
        tracker = DialogueStateTracker.from_events("someone", [message, *(ActionExecuted(name) for name in done)], slots=domain.slots)
        scores = policy.predict_action_probabilities(tracker, domain).probabilities
        return domain.action_names_or_texts[scores.index(max(scores))] if any(scores) else None

    return _predict


def test_two_answers_are_said_in_turn(predict):
    assert [predict(**TWO), predict(FIRST, **TWO), predict(FIRST, SECOND, **TWO)] == [FIRST, SECOND, ACTION_LISTEN_NAME]


def test_the_warm_line_comes_before_the_answer(predict):
    fear = {"topic": "how_fast", "worried": True}
    assert [predict(**fear), predict(WARM_LINE, **fear), predict(WARM_LINE, FIRST, **fear)] == [WARM_LINE, FIRST, ACTION_LISTEN_NAME]


@pytest.mark.parametrize("parse", [{}, {"topic": "how_fast"}, {"topic": None, "answers": []}, {"topic": None, "worried": True}], ids=["pressed", "one", "none", "fear alone"])
def test_one_answer_is_left_to_the_rules(predict, parse):
    assert predict(**parse) is None


@pytest.mark.parametrize("verdict", [Verdict(tier="urgent", message="urgent_fever"), Verdict(check=True, suspected="urgent", message="check"), Verdict(tier="routine", message="routine")], ids=["alert", "check", "routine"])
def test_a_sign_silences_it(predict, verdict):
    assert predict(verdict=verdict, **TWO) is None


def test_a_standing_line_does_not(predict):
    assert predict(verdict=Verdict(note=True), **TWO) == FIRST


def test_an_answer_without_a_response_is_left_alone(predict):
    assert predict(topic="how_fast", answers=["how_fast", "no_such_answer"]) is None


def test_safety_stands_above_it():
    assert IvySafetyPolicy.get_default_config()["priority"] > IvyTwoQuestionsPolicy.get_default_config()["priority"]
