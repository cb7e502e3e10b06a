"""Sure, between two, or not sure: what to do with a guess.

A wrong medical answer costs 10, an unneeded question 1, an unanswered one 2, a question without the right
topic in it 3. On the 689 sentences of tests/phrasings/lines.yml that costs a sentence .30 when answered from .50
on, .22 from .70, .19 from .90 and .24 as shipped; on sentences of hands that wrote neither tests nor training, who are answered
wrongly twice as often, .57, .46, .42 and .48. Cost alone, flat above .70, would answer three quarters and ask back for a fifth. Shipped is
.62, the lowest with at most 4 % wrong and 95 % right or offered on those: 88 % are answered rightly, 7 % offered. `ivy evaluate thresholds` prints it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.understanding.classifier import Guess

SURE = 0.62             # answer from this probability on
SURE_OF_TALK = 0.45     # the same for talk, where a wrong guess harms nobody
#: The same for what only a clinician can answer, all of it together: declining too often is the safe side. From .45 on, six more of 300 were
#: not declined, and five fewer of 3,327 were declined for nothing.
SURE_OF_DECLINE = 0.37
DOUBT = 0.15            # offer nothing when it is out of scope with this probability
OFFER = 0.35            # offer when the first three hold at least this much together
WORTH_OFFERING = 0.05
MOST_OPTIONS = 3
NOT_SURE, OFFERING, OUT_OF_SCOPE = "not_sure", "did_you_mean", "out_of_scope"
DECLINES = frozenset({"personal_dose", "stop_or_skip", "interpret_labs", "diagnose_me", "choose_for_me", "medicine_combination_for_me"})
TALK = frozenset({OUT_OF_SCOPE, "greet", "goodbye", "thanks", "affirm", "deny", "are_you_a_bot", "what_can_you_do", "talk_to_human", "tell_me_more",
                  "explain_simpler", "change_language", "feeling_worried"})
#: Labels that are answered or silent, never offered as "did you mean".
NOT_OFFERED = frozenset({OUT_OF_SCOPE, "affirm", "deny", "greet", "goodbye", "thanks"})


@dataclass(frozen=True)
class Thresholds:
    """The probabilities that decide; `ivy evaluate thresholds` compares others with those shipped."""

    sure: float = SURE
    sure_of_talk: float = SURE_OF_TALK
    sure_of_decline: float = SURE_OF_DECLINE
    doubt: float = DOUBT
    offer: float = OFFER
    worth_offering: float = WORTH_OFFERING

    def sure_of(self, label: str) -> float:
        return self.sure_of_talk if label in TALK else self.sure


SHIPPED = Thresholds()


@dataclass(frozen=True)
class Decision:
    """`intent` to act on; `topic` when sure; `options` when asking which was meant."""

    intent: str
    topic: str | None
    options: tuple = ()


def decide(guess: Guess, at: Thresholds = SHIPPED) -> Decision:
    """One of three ways out, by the thresholds above. What may well be a question for a clinician is declined, whatever other
    answer it may ask for."""
    best, confidence = guess.ranked[0]
    declines = [(label, chance) for label, chance in guess.ranked if label in DECLINES]
    if sum(chance for _, chance in declines) >= at.sure_of_decline and (best != OUT_OF_SCOPE or confidence < at.sure_of_talk):
        return Decision(declines[0][0], topic_of(declines[0][0]))
    if confidence >= at.sure_of(best):
        return Decision(best, topic_of(best))
    first = guess.ranked[:MOST_OPTIONS]
    options = tuple(topic_of(label) for label, chance in first if chance >= at.worth_offering and label not in NOT_OFFERED)
    if dict(guess.ranked).get(OUT_OF_SCOPE, 0) < at.doubt and len(options) >= 2 and sum(chance for _, chance in first) >= at.offer:
        return Decision(OFFERING, None, options)
    return Decision(NOT_SURE, None)


def topic_of(intent: str) -> str:
    """`ask_how_fast` is the topic how_fast; other intents are their own."""
    return intent.removeprefix("ask_")
