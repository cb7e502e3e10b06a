"""A warning sign wins: the escalation comes first, a check after the answer to what was asked, forms stop."""

from __future__ import annotations

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.project import ROOT
from bot.rasa.policy import ESCALATE, QUESTION_LIST, IvySafetyPolicy
from bot.safety.verdict import Verdict

ALERT = Verdict(tier="urgent", message="urgent_fever", signs=("fever",))
CHECK = Verdict(check=True, suspected="urgent", message="check", signs=("fever",))
ROUTINE = Verdict(tier="routine", message="routine", signs=("tiredness",))


@pytest.fixture(scope="module")
def domain():
    return Domain.load(str(ROOT / "domain.yml"))


@pytest.fixture
def predict(domain, tmp_path):
    """The policy's prediction after a message with this verdict and what was done since."""
    policy = IvySafetyPolicy(IvySafetyPolicy.get_default_config(), LocalModelStorage(tmp_path), Resource("safety"), ExecutionContext(GraphSchema({})))

    def _predict(verdict, *done, before=(), state=None, **parse):
        metadata = {"state": state, **({"verdict": verdict.as_dict()} if verdict else {})}
        events = [*before, UserUttered("words", {"name": "report_symptom", "confidence": 1.0}, parse_data={"intent": {"name": "report_symptom"}, **parse}, metadata=metadata)]
        tracker = DialogueStateTracker.from_events("someone", [*events, *(ActionExecuted(name) for name in done)], slots=domain.slots)
        return policy.predict_action_probabilities(tracker, domain)

    return _predict


def action(domain, prediction) -> str:
    return domain.action_names_or_texts[prediction.probabilities.index(max(prediction.probabilities))]


@pytest.mark.parametrize("verdict", [ALERT, CHECK, ROUTINE], ids=["alert", "check", "routine"])
def test_sign_is_escalated_then_ivy_listens(domain, predict, verdict):
    assert action(domain, predict(verdict)) == ESCALATE
    assert action(domain, predict(verdict, ESCALATE)) == ACTION_LISTEN_NAME


@pytest.mark.parametrize("verdict", [ALERT, CHECK])
def test_prediction_beats_forms_and_every_other_policy(predict, verdict):
    """Rasa's ensemble takes a "no user" prediction before any other."""
    assert predict(verdict).is_no_user_prediction


def test_check_first_answers_what_was_asked(domain, predict):
    assert action(domain, predict(CHECK, topic="how_fast")) == "utter_how_fast"
    assert action(domain, predict(CHECK, "utter_how_fast", topic="how_fast")) == ESCALATE
    assert action(domain, predict(CHECK, "utter_how_fast", ESCALATE, topic="how_fast")) == ACTION_LISTEN_NAME


@pytest.mark.parametrize("topic", ["how_fast", None, "no_such_topic"])
def test_alert_comes_before_any_answer(domain, predict, topic):
    assert action(domain, predict(ALERT, topic=topic)) == ESCALATE


def test_check_about_an_unknown_topic_only_asks(domain, predict):
    assert action(domain, predict(CHECK, topic="no_such_topic")) == ESCALATE


@pytest.mark.parametrize("verdict, first", [(CHECK, QUESTION_LIST), (ROUTINE, QUESTION_LIST), (ALERT, ESCALATE)], ids=["check", "routine", "alert"])
def test_list_command_is_obeyed_before_all_but_an_alert(domain, predict, verdict, first):
    assert action(domain, predict(verdict, topic="questions_for_doctor", list_command="add")) == first


@pytest.mark.parametrize("verdict", [None, Verdict(), Verdict(note=True)], ids=["not judged", "none", "note"])
def test_without_a_sign_others_decide(predict, verdict):
    prediction = predict(verdict)
    assert not any(prediction.probabilities) and not prediction.is_no_user_prediction


def test_running_form_is_ended(predict):
    events = predict(ALERT, before=[ActiveLoop("some_form")]).events
    assert ActiveLoop(None) in events and SlotSet("requested_slot", None) in events


def test_listening_before_the_message_is_no_answer_to_it(domain, predict):
    assert action(domain, predict(ALERT, before=[ActionExecuted(ESCALATE), ActionExecuted(ACTION_LISTEN_NAME)])) == ESCALATE


@pytest.mark.parametrize("verdict", [ALERT, Verdict()])
def test_state_is_kept_once(predict, verdict):
    kept = SlotSet("safety", {"asked": 1})
    assert kept in predict(verdict, state={"asked": 1}).events
    assert kept not in predict(verdict, ESCALATE, state={"asked": 1}).events
    assert kept not in predict(verdict, before=[kept], state={"asked": 1}).events
