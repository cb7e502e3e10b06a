"""READ FIRST. From a message to a verdict: which sign, how urgent, and why.

1. The matcher finds the signs the lexicon knows (rules: certain, explainable, clinician-owned).
2. The context of each is read: denied, over, imagined, asked about, somebody else's.
3. A statistical detector (where there is one) hears what nobody listed, in the whole and in each part of a longer
   message (hearing.py), and is the second key before a sign is taken for mere learning. The table in combination.py joins the two.
4. What stands together raises the tier; the worst clause wins.

When in doubt between two tiers the higher; when in doubt whether it is happening, ask."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Iterable, Mapping, Optional, Sequence

from bot.project import CONTENT
from bot.safety.combination import LOUD, LOW, ROW_OF, band, outcome, row
from bot.safety.context import Context
from bot.safety.hearing import Detector, Hearing
from bot.safety.lexicon import TIERS, Lexicon, read_lexicon
from bot.safety.matching import Matcher, Mention, Message
from bot.safety.verdict import Finding, Verdict

#: Signs answered by messages of their own before anything else in the same message.
OWN_MESSAGE = ("suicidal", "violence", "overdose")


@dataclass(frozen=True)
class Conversation:
    """What earlier messages said that matters for this one: known facts ("itp", "low_platelets",
    "pregnancy" ...) and signs already reported."""

    known: frozenset = frozenset()
    signs: frozenset = frozenset()


class Triage:
    """The safety layer of one process. Holds no state between messages."""

    def __init__(self, lexicon: Lexicon, detector: Optional[Detector] = None, messages: Iterable[str] = ()) -> None:
        self.lexicon, self.detector = lexicon, detector
        self._matcher = Matcher(lexicon)
        self._messages = frozenset(messages)

    def read(self, text: str) -> Message:
        """A message of at most 20,000 characters: cleaned, split, corrected."""
        return self._matcher.read(text)

    def verdict(self, text: str, conversation: Conversation = Conversation()) -> Verdict:
        """Judge one message of at most 20,000 characters."""
        return self.judge(self.read(text), conversation)

    def judge(self, message: Message, conversation: Conversation = Conversation()) -> Verdict:
        """Judge a message that was read."""
        conversation = replace(conversation, known=conversation.known | self.facts(message))
        hits = self._matcher.hits(message)
        mentions = self._matcher.mentions(message, hits)
        context = Context(message, message.context, mentions)
        hearing = Hearing(self.detector, message)
        findings = [self._finding(mention, message, context, hearing) for mention in mentions]
        findings += self._unlisted(message, findings, hearing)
        findings = self._raised(_one_a_sign(findings), context, conversation)
        return self._decide(findings, hearing.whole, context)

    def _unlisted(self, message: Message, findings: Sequence[Finding], hearing: Hearing) -> list[Finding]:
        """What the detector alone hears, in the whole message or, where other things drown it, in one sentence or one part."""
        whole = NOT_LISTED if len(message.text.split()) > FEW_WORDS else IN_FEW_WORDS
        heard = [(whole, message.text, hearing.whole)] if hearing.whole else []
        if heard and outcome(NOT_LISTED, hearing.whole["now"]) != "alert":
            heard += [(IN_ONE_SENTENCE, *sentence) for sentence in hearing.sentences()]
            heard += [(IN_A_PART, message.text[part.start : part.end], part.scores) for part in hearing.parts]
        found = [finding for part in heard if (finding := _heard_alone(*part, findings))]
        return sorted(found, key=lambda finding: (finding.outcome != "alert", -_rank(finding.tier), finding.sign == UNNAMED))[:1]

    def facts(self, message: Message) -> frozenset:
        """Facts about the person a message states: itp, pregnancy, child ... (`known:` lists of context.yml)."""
        denied = {hit.end for hit in message.context if hit.key == "deny_before"}
        return frozenset(hit.key.removeprefix("known:") for hit in message.context if hit.key.startswith("known:") and not {hit.start, hit.start - 1} & denied)

    def corrections(self, text: str) -> list[tuple[str, str]]:
        """Each word that spelling changed toward the lexicon, as typed and as it is read."""
        return [(word.typed, word.norm) for word in self._matcher.read(text).words if word.corrected]

    def names(self, signs: Iterable[str]) -> tuple:
        """Plain names of signs."""
        return tuple(self.lexicon.signs[sign].name for sign in signs if sign in self.lexicon.signs)

    def message_for(self, tier: str, signs: Sequence[str]) -> str:
        """The safety message for a tier and the group of the first sign that has one."""
        groups = [self.lexicon.signs[sign].group for sign in signs if sign in self.lexicon.signs]
        return next((f"{tier}_{group}" for group in groups if group and f"{tier}_{group}" in self._messages), tier)

    def _finding(self, mention: Mention, message: Message, context: Context, hearing: Hearing) -> Finding:
        sign, status = self.lexicon.signs[mention.sign], context.status(mention)
        foreign = mention.pattern in sign.languages  # the detector learned from English
        of_row, heard = row(status.kind, sign.tier, mention.pattern.weak), None if foreign else hearing.of(mention, context.sentence(mention), context.clause(mention), sign.tier, status)
        corrected = ", ".join(f"{word.typed} -> {word.norm}" for i in mention.positions if (word := message.words[i]).corrected)
        why = status.why if status.kind == "current" else f"{status.kind}: {status.why}"
        return Finding(sign.id, sign.tier, outcome(of_row, heard), message.typed(mention.start, mention.end), why, status.kind, corrected, cell=_cell(of_row, heard))

    def _raised(self, findings: Sequence[Finding], context: Context, conversation: Conversation) -> list[Finding]:
        """Tiers after the combinations: a sign with what raises it, in this message or said before."""
        here = {finding.sign for finding in findings if finding.outcome == "alert" or finding.outcome == "check" and finding.status == "current"}
        present = here | conversation.signs
        return [replace(finding, **self._raise(finding, present, context, conversation)) for finding in findings]

    def _raise(self, finding: Finding, present: set, context: Context, conversation: Conversation) -> dict:
        sign = self.lexicon.signs.get(finding.sign)
        if finding.outcome == "note" or finding.tier == "emergency" or sign is None:
            return {}
        reasons = [other for other in sign.raised_by if other in present or other.removeprefix("known:") in conversation.known and other.startswith("known:")]
        reasons += [words for words in [context.raises(sign.id), context.says("worse_fast")] if words]
        return {"tier": TIERS[_rank(finding.tier) + 1], "raised": f"with {reasons[0]}"} if reasons else {}

    def _decide(self, findings: Sequence[Finding], scores: Mapping, context: Context) -> Verdict:
        alerts = [finding for finding in findings if finding.outcome == "alert"]
        checks = [finding for finding in findings if finding.outcome == "check"]
        noted = [finding.sign for finding in findings if finding.outcome == "note" and finding.tier != "routine"]
        common = {"findings": tuple(findings), "scores": scores, "lexicon": self.lexicon.version, "other": context.about_other(),
                  "note": bool(noted), "noted_names": self.names(noted)}
        asked, sure = (max((_rank(f.tier) for f in group), default=0) for group in (checks, alerts))
        if alerts and not (sure == _rank("routine") < asked):
            signs = _worst_first(alerts)
            tier = TIERS[sure]
            return Verdict(tier=tier, message=self.message_for(tier, signs), signs=signs, names=self.names(signs), **common)
        if checks:
            signs = _worst_first(checks)
            return Verdict(check=True, suspected=TIERS[asked], message="check" if self.names(signs) else "check_unlisted", signs=signs, names=self.names(signs), **common)
        return Verdict(**common)


def _cell(of_row: str, heard: Optional[float]) -> str:
    """Where in the table of combination.py an outcome stands."""
    return f"{of_row} / {band(heard)}"


#: From this probability on the detector's likeliest sign is named to the patient; below, the sign has no name.
NAMES_IT, UNNAMED, LONGEST_QUOTE = 0.4, "unlisted", 200
UNLISTED = "unlisted"  # the status of what no word of the lexicon names
NOT_LISTED, IN_FEW_WORDS, IN_ONE_SENTENCE, IN_A_PART = "not listed", "not listed, a word or two", "not listed, one sentence of several", "not listed, a part of a longer message"
FEW_WORDS = 2  # "newborn", "a baby": too little to ask about on a faint suspicion
FAINTLY_HEARD = _cell(NOT_LISTED, LOW)


def _heard_alone(of_row: str, text: str, scores: Mapping, findings: Sequence[Finding]) -> Optional[Finding]:
    """What the detector adds to the rules: a finding of the sign it takes it for, where it is sure enough of one.

    It has no say on a sign that the rules heard and took out again, or whose person is unclear: it is poor at denials,
    and cannot tell whose sister it is. In another part of the message it may ask."""
    taken = [finding for finding in findings if f"sign:{finding.sign}" in scores and _has_the_last_word(finding)]
    if taken and (of_row != IN_A_PART or any(finding.words in text for finding in taken) or scores["now"] < LOUD):
        return None
    tier = "emergency" if scores["emergency"] >= 0.5 * scores["now"] else "urgent"
    heard = [finding for finding in findings if finding.outcome != "note"]
    alone = "check" if taken else outcome(of_row, scores["now"])
    if alone == "alert" and _rank(tier) <= max((_rank(finding.tier) for finding in heard if finding.outcome == "alert"), default=0):
        return None
    if alone != "alert" and not heard and outcome(of_row, scores["routine"]) == "alert":
        alone, tier = "alert", "routine"
    sure_of_one = tier == "routine" or scores["now"] >= NAMES_IT  # else the likeliest sign is a routine one, of another tier
    sign = next((key.removeprefix("sign:") for key, chance in scores.items() if key.startswith("sign:") and chance >= NAMES_IT and sure_of_one), UNNAMED)
    # a tired carer is not asked what else it might be; whether they think of dying, they are
    answered = any(finding.tier != "routine" for finding in heard) if sign in OWN_MESSAGE else heard
    if alone == "none" or alone == "check" and answered:
        return None
    return Finding(sign, tier, alone, text[:LONGEST_QUOTE], "heard by the detector, in no listed words", UNLISTED, cell=_cell(of_row, scores["now"]))


def _has_the_last_word(finding: Finding) -> bool:
    return finding.outcome == "note" or finding.status == "unclear_person" or ROW_OF.get(finding.status) == "taken out"


def _worst_first(findings: Sequence[Finding]) -> tuple:
    """Sign ids, those with a message of their own first, then by tier."""
    ordered = sorted(findings, key=lambda finding: (finding.sign not in OWN_MESSAGE, -_rank(finding.tier)))
    return tuple(dict.fromkeys(finding.sign for finding in ordered if finding.sign != UNNAMED))


def _one_a_sign(findings: Sequence[Finding]) -> list[Finding]:
    """The strongest finding of each sign, in the order met: worst clause wins."""
    order = {"alert": 0, "check": 1, "note": 2}
    best: dict[str, Finding] = {}
    for finding in findings:
        if finding.sign not in best or order[finding.outcome] < order[best[finding.sign].outcome]:
            best[finding.sign] = finding
    return list(best.values())


def _rank(tier: str) -> int:
    return TIERS.index(tier)


@lru_cache(maxsize=4)
def load_triage(root: Path = CONTENT, detector: Optional[Detector] = None) -> Triage:
    """The safety layer over content/safety. Raises LexiconError with every problem."""
    messages = [path.stem for path in (root / "safety").glob("*.md")]
    return Triage(read_lexicon(root / "safety"), detector, messages)
