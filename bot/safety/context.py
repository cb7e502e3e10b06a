"""Is a named sign here and now? Denied, over, imagined, asked about, or somebody else's?

Chat is not a clinical note: "no sex drive, chills" denies one thing, "no, chest pain started today"
denies nothing. So a denial reaches over few words and over a list only when the
list says so; whatever is unclear is asked, never dropped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Optional, Sequence

from bot.safety.matching import Hit, Mention, Message

REACH = 3  # words a denial may stand before what it denies
#: Signs that stay an alarm after they passed, for a day or two.
STAYS_AFTER_IT_PASSED = frozenset({"stroke", "fainting", "chest_pain", "seizure", "head_injury", "baby_limp_unresponsive", "sight_loss"})

#: Words that make a question one about oneself: "is a stiff neck normal?" may well be asked with one.
_OWN = frozenset("i my me mine im he she his her our we us normal worry worried concerned".split())
_SUBJECTS = frozenset("i my he she it they we you there this that his her the a im".split())
_WH = frozenset("what which why how who where whats hows".split())
_AUXILIARY = frozenset("can could are do does did would should might may will".split())
#: After an auxiliary these make a statement of it: "can barely move", "does not stop".
_STATING = frozenset("not barely hardly only never no scarcely".split())
#: "can not lift", "will not stop": what follows these is no denial of a sign but often one itself.
_ABLE = frozenset("can ca could will wo would".split())
#: Signs in which another person is the point ("the neighbour's girl has measles").
_ABOUT_OTHERS = frozenset({"exposure", "violence"})
_SMALL = frozenset("a an the any my more such real sort kind of had have having got get feel feeling felt having much signs".split())


_YEAR = re.compile(r"(19[4-9]\d|20[0-2]\d)s?")


@dataclass(frozen=True)
class Status:
    """`kind`: current, denied, past, education, question, hypothetical, own_question, stranger, unclear_person or uncertain;
    `why` names the words that decided."""

    kind: str
    why: str


class Context:
    """The context words of one message, asked for each mention."""

    def __init__(self, message: Message, hits: Sequence[Hit], mentions: Sequence[Mention]) -> None:
        self._message, self._hits, self._mentions = message, hits, mentions
        self._words = [word.norm for word in message.words]

    def status(self, mention: Mention) -> Status:
        """The first of these that holds; current when none does."""
        for test in (self._denied, self._past, self._somebody_else, self._hypothetical, self._asked):
            found = test(mention)
            if found:
                return found
        return Status("current", "reported")

    def about_other(self) -> bool:
        """True when the message is about a person in the writer's care."""
        return bool(self._of("own_people", (0, len(self._words))))

    def says(self, key: str, span: Optional[tuple] = None) -> Optional[str]:
        """The first words of a context list found in the span, else None."""
        hits = self._of(key, span or (0, len(self._words)))
        return self._typed(hits[0]) if hits else None

    def _denied(self, mention: Mention) -> Optional[Status]:
        before = self._denial_before(mention)
        if before:
            return before
        asked = self._is_question(self._sentence(mention)) or self._words[mention.start - 1 : mention.start] in (["is"], ["are"])
        after = [hit for hit in self._of("deny_after", mention.clause) if 0 <= hit.start - mention.end <= 2 and not asked]
        for hit in after:
            between = set(self._words[mention.end : hit.start])
            negated = self._inside("not_a_denial", hit) or (hit.start and self._words[hit.start - 1] == "not")
            if between <= {"is", "are", "was", "'s", ":", "-", "all", "been"} and not negated:
                return Status("denied", f"'{self._typed(hit)}' after it")
        tail = [word for word in self._words[mention.end : mention.clause[1]] if word not in {":", "-", ".", "?", "!", "=", ","}]
        if tail[:1] in (["no"], ["none"], ["nope"], ["negative"]) and len(tail) == 1:
            return Status("denied", "answered no")
        return None

    def _denial_before(self, mention: Mention) -> Optional[Status]:
        triggers = [hit for hit in self._of("deny_before", mention.clause) if not set(range(hit.start, hit.end)) & set(mention.positions)]
        triggers = [hit for hit in triggers if not (hit.start and self._words[hit.start - 1] in _ABLE)]
        inside = [hit for hit in triggers if mention.start < hit.start < mention.end and not self._inside("not_a_denial", hit)]
        if inside:
            return Status("denied", f"'{self._typed(inside[0])}' within it")
        triggers = [hit for hit in triggers if hit.end <= mention.start]
        for hit in sorted(triggers, key=lambda hit: (-hit.end, hit.start)):
            if self._inside("not_a_denial", hit) or self._starts_answer(hit):
                continue
            if self._words[hit.start] == "never" and self._of("like_this", (mention.start, mention.clause[1])):
                continue
            between = self._words[hit.end : mention.start]
            listed = self._list_between(hit.end, mention)
            if listed:
                return listed
            if listed is None and len([word for word in between if word not in _SMALL]) <= REACH and not set(between) & {",", "and", "because", "since", "so", "just", "only"}:
                if set(between) & _SUBJECTS - {"a", "the", "my"}:
                    return Status("uncertain", f"unclear what '{self._typed(hit)}' denies")
                return Status("denied", f"'{self._typed(hit)}' before it")
        return None

    def _list_between(self, start: int, mention: Mention) -> Optional[Status]:
        """For "no fever, rash or chills": does the denial reach this item of the list?"""
        between = self._words[start : mention.start]
        earlier = [other for other in self._mentions if start <= other.start and other.end <= mention.start]
        if not earlier or len(between) > 14 or set(between) & (_SUBJECTS - {"the", "a"}):
            return None
        rest = self._words[mention.end : mention.clause[1]]
        joined = set(between) & {"or", "nor"} or {"or", "nor"} & set(rest[:8])
        if joined:
            return Status("denied", "in a denied list joined by 'or'")
        return Status("uncertain", "unclear whether the denial reaches so far") if set(between) & {",", "and", "/"} else None

    def _starts_answer(self, hit: Hit) -> bool:
        """ "No, chest pain started today": a "no" before a comma or a subject answers, it denies nothing. """
        following = self._words[hit.end : hit.end + 1]
        return self._words[hit.start] == "no" and (not following or following[0] in _SUBJECTS | {",", ".", "!", "but", "\n", "-"})

    def _past(self, mention: Mention) -> Optional[Status]:
        ended = self._of("over", mention.clause)
        if any(not any(hit.start - 1 <= end.end and end.start <= hit.end for end in ended) for hit in self._of("now", mention.clause)):
            return None
        time = self.says("past_time", mention.clause) or self._year(mention.clause)
        over = self.says("over", (mention.start, min(len(self._words), mention.clause[1] + 12)))
        negated = over and self._of("not_a_denial", mention.clause)
        if over and not negated and (time or mention.sign not in STAYS_AFTER_IT_PASSED):
            return Status("past", f"'{over}'")
        return Status("past", f"'{time}'") if time else None

    def _year(self, clause: tuple) -> Optional[str]:
        """ "in 2017": a year gone by, unless the sign goes on since then. """
        for place in range(*clause):
            if _YEAR.fullmatch(self._words[place]) and (place == 0 or self._words[place - 1] != "since"):
                return self._words[place]
        return None

    def _somebody_else(self, mention: Mention) -> Optional[Status]:
        if mention.sign in _ABOUT_OTHERS:
            return None
        sentence = self._sentence(mention)
        # "the neighbour and her baby": a bare "baby" is nobody's in particular beside a stranger
        if any(hit.end - hit.start > 1 for hit in self._of("own_people", sentence)):
            return None
        stranger = self.says("strangers", sentence)
        if stranger:
            return Status("stranger", f"about '{stranger}'")
        person = self.says("unclear_people", sentence)
        return Status("unclear_person", f"about '{person}'") if person else None

    def _hypothetical(self, mention: Mention) -> Optional[Status]:
        found = self.says("hypothetical", (self._sentence(mention)[0], mention.start))
        return Status("hypothetical", f"'{found}'") if found else None

    def _asked(self, mention: Mention) -> Optional[Status]:
        sentence = self._sentence(mention)
        own = self.says("own_question", sentence)
        question = self._is_question(sentence)
        if own and question:
            return Status("own_question", f"asks '{own}'")
        frame = self.says("education", (sentence[0], mention.start)) or (question and self.says("education", sentence))
        if frame:
            return Status("education", f"'{frame}'")
        if not question:
            return None
        own = _OWN & set(self._words[sentence[0] : sentence[1]])
        return Status("own_question", f"asked, with '{sorted(own)[0]}'") if own else Status("question", "asked as a question")

    def _is_question(self, sentence: tuple) -> bool:
        """A question mark or the words of a question; chat drops subjects ("is getting worse"), so "is" needs more."""
        words = self._words[sentence[0] : sentence[1]]
        first, second = (words + ["", ""])[:2]
        if words[-1:] == ["?"] or first in _WH or first in _AUXILIARY and second not in _STATING:
            return True
        if first == "when":
            return second in _AUXILIARY
        stated = second in _STATING | {"worse", "very", "so", "now", "still"} or second.endswith("ing")
        return first in ("is", "was") and (not stated or bool(self._of("education", sentence)))

    def _sentence(self, mention: Mention) -> tuple:
        """The clauses around a mention up to the next full stop: contrast words do not end a sentence."""
        start, end = mention.clause
        while start > 0 and self._words[start - 1] not in {".", "?", "!", ";", "\n"} and not set(self._words[start - 1]) <= {".", "!", "?"}:
            start -= 1
        while end < len(self._words) and self._words[end - 1] not in {".", "?", "!", ";", "\n"}:
            end += 1
        return start, end

    def _of(self, key: str, span: tuple) -> list[Hit]:
        return [hit for hit in self._hits if hit.key == key and span[0] <= hit.start and hit.end <= span[1]]

    def _inside(self, key: str, inner: Hit) -> bool:
        return any(hit.start <= inner.start and inner.end <= hit.end for hit in self._hits if hit.key == key)

    def _typed(self, hit: Hit) -> str:
        return self._message.typed(hit.start, hit.end)
