"""READ FIRST. From a message to a verdict: which sign, how urgent, and why.

1. The matcher finds the signs the lexicon knows (rules: certain, explainable, clinician-owned).
2. The context of each is read: denied, over, imagined, asked about, somebody else's.
3. A statistical detector (where there is one) hears what nobody listed, and is the second key
   before a sign is taken for mere learning. The table in `_outcome` joins the two.
4. What stands together raises the tier; the worst clause wins.

When in doubt between two tiers the higher; when in doubt whether it is happening, ask."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Iterable, Mapping, Optional, Protocol, Sequence

from bot.project import CONTENT
from bot.safety.context import Context, Status
from bot.safety.lexicon import TIERS, Lexicon, read_lexicon
from bot.safety.matching import Matcher, Mention, Message
from bot.safety.verdict import Finding, Verdict

#: Signs answered by messages of their own before anything else in the same message.
OWN_MESSAGE = ("suicidal", "violence", "overdose")


class Detector(Protocol):
    """The statistical detector: probabilities that the text reports a sign now, by tier."""

    def scores(self, text: str) -> Mapping[str, float]: ...


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

    def verdict(self, text: str, conversation: Conversation = Conversation()) -> Verdict:
        """Judge one message of at most 20,000 characters."""
        message = self._matcher.read(text)
        hits = self._matcher.hits(message)
        mentions = self._matcher.mentions(message, hits)
        context = Context(message, self._matcher.context(message), mentions)
        scores = dict(self.detector.scores(message.text)) if self.detector and message.words else {}
        findings = [self._finding(mention, message, context, scores) for mention in mentions]
        findings += self._unlisted(message, findings, scores)
        findings = self._raised(_one_a_sign(findings), context, conversation)
        return self._decide(findings, scores, context)

    def _unlisted(self, message: Message, findings: Sequence[Finding], scores: Mapping) -> list[Finding]:
        """What the detector alone hears, as a finding: the sign it takes it for, where it is sure enough of one."""
        outcome, tier = _heard_alone(findings, scores)
        if outcome == "nothing":
            return []
        sign = next((key.removeprefix("sign:") for key, chance in scores.items() if key.startswith("sign:") and chance >= NAMES_IT), UNNAMED)
        return [Finding(sign, tier, outcome, message.text[:LONGEST_QUOTE], "heard by the detector, in no listed words", "unlisted")]

    def facts(self, text: str) -> set[str]:
        """Facts about the person the message states: itp, pregnancy, child ... (`known:` lists of context.yml)."""
        message = self._matcher.read(text)
        hits = self._matcher.context(message)
        denied = {hit.end for hit in hits if hit.key == "deny_before"}
        return {hit.key.removeprefix("known:") for hit in hits if hit.key.startswith("known:") and not {hit.start, hit.start - 1} & denied}

    def norms(self, text: str) -> list[str]:
        """The message's words as the matcher reads them."""
        return [word.norm for word in self._matcher.read(text).words]

    def names(self, signs: Iterable[str]) -> tuple:
        """Plain names of signs."""
        return tuple(self.lexicon.signs[sign].name for sign in signs if sign in self.lexicon.signs)

    def message_for(self, tier: str, signs: Sequence[str]) -> str:
        """The safety message for a tier and the group of the first sign that has one."""
        groups = [self.lexicon.signs[sign].group for sign in signs if sign in self.lexicon.signs]
        return next((f"{tier}_{group}" for group in groups if group and f"{tier}_{group}" in self._messages), tier)

    def _finding(self, mention: Mention, message: Message, context: Context, scores: Mapping) -> Finding:
        sign, status = self.lexicon.signs[mention.sign], context.status(mention)
        outcome, why = _outcome(status, sign.tier, mention.pattern.weak, self._heard_here(mention, message, status, scores))
        corrected = ", ".join(f"{word.typed} -> {word.norm}" for i in mention.positions if (word := message.words[i]).corrected)
        return Finding(sign.id, sign.tier, outcome, message.typed(mention.start, mention.end), why, status.kind, corrected)

    def _heard_here(self, mention: Mention, message: Message, status: Status, scores: Mapping) -> Optional[float]:
        """How likely a report is; where a long question beside it drowns a sign, its own clause is asked too."""
        tier = self.lexicon.signs[mention.sign].tier
        heard = _heard(tier, scores)
        if heard is None or heard >= FAINT or status.kind != "current" or mention.clause == (0, len(message.words)):
            return heard
        return max(heard, _heard(tier, dict(self.detector.scores(message.typed(*mention.clause)))))

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
        reasons += [words for words in [context.says(f"raises:{sign.id}"), context.says("worse_fast")] if words]
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


