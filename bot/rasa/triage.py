"""Graph component, last in the pipeline: a warning sign becomes the intent report_symptom."""

from __future__ import annotations

from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.safety.service import safety_dialogue
from bot.safety.verdict import Verdict

REPORT_SYMPTOM = "report_symptom"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class IvyTriage(GraphComponent):
    """Reads the guard's verdict from the message's metadata; judges the text itself where there is none."""

    @classmethod
    def create(cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext) -> IvyTriage:
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            verdict = verdict_of(message.get("metadata")) or safety_dialogue().next_verdict(message.get(TEXT) or "")[0]
            message.set("verdict", verdict.as_dict(), add_to_output=True)
            if verdict.acts:
                message.set("intent", {"name": REPORT_SYMPTOM, "confidence": 1.0}, add_to_output=True)
        return messages


def verdict_of(metadata: Any) -> Verdict | None:
    """The verdict that travels in a message's metadata, if one does."""
    saved = metadata.get("verdict") if isinstance(metadata, dict) else None
    return Verdict.from_dict(saved) if saved else None
