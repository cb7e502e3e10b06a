"""Sure, between two, or not sure: what to do with a guess.

A wrong medical answer costs 10, an unneeded question 1, an unanswered one 2. On the 689 sentences of
tests/phrasings/lines.yml, with one threshold for all, that cost per sentence was .81 from .55 on, .72
from .62, .66 from .70 and .64 from .80, where one in nine fewer get their answer at once; hence .70.
With talk from .45 on it is .68: 73 % right, 20 % offered, 4 % wrong. `ivy evaluate topics` prints it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.understanding.classifier import Guess

SURE = 0.70          # answer from this probability on
OFFER = 0.35         # offer when the first three hold at least this much together
SURE_OF_TALK = 0.45  # the same for talk and refusals, where a wrong guess harms nobody
WORTH_OFFERING = 0.05
MOST_OPTIONS = 3
NOT_SURE, OFFERING = "not_sure", "did_you_mean"
TALK = frozenset({"out_of_scope", "greet", "goodbye", "thanks", "affirm", "deny", "are_you_a_bot", "what_can_you_do", "talk_to_human", "tell_me_more",
                  "explain_simpler", "change_language", "feeling_worried"})
#: Labels that are answered or silent, never offered as "did you mean".
NOT_OFFERED = frozenset({"out_of_scope", "affirm", "deny", "greet", "goodbye", "thanks"})


@dataclass(frozen=True)
class Decision:
    """`intent` to act on; `topic` when sure; `options` when asking which was meant."""

    intent: str
    topic: str | None
    options: tuple = ()


def decide(guess: Guess) -> Decision:
    """One of three ways out, by the thresholds above."""
    best, confidence = guess.ranked[0]
    if confidence >= (SURE_OF_TALK if best in TALK else SURE):
        return Decision(best, topic_of(best))
    first = guess.ranked[:MOST_OPTIONS]
    options = tuple(topic_of(label) for label, chance in first if chance >= WORTH_OFFERING and label not in NOT_OFFERED)
    if len(options) >= 2 and sum(chance for _, chance in first) >= OFFER:
        return Decision(OFFERING, None, options)
    return Decision(NOT_SURE, None)


def topic_of(intent: str) -> str:
    """`ask_how_fast` is the topic how_fast; other intents are their own."""
    return intent.removeprefix("ask_")
