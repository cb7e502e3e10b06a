"""Graph component: the topic classifier as Rasa's intent classifier."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, Dict, List, Mapping, Optional, Text

import numpy as np
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
from bot.library.library import Library
from bot.library.service import speaker
from bot.project import ROOT
from bot.rasa.conversation import said_before, typed_list_command
from bot.training import UNDERSTANDING
from bot.understanding.classifier import SentenceClassifier
from bot.understanding.decision import Decision
from bot.understanding.encoders import shared_encoders
from bot.understanding.followup import Topic, follow_up_table
from bot.understanding.language import other_language
from bot.understanding.reading import Reader, Reading
from bot.understanding.weight_files import encoder_version


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IvyTopicClassifier(GraphComponent):
    """Sets `intent` (a topic, did_you_mean or not_sure), `intent_ranking`, `topic` and `options`; for a follow-up
    `block`, `about` and `follow_up` (why it was read so); for two questions `answers`, `later` and `worried`.

    A typed change of the question list is recognised by its words, before any guess: `list_command`."""

    served: ClassVar[Optional[IvyTopicClassifier]] = None  # of the model that this process loaded last

    def __init__(self, storage: ModelStorage, resource: Resource, model: SentenceClassifier | None = None) -> None:
        self._storage, self._resource, self._model = storage, resource, model

    @classmethod
    def create(cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext) -> IvyTopicClassifier:
        return cls(model_storage, resource)

    @classmethod
    def load(cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext, **kwargs: Any) -> IvyTopicClassifier:
        with model_storage.read_from(resource) as folder:
            cls.served = cls(model_storage, resource, SentenceClassifier.load(folder, shared_encoders()))
        return cls.served

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> str:
        """Rasa's fingerprint sees this class only; the model also depends on these."""
        sources = [path.read_text() for name in UNDERSTANDING for path in sorted(ROOT.glob(name))]
        return text_hash(*sources, encoder_version())

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
                self._understand(message, text, tracker)
        return messages

    @cached_property
    def reader(self) -> Reader:
        """The model as it is asked in conversations, with the answers that there are."""
        return Reader(self._model, answerable(speaker().library), follow_up_table())

    def _obey(self, message: Message, command: Command) -> None:
        message.set("intent", {"name": f"list_{command.kind}", "confidence": 1.0}, add_to_output=True)
        message.set("list_command", command.kind, add_to_output=True)
        message.set("topic", "questions_for_doctor", add_to_output=True)
        message.set("options", [], add_to_output=True)

    def _understand(self, message: Message, text: str, tracker: Optional[DialogueStateTracker]) -> None:
        reading = self.reader.read(text, said_before(tracker))
        language = other_language(text)
        if language:
            message.set("language", language, add_to_output=True)
            reading = Reading(Decision("other_language", "change_language"), reading.guess)
        decided = reading.decision
        ranking = [{"name": label, "confidence": chance} for label, chance in reading.guess.ranked[:10]]
        message.set("intent", {"name": decided.intent, "confidence": reading.confidence}, add_to_output=True)
        for key, value in {"intent_ranking": ranking, "topic": decided.topic, "options": list(decided.options), "answers": list(reading.answers), "later": list(reading.later),
                           "worried": reading.worried, "about": reading.about, "block": reading.block, "follow_up": reading.why}.items():
            message.set(key, value, add_to_output=True)


def foresee(text: Text) -> Dict[Text, np.ndarray]:
    """Judge a message where that holds up nobody. Rasa runs its graph on the event loop, which nothing should hold up for long;
    there the classifier then remembers what it is asked. Gives what it said, for a classifier in another process."""
    served = IvyTopicClassifier.served
    return served.reader.foresee(text) if served and not text.startswith("/") else {}


def remember(foreseen: Mapping[Text, np.ndarray]) -> None:
    """What `foresee` gave in another process."""
    if IvyTopicClassifier.served:
        IvyTopicClassifier.served.reader.remember(foreseen)


def answerable(library: Library) -> Dict[Text, Topic]:
    """Every answer as the reader of messages needs to know it, by its topic."""
    return {topic: Topic(item.family, str(item.front["question"]), library.renderer.conditions(item)) for topic, item in library.answers.items()}
