"""What a message asks for where it stands: one topic, two, or a question back.

Brings together the classifier's guess, the thresholds, follow-ups and messages that ask two things."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Mapping

import numpy as np

from bot.understanding.classifier import Guess, SentenceClassifier
from bot.understanding.decision import NOT_SURE, OFFERING, OUT_OF_SCOPE, SURE, TALK, Decision, decide, topic_of
from bot.understanding.followup import MORE, Context, Core, FollowUp, FollowUps, Topic
from bot.understanding.two_questions import asks, clauses, fears, listed, names_treatment

MOST_ANSWERS = 2
MOST_WORDS = 16       # of a follow-up, as typed; what is longer stands on its own
SURE_OF_PART = 0.85   # where the whole is clear, a part needs this to be a question of its own
WORTH_A_BUTTON = 0.3
LEANING = 0.5         # below it a short message says too little by itself
SAME_TOPIC, SURELY_THE_SAME = 0.7, 0.95
STILL_LIKELY = 0.1
#: What only an answer before gives a meaning.
OF_THE_LAST = frozenset({MORE, "explain_simpler"})
#: Questions about IVIG as such. After an answer on, say, kidneys, "is it permanent" hardly means IVIG.
OF_IVIG_ITSELF = ("about", "uses", "expectations")
OF_ITS_OWN = ("side_effects", "practical")


@dataclass(frozen=True)
class Reading:
    """`decision` on the message as a whole and the `guess` under it. `answers`: topics to answer in turn where
    they are more than one; `later`: asked too, and offered. `worried`: fear came with the question. `about` and
    `block`: what a follow-up names, and the part of the answer that has words for it; `why` it was read so."""

    decision: Decision
    guess: Guess
    answers: tuple = ()
    later: tuple = ()
    worried: bool = False
    about: str = ""
    block: str = "short"
    why: str = ""

    @property
    def confidence(self) -> float:
        return 1.0 if self.why else self.guess.confidence


class Reader:
    """Reads messages in context. `topics`: what can be answered."""

    def __init__(self, model: SentenceClassifier, topics: Mapping[str, Topic], table: Mapping) -> None:
        self._model, self._topics, self._follow_ups = model, topics, FollowUps(table, topics)

    def read(self, text: str, context: Context = Context()) -> Reading:
        """The message in its context. It is encoded once; each of several clauses once more, and so is a short
        one that says too little without what was said before."""
        whole = self._clause(text, context)
        parts = [] if whole.why else clauses(text)
        if _divides(whole.decision, parts, text):
            return self._several(whole, parts, context)
        return whole if whole.decision.topic else self._list(whole, text)

    def foresee(self, text: str) -> dict[str, np.ndarray]:
        """What `read` will ask the model, as far as the message alone can tell, and what the model says (see `remember`). The model remembers it, too."""
        whole, parts = decide(self._model.guess(text)), clauses(text)
        asked = [text, *self._questions(whole, parts)] if _divides(whole, parts, text) else [text]
        return {part: self._model.probabilities(part) for part in asked}

    def remember(self, foreseen: Mapping[str, np.ndarray]) -> None:
        """What `foresee` gave in another process, for when it is asked here."""
        for text, chances in foreseen.items():
            self._model.remember(text, chances)

    def _questions(self, whole: Decision, parts: list[str]) -> list[str]:
        """The parts that ask, unless one alone does in a message that is clear as a whole. Beside what is out of scope only those that name the
        treatment: "Remicade for Crohn's, how many hours is that one" asks nothing that can be answered here."""
        questions = [part for part in parts if asks(part) and (whole.topic != OUT_OF_SCOPE or names_treatment(part))]
        return questions if len(questions) > 1 or whole.topic not in self._topics else []

    def _clause(self, text: str, context: Context, alone: bool = True) -> Reading:
        guess = self._model.guess(text)
        if len(text.split()) > MOST_WORDS:
            return Reading(_decided(guess, context), guess)
        found = self._follow_ups.resolve(text, context)
        if found:
            return self._followed(found, guess)
        reading = Reading(_decided(guess, context), guess)
        core = self._follow_ups.core(text)
        if context.topic and core.led and (core.corrects or not reading.decision.topic):
            reading = self._pointed(reading, core, context)
        return self._short(reading, core, context) if alone and context.topic and core.elliptic and not reading.why else reading

    def _pointed(self, reading: Reading, core: Core, context: Context) -> Reading:
        """Without "and" or "no, I meant" in front; what was answered is then not what was meant."""
        again = self._model.guess(core.text)
        if core.corrects:
            again = without(again, context.topic)
        decided = decide(again)
        # "no, not the money, the other thing": better to offer what it may be than to take it for a mere no
        offers = core.corrects and decided.intent == OFFERING and reading.guess.confidence < SURE
        return Reading(decided, again, why=f"led after {context.topic}") if decided.topic in self._topics or offers else reading

    def _short(self, reading: Reading, core: Core, context: Context) -> Reading:
        """A short message with a pronoun or little else, of no known pattern: the last topic, the classifier's, or both offered."""
        best = topic_of(reading.guess.best)
        if best == context.topic or best not in self._topics and best != MORE:
            return reading
        if not reading.decision.topic and reading.guess.confidence < LEANING:
            if self._same_topic(core, context) < SAME_TOPIC:
                return reading
            why = f"little else after {context.topic}"
            told = FollowUp((MORE,), why) if self._follow_ups.knows(core) else FollowUp((MORE, *[t for t in reading.decision.options if t != MORE][:2]), why, offer=True)
            return self._followed(told, reading.guess)
        if core.points_back and reading.decision.topic in self._topics and self._may_be_the_last(reading, core, context):
            return self._followed(FollowUp((MORE, best), f"pronoun after {context.topic}", offer=True), reading.guess)
        return reading

    def _may_be_the_last(self, reading: Reading, core: Core, context: Context) -> bool:
        """True when "it" may well be what was answered last: headache, and not IVIG."""
        chances = {topic_of(label): chance for label, chance in reading.guess.ranked}
        elsewhere = context.family in OF_ITS_OWN and self._topics[reading.decision.topic or ""].family in OF_IVIG_ITSELF
        return chances.get(context.topic, 0.0) >= STILL_LIKELY or elsewhere and self._same_topic(core, context) >= SURELY_THE_SAME

    def _same_topic(self, core: Core, context: Context) -> float:
        """How surely the last answer's question with the message behind it is still that topic."""
        together = self._model.guess(f"{self._topics[context.topic].question} {core.text}")
        return together.confidence if topic_of(together.best) == context.topic else 0.0

    def _followed(self, found: FollowUp, guess: Guess) -> Reading:
        if found.offer:
            return Reading(Decision(OFFERING, None, found.topics), guess, why=found.why)
        reading = Reading(self._on(found.topics[0]), guess, about=found.about, block=found.block, why=found.why)
        return _answering(reading, found.topics) if len(found.topics) > 1 else reading

    def _several(self, whole: Reading, parts: list[str], context: Context) -> Reading:
        """Two answers where two parts are sure of two topics; a part that is less sure is offered beside the answer.
        Only parts that ask are encoded, and where one alone asks in a message that is clear as a whole, none is."""
        clear, worried = whole.decision.topic in self._topics, any(fears(part) for part in parts if not asks(part))
        questions = self._questions(whole.decision, parts)
        if clear and not questions:
            return replace(whole, worried=worried)
        read: list[tuple[str, Reading]] = []
        for part in questions:
            read.append((part, self._clause(part, context, alone=False)))
            topic = read[-1][1].decision.topic
            if topic in self._topics:
                context = replace(context, topic=topic, family=self._topics[topic].family, offered=(), asked=False)
        asked = self._asked(read)
        sure = tuple(topic for topic, (part, reading) in asked.items() if reading.decision.topic and (topic == whole.decision.topic or self._stands(part, reading, whole, clear)))
        answers = (whole.decision.topic,) if clear and whole.decision.topic not in sure else sure
        if not answers or not clear and len(answers) == 1 and not self._leans(whole, answers[0], asked, read):
            return whole
        whole = replace(whole, decision=self._on(answers[0]), worried=worried)
        offered = tuple(topic for topic in asked if topic not in answers)
        return _answering(whole, answers, offered) if len(answers) > 1 else replace(whole, later=offered)

    def _asked(self, read: list[tuple[str, Reading]]) -> dict[str, tuple[str, Reading]]:
        """What the parts are about, where that is likely enough for a button at least."""
        asked = {topic_of(reading.decision.topic or reading.guess.best): (part, reading) for part, reading in reversed(read) if reading.confidence >= WORTH_A_BUTTON}
        return {topic: asked[topic] for topic in reversed(asked) if topic in self._topics}

    def _stands(self, part: str, reading: Reading, whole: Reading, clear: bool) -> bool:
        """True when a part is a question of its own beside the whole."""
        if clear:
            return reading.confidence >= min(whole.confidence, SURE_OF_PART)
        return reading.confidence >= SURE_OF_PART or not self._follow_ups.core(part).points_back

    def _leans(self, whole: Reading, topic: str, asked: Mapping, read: list[tuple[str, Reading]]) -> bool:
        """True when the one part that is sure stands for the whole: that is talk otherwise, or leans the same way, or
        asks nothing else, and "it" does not hang on what was told."""
        if whole.decision.topic in TALK or topic_of(whole.guess.best) == topic:
            return True
        others = [part for part, reading in read if topic_of(reading.decision.topic or reading.guess.best) not in asked and reading.decision.topic not in TALK]
        return not others and not self._follow_ups.core(asked[topic][0]).points_back

    def _list(self, whole: Reading, text: str) -> Reading:
        """"Cost and side effects?": both, where they lie in different families; "headache and nausea" is one thing."""
        topics = tuple(decide(self._model.guess(part)).topic for part in listed(text))
        families = {self._topics[topic].family for topic in topics if topic in self._topics}
        return _answering(replace(whole, decision=self._on(topics[0])), topics) if len(families) == 2 else whole

    def _on(self, topic: str) -> Decision:
        return Decision(f"ask_{topic}" if f"ask_{topic}" in self._model.labels else topic, topic)


def _divides(whole: Decision, parts: list[str], text: str) -> bool:
    """True when parts are read beside the whole: two and more, or what stands behind a greeting."""
    return len(parts) > 1 or whole.topic in TALK and parts not in ([], [text])


def _decided(guess: Guess, context: Context) -> Decision:
    """The decision, which offers nothing about the last answer where there is none."""
    decision = decide(guess)
    if context.topic or not OF_THE_LAST.intersection(decision.options):
        return decision
    options = tuple(option for option in decision.options if option not in OF_THE_LAST)
    return replace(decision, options=options) if len(options) > 1 else Decision(NOT_SURE, None)


def without(guess: Guess, topic: str) -> Guess:
    """The guess where one topic is ruled out: its probability goes to the others."""
    left = [(label, chance) for label, chance in guess.ranked if topic_of(label) != topic]
    total = sum(chance for _, chance in left) or 1.0
    return Guess(tuple((label, chance / total) for label, chance in left))


def _answering(reading: Reading, topics: tuple, offered: tuple = ()) -> Reading:
    return replace(reading, answers=topics[:MOST_ANSWERS], later=(*topics[MOST_ANSWERS:], *offered))
