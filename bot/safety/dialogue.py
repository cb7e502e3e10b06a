"""Safety over a whole conversation: the check question's answer, staying with an alert, what was said before.

`next_verdict` is a pure function of the message and the state; the state travels in one slot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Mapping, Optional

import yaml

from bot.safety.lexicon import TIERS
from bot.safety.matching import Message
from bot.safety.triage import FAINTLY_HEARD, OWN_MESSAGE, Conversation, Triage
from bot.safety.verdict import CHECK_BUTTONS, Verdict

SHORT_REPLY = 6  # words; a longer message is no mere yes or no, unless it starts with one
ASKED_TWICE = 2
#: First words of a question: it is answered, with the line, also while an alert stands.
QUESTION_WORDS = frozenset("what whats which why how hows who whose where when can could do does did is are am will would should may tell explain".split())


@dataclass(frozen=True)
class SafetyState:
    """What the conversation remembers for safety.

    `pending`: signs asked about, `names` their plain names, `suspected` their tier, `asked` how often
    they were asked. `alert`: the tier of an alert that still stands. `signs`: signs reported so far.
    `known`: facts said so far (itp, pregnancy ...)."""

    pending: tuple = ()
    names: tuple = ()
    suspected: str = "none"
    asked: int = 0
    alert: str = "none"
    signs: tuple = ()
    known: tuple = ()

    def as_dict(self) -> dict:
        return {key: list(value) if isinstance(value, tuple) else value for key, value in self.__dict__.items()}

    @classmethod
    def from_dict(cls, data: Optional[Mapping]) -> "SafetyState":
        """The state from a slot's value; the empty state for anything that is none."""
        if not isinstance(data, Mapping) or set(data) - set(cls.__dataclass_fields__):
            return cls()
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in data.items()})


