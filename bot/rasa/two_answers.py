"""Two questions in one message get two answers, and fear that came with a question one warm line before it."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Text

from rasa.core.constants import POLICY_PRIORITY
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa.conversation import latest_verdict, parsed
from bot.rasa.policy import PRIORITY, actions_since_message

WARM_LINE = "utter_worry_first"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False)
class IvyTwoQuestionsPolicy(Policy):
    """Predicts the answers that the pipeline wrote into `answers`, one after the other, then listening.

    A rule says one answer and then listens; this one's priority is higher (rasa/core/policies/ensemble.py,
    `_pick_best_policy`). Where a sign is named it predicts nothing: IvySafetyPolicy decides alone."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {POLICY_PRIORITY: PRIORITY - 1}

    def train(self, training_trackers: List[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        return self._resource

    def predict_action_probabilities(self, tracker: DialogueStateTracker, domain: Domain, rule_only_data: Optional[Dict[Text, Any]] = None, **kwargs: Any) -> PolicyPrediction:
        verdict = latest_verdict(tracker)
        plan = _plan(tracker)
        scores = self._default_predictions(domain)
        if len(plan) > 1 and not (verdict and verdict.acts) and set(plan) <= set(domain.action_names_or_texts):
            done = len(actions_since_message(tracker))
            scores[domain.index_for_action(plan[done] if done < len(plan) else ACTION_LISTEN_NAME)] = 1.0
        return self._prediction(scores)


def _plan(tracker: DialogueStateTracker) -> List[Text]:
    """The responses to say in turn; one alone is left to the rules."""
    answers = parsed(tracker, "answers") or [topic for topic in (parsed(tracker, "topic"),) if topic]
    return [*([WARM_LINE] if parsed(tracker, "worried") else []), *(f"utter_{topic}" for topic in answers)]
