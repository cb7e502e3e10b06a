"""A warning sign wins over forms and over every other policy."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Text

from rasa.core.constants import POLICY_PRIORITY
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa.conversation import SAFETY_SLOT, latest_verdict

ESCALATE, QUESTION_LIST = "action_escalate", "action_question_list"
PRIORITY = 100


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False)
class IvySafetyPolicy(Policy):
    """Predicts the escalation, and for a check question first the answer to what was asked, or the change
    of the question list that was (also for a routine sign: the list is where it belongs).

    Its predictions are "no user" ones: those beat everything in Rasa's ensemble, active forms too
    (rasa/core/policies/ensemble.py, `_pick_best_policy`). It also keeps the safety slot."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {POLICY_PRIORITY: PRIORITY}

    def train(self, training_trackers: List[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        return self._resource

    def predict_action_probabilities(self, tracker: DialogueStateTracker, domain: Domain, rule_only_data: Optional[Dict[Text, Any]] = None, **kwargs: Any) -> PolicyPrediction:
        done = actions_since_message(tracker)
        events = _remembered(tracker) if not done else []
        verdict = latest_verdict(tracker)
        if verdict is None or not verdict.acts:
            return self._prediction(self._default_predictions(domain), events=events)
        plan = [ESCALATE]
        parse = tracker.latest_message.parse_data
        topic = parse.get("topic")
        if parse.get("list_command") and (verdict.check or verdict.tier == "routine"):
            plan.insert(0, QUESTION_LIST)
        elif verdict.check and topic and f"utter_{topic}" in domain.action_names_or_texts:
            plan.insert(0, f"utter_{topic}")
        following = plan[len(done)] if len(done) < len(plan) else ACTION_LISTEN_NAME
        if not done and tracker.active_loop_name:
            events += [ActiveLoop(None), SlotSet("requested_slot", None)]
        scores = self._default_predictions(domain)
        scores[domain.index_for_action(following)] = 1.0
        return self._prediction(scores, events=events, is_no_user_prediction=True)


def actions_since_message(tracker: DialogueStateTracker) -> list[str]:
    """What was done in this turn, without listening and the filling of slots; newest first."""
    names: list[str] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted) and event.action_name not in ("action_extract_slots", ACTION_LISTEN_NAME):
            names.append(event.action_name)
    return names


def _remembered(tracker: DialogueStateTracker) -> list:
    """The guard's new safety state, to be kept in its slot."""
    state = ((tracker.latest_message and tracker.latest_message.metadata) or {}).get("state")
    return [SlotSet(SAFETY_SLOT, state)] if state and state != tracker.get_slot(SAFETY_SLOT) else []