class SafetyDialogue:
    """The safety layer as the guard uses it: one message and the state in, verdict and next state out."""

    def __init__(self, triage: Triage, replies: Mapping[str, tuple]) -> None:
        self.triage, self._replies = triage, replies

    def next_verdict(self, text: str, state: SafetyState = SafetyState(), button: str = "") -> tuple[Verdict, SafetyState]:
        """Judge a message of a conversation. `button` is the id of a pressed button, if one was."""
        message = self.triage.read(text)
        words = message.norms
        state = replace(state, known=tuple(sorted({*state.known, *self.triage.facts(message)})))
        verdict = self.triage.judge(message, Conversation(frozenset(state.known), frozenset(state.signs))) if not button else Verdict()
        if verdict.tier in ("urgent", "emergency"):
            return self._alerted(self._beside(verdict, state), state)
        if _faint(verdict) and (state.asked or state.alert != "none"):
            verdict = replace(verdict, check=False, suspected="none", message="")
        if state.asked:
            return self._answered(words, button, verdict, state)
        if state.alert != "none" and not button and not (verdict.check and _higher(verdict.suspected, state.alert)):
            return self._in_safety(message, verdict, state)
        worse = self._worse(words, state)
        if worse:
            return self._alerted(worse, state)
        if verdict.check:
            return verdict, replace(state, pending=verdict.signs, names=verdict.names, suspected=verdict.suspected, asked=1)
        if verdict.tier == "routine":
            return self._alerted(verdict, state)
        return verdict, state

    def _beside(self, verdict: Verdict, state: SafetyState) -> Verdict:
        """What is urgent beside an emergency that still stands belongs to it: a call to the clinic would take the ambulance back. Words
        of their own (violence: nobody is told to stay with you) go on."""
        if state.alert != "emergency" or verdict.tier != "urgent":
            return verdict
        return replace(verdict, tier="emergency", message=self.triage.message_for("emergency", _own_first((*state.signs, *verdict.signs))))

    def _alerted(self, verdict: Verdict, state: SafetyState) -> tuple[Verdict, SafetyState]:
        stands = verdict.tier if verdict.tier in ("urgent", "emergency") else state.alert
        signs = tuple(dict.fromkeys([*state.signs, *verdict.signs]))
        return verdict, replace(state, pending=(), names=(), suspected="none", asked=0, alert=stands, signs=signs)

    def _answered(self, words: list[str], button: str, verdict: Verdict, state: SafetyState) -> tuple[Verdict, SafetyState]:
        """The reply to "are you having this now?": no only when it says no; yes, not sure and a second unclear one count as yes."""
        said = self._reply(words, button)
        if said == "no":
            done = replace(state, pending=(), names=(), suspected="none", asked=0)
            return (verdict, replace(done, pending=verdict.signs, names=verdict.names, suspected=verdict.suspected, asked=1)) if verdict.check else (
                replace(verdict, message="check_no", tier="none"), done)
        if said in ("yes", "not_sure", "somebody") or state.asked >= ASKED_TWICE:
            tier = state.suspected if state.suspected != "none" else "urgent"
            alert = Verdict(tier=tier, message=self.triage.message_for(tier, state.pending), signs=state.pending, names=state.names,
                            other=said == "somebody" or verdict.other, findings=verdict.findings, scores=verdict.scores, lexicon=verdict.lexicon)
            return self._alerted(alert, state)
        again = replace(verdict, tier="none", check=True, suspected=max(state.suspected, verdict.suspected, key=TIERS.index),
                        message="check" if state.names or verdict.names else "check_unlisted",
                        signs=tuple(dict.fromkeys([*state.pending, *verdict.signs])), names=tuple(dict.fromkeys([*state.names, *verdict.names])))
        return again, replace(state, pending=again.signs, names=again.names, suspected=again.suspected, asked=state.asked + 1)

    def _in_safety(self, message: Message, verdict: Verdict, state: SafetyState) -> tuple[Verdict, SafetyState]:
        """After an alert: "I called them" ends it; a question is answered with the line; thanks, a refusal and a lesser
        sign get the action again, and after an emergency so does all that is no question."""
        words, stands = message.norms, replace(verdict, tier="none", check=False, message="", suspected=state.alert, signs=(), names=())
        if _contains(words, self._replies["over"]) and not _contains(words, self._replies["not_over"]):
            return replace(stands, message="safety_done"), replace(state, alert="none")
        grave = state.alert == "emergency"
        asks = "?" in message.text or words[:1] and words[0] in QUESTION_WORDS
        lesser = verdict.tier == "routine" or verdict.check and (grave or not asks)
        unmoved = _is_one_of(words, self._replies["acknowledged"]) or _contains(words, self._replies["not_over"])
        if lesser or unmoved or grave and not asks:
            return replace(stands, message=self.triage.message_for("in_safety", _own_first(state.signs))), state
        return replace(stands, note=True), state

    def _worse(self, words: list[str], state: SafetyState) -> Optional[Verdict]:
        """"It's worse now" after a routine sign makes it urgent."""
        if not state.signs or state.alert != "none" or not _contains(words, self._replies["worse"]):
            return None
        return Verdict(tier="urgent", message="urgent", signs=state.signs, names=self.triage.names(state.signs))

    def _reply(self, words: list[str], button: str) -> str:
        """yes, no, not_sure, somebody or unclear."""
        if button in CHECK_BUTTONS:
            return button.removeprefix("check_")
        denies = _starts_with(words, self._replies["no"])
        if denies and _contains(words, self._replies["takes_no_back"]):
            return "unclear"
        if _contains(words, self._replies["somebody_has_it"]) and len(words) <= 2 * SHORT_REPLY and not (denies and _contains(words, self._replies["all_well"])):
            return "somebody"
        for kind in ("not_sure", "no", "yes"):
            if _starts_with(words, self._replies[kind]) and (len(words) <= SHORT_REPLY or words[0] in ("yes", "no", "yeah", "nope", "nah", "yep")):
                return kind
        return "unclear"


def load_dialogue(root: Path, triage: Triage) -> SafetyDialogue:
    """The dialogue over content/safety/replies.yml."""
    replies = yaml.safe_load((root / "safety" / "replies.yml").read_text(encoding="utf-8"))
    return SafetyDialogue(triage, {kind: tuple(tuple(triage.read(str(phrase)).norms) for phrase in phrases) for kind, phrases in replies.items()})


def _faint(verdict: Verdict) -> bool:
    """True when Ivy would ask on a faint suspicion alone. "No, not at all" is one such too, and must not be asked about again."""
    return verdict.check and all(finding.cell == FAINTLY_HEARD for finding in verdict.findings if finding.outcome == "check")


def _higher(tier: str, than: str) -> bool:
    return TIERS.index(tier) > TIERS.index(than)


def _own_first(signs: tuple) -> list[str]:
    return sorted(signs, key=lambda sign: sign not in OWN_MESSAGE)


def _starts_with(words: list[str], phrases) -> bool:
    return any(tuple(words[: len(phrase)]) == phrase for phrase in phrases)


def _is_one_of(words: list[str], phrases) -> bool:
    return tuple(words) in phrases or len(words) <= SHORT_REPLY and _starts_with(words, phrases)


def _contains(words: list[str], phrases) -> bool:
    return any(tuple(words[i : i + len(phrase)]) == phrase for phrase in phrases for i in range(len(words) - len(phrase) + 1))
