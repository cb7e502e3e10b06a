"""Graph component: the topic classifier as Rasa's intent classifier."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.library.items import text_hash
from bot.library.list_commands import Command
from bot.project import ROOT
from bot.rasa.conversation import typed_list_command
from bot.understanding import classifier, decision
from bot.understanding.classifier import SentenceClassifier
from bot.understanding.encoders import WEIGHTS, shared_encoders
from bot.understanding.language import other_language


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IvyTopicClassifier(GraphComponent):
    """Sets `intent` (a topic, did_you_mean or not_sure), `intent_ranking`, `topic` and `options`.

    A typed change of the question list is recognised by its words, before any guess: `list_command`."""

    def __init__(self, storage: ModelStorage, resource: Resource, model: SentenceClassifier | None = None) -> None:
        self._storage, self._resource, self._model = storage, resource, model

    @classmethod
    def create(cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext) -> IvyTopicClassifier:
        return cls(model_storage, resource)

    @classmethod
    def load(cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext, **kwargs: Any) -> IvyTopicClassifier:
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, SentenceClassifier.load(folder, shared_encoders()))

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> str:
        """Rasa's fingerprint sees this class only; the model also depends on these."""
        sources = [(ROOT / "bot" / "understanding" / name).read_text() for name in ("classifier.py", "encoders.py")]
        return text_hash(*sources, str(WEIGHTS), str(classifier.C))

    def train(self, training_data: TrainingData) -> Resource:
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        self._model = SentenceClassifier.fit(shared_encoders(), [e.get(TEXT) for e in examples], [e.get(INTENT) for e in examples])
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process(self, messages: List[Message], tracker: Optional[DialogueStateTracker] = None) -> List[Message]:
        """Rasa's recipe gives a component the tracker when its `process` names one (default_recipe.py,
        `_get_needs_from_args`); the tracker ends before the message. Outside a conversation there is none."""
        for message in messages:
            text = message.get(TEXT) or ""
            if text.startswith("/"):  # a pressed button: RegexMessageHandler reads it after us
                continue
            command = typed_list_command(text, tracker)
            if command:
                self._obey(message, command)
            else:
                self._understand(message, text)
        return messages

    def _obey(self, message: Message, command: Command) -> None:
        message.set("intent", {"name": f"list_{command.kind}", "confidence": 1.0}, add_to_output=True)
        message.set("list_command", command.kind, add_to_output=True)
        message.set("topic", "questions_for_doctor", add_to_output=True)
        message.set("options", [], add_to_output=True)

    def _understand(self, message: Message, text: str) -> None:
        guess = self._model.guess(text)
        decided = decision.decide(guess)
        language = other_language(text)
        if language:
            message.set("language", language, add_to_output=True)
            decided = decision.Decision("other_language", "change_language")
        ranking = [{"name": label, "confidence": chance} for label, chance in guess.ranked[:10]]
        message.set("intent", {"name": decided.intent, "confidence": guess.confidence}, add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)
        message.set("topic", decided.topic, add_to_output=True)
        message.set("options", list(decided.options), add_to_output=True)