def _outcome(status: Status, tier: str, weak: bool, now: Optional[float]) -> tuple[str, str]:
    """The table that joins rules and detector.

    `now` is the detector's probability that a sign is reported here and now, None without a detector.

    | the rules say | the detector | outcome |
    |---|---|---|
    | denied, past, a stranger's | below LOUD, or missing | note |
    | the same | LOUD or more | check |
    | question, hypothetical, education | below QUIET | note: two keys agree |
    | the same | QUIET or more, or missing | check |
    | a question with a sign of self, unclear whose or whether denied | any | check |
    | a word uncertain by itself | below SILENT: note; else, or missing | check |
    | here and now | below SILENT: note, an emergency sign check; below FAINT | check |
    | the same | FAINT or more, or missing | alert |"""
    said = f"{status.kind}: {status.why}"
    if status.kind in TAKEN_OUT:
        return ("check", f"{said}; the detector hears a report") if now is not None and now >= LOUD else ("note", said)
    if status.kind in ("question", "education", "hypothetical"):
        return ("note", f"{said}, and the detector agrees") if now is not None and now < QUIET else ("check", f"{said}; one key only")
    if status.kind in ("own_question", "uncertain", "unclear_person"):
        return "check", said
    if now is not None and now < SILENT:
        return ("check" if tier == "emergency" and not weak else "note"), "the detector hears no report"
    if weak:
        return "check", "a word that is not certain by itself"
    return ("check", "the detector hardly hears a report") if now is not None and now < FAINT else ("alert", status.why)


def _heard(tier: str, scores: Mapping) -> Optional[float]:
    """How likely a report is to the detector; for a routine sign a routine report is one too."""
    return (scores["now"] + (scores["routine"] if tier == "routine" else 0.0)) if scores else None


#: What takes a sign out of the here and now by itself.
TAKEN_OUT = ("denied", "past", "stranger")
SILENT, FAINT, QUIET, LOUD = 0.03, 0.15, 0.3, 0.7
#: From these on the detector alone asks, or alarms.
UNLISTED_CHECK, UNLISTED_ALERT = 0.4, 0.7
#: From this probability on the detector's likeliest sign is named to the patient; below, the sign has no name.
NAMES_IT, UNNAMED, LONGEST_QUOTE = 0.4, "unlisted", 200


def _heard_alone(findings: Sequence[Finding], scores: Mapping) -> tuple[str, str]:
    """What the detector adds to the rules: ("alert", "check" or "nothing", tier).

    It has no say on a sign that the rules heard and took out again: it is poor at denials."""
    if not scores or any(f"sign:{finding.sign}" in scores for finding in findings if finding.outcome == "note" or finding.status in TAKEN_OUT):
        return "nothing", "none"
    tier = "emergency" if scores["emergency"] >= 0.5 * scores["now"] else "urgent"
    heard = [finding for finding in findings if finding.outcome != "note"]
    if scores["now"] >= UNLISTED_ALERT:
        more = _rank(tier) > max((_rank(finding.tier) for finding in heard if finding.outcome == "alert"), default=0)
        return ("alert", tier) if more else ("nothing", "none")
    if not heard and scores["routine"] >= UNLISTED_ALERT:
        return "alert", "routine"
    return ("check", tier) if scores["now"] >= UNLISTED_CHECK and not heard else ("nothing", "none")


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
