"""Is a named sign here and now? Denied, over, imagined, asked about, or somebody else's?

Chat is not a clinical note: "no sex drive, chills" denies one thing, "no, chest pain started today"
denies nothing. So a denial reaches over few words and over a list only when the
list says so; whatever is unclear is asked, never dropped."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import takewhile
from typing import Optional

from bot.safety.context_words import (
    ABLE, ABOUT_OTHERS, AGES, ANEW, AS_IF, BECAUSE_OF, BYSTANDERS, COMPARING, EVENTS, I_AM, LOST, MINE, NEVER_ONLY_ASKED, OWN, RETURNS,
    SAYING, SMALL, SUBJECTS, THREATENED, UNITS, WHILE, YOUNGEST,
)
from bot.safety.matching import Hit, Mention
from bot.safety.surroundings import LONGEST_PHRASE, Surroundings

LONGEST_LIST = 14  # words of a denied list
FARTHEST = 24  # words before a sign at which a denial may begin that reaches it
REACH = 3  # words a denial may stand before what it denies
#: Signs that stay an alarm after they passed, for a day or two.
STAYS_AFTER_IT_PASSED = frozenset({"stroke", "fainting", "chest_pain", "seizure", "head_injury", "baby_limp_unresponsive", "sight_loss"})

_YEAR = re.compile(r"(19[4-9]\d|20[0-2]\d)s?")


@dataclass(frozen=True)
class Status:
    """`kind`: current, denied, past, education, question, hypothetical, own_question, stranger, unclear_person or uncertain;
    `why` names the words that decided."""

    kind: str
    why: str


class Context(Surroundings):
    """What the words around say of each mention of a message."""

    def status(self, mention: Mention) -> Status:
        """The first of these that holds; current when none does."""
        for test in (self._denied, self._past, self._somebody_else, self._hypothetical, self._asked):
            found = test(mention)
            if found:
                return found
        return Status("current", "reported")

    def _denied(self, mention: Mention) -> Optional[Status]:
        before = self._denial_before(mention)
        if before:
            return before
        asked = self._is_question(self.sentence(mention)) or self._words[mention.start - 1 : mention.start] in (["is"], ["are"])
        after = [hit for hit in self._of("deny_after", (mention.end, min(mention.clause[1], mention.end + LONGEST_PHRASE))) if 0 <= hit.start - mention.end <= 2 and not asked]
        for hit in after:
            between = set(self._words[mention.end : hit.start])
            negated = self._inside("not_a_denial", hit) or (hit.start and self._words[hit.start - 1] == "not")
            if between <= {"is", "are", "was", "'s", ":", "-", "all", "been"} and not negated:
                return Status("denied", f"'{self._typed(hit)}' after it")
        tail = [word for word in self._words[mention.end : min(mention.clause[1], mention.end + FARTHEST)] if word not in {":", "-", ".", "?", "!", "=", ","}]
        if tail[:1] in (["no"], ["none"], ["nope"], ["negative"]) and len(tail) == 1:
            return Status("denied", "answered no")
        return None

    def _denial_before(self, mention: Mention) -> Optional[Status]:
        near = (max(mention.clause[0], mention.start - FARTHEST), min(mention.clause[1], mention.end))
        triggers = [hit for hit in self._of("deny_before", near) if not set(range(hit.start, hit.end)) & set(mention.positions)]
        triggers = [hit for hit in triggers if not (hit.start and self._words[hit.start - 1] in ABLE)]
        inside = [hit for hit in triggers if mention.start < hit.start < mention.end and not self._inside("not_a_denial", hit)
                  and ("," not in self._words[mention.start : hit.start] or {hit.end, hit.end + 1} & set(mention.positions)) and self._words[hit.start - 1] not in ("like", "as")]
        if inside:
            return Status("denied", f"'{self._typed(inside[0])}' within it")
        triggers = [hit for hit in triggers if hit.end <= mention.start]
        for hit in sorted(triggers, key=lambda hit: (-hit.end, hit.start)):
            if self._inside("not_a_denial", hit) or self._starts_answer(hit):
                continue
            if self._words[hit.start] == "never" and self._of("like_this", (hit.end, mention.clause[1])):
                continue
            between = self._words[hit.end : mention.start]
            listed = self._list_between(hit.end, mention)
            if listed:
                return listed
            if listed is None and len([word for word in between if word not in SMALL]) <= REACH and not set(between) & {",", "and", "because", "since", "so", "just", "only"}:
                if set(between) & SUBJECTS - {"a", "the", "my"}:
                    return Status("uncertain", f"unclear what '{self._typed(hit)}' denies")
                return Status("denied", f"'{self._typed(hit)}' before it")
        return None

    def _list_between(self, start: int, mention: Mention) -> Optional[Status]:
        """For "no fever, rash or chills": does the denial reach this item of the list?"""
        between = self._words[start : mention.start]
        if len(between) > LONGEST_LIST or set(between) & (SUBJECTS - {"the", "a"}):
            return None
        earlier = self._mentions[bisect_left(self._starts, start) : bisect_left(self._starts, mention.start)]
        if not any(other.end <= mention.start for other in earlier):
            return None
        joined = {"or", "nor"} & {*between, *self._words[mention.end : min(mention.clause[1], mention.end + 8)]}
        if joined:
            return Status("denied", "in a denied list joined by 'or'")
        return Status("uncertain", "unclear whether the denial reaches so far") if set(between) & {",", "and", "/"} else None

    def _starts_answer(self, hit: Hit) -> bool:
        """ "No, chest pain started today": a "no" before a comma or a subject answers, it denies nothing. """
        following = self._words[hit.end : hit.end + 1]
        return self._words[hit.start] == "no" and (not following or following[0] in SUBJECTS | {",", ".", "!", "but", "\n", "-"})

    def _past(self, mention: Mention) -> Optional[Status]:
        ended = self._of("over", mention.clause)
        present = [hit for hit in self._of("now", mention.clause) if not self._never(hit) and not self._tells_age(hit, mention)]
        if any(not any(hit.start - 1 <= end.end and end.start <= hit.end for end in ended) for hit in present):
            return None
        if {"will", "wo"} & set(self._words[mention.start : mention.end]):
            return None
        time = self._time_of(mention) or self._year(mention.clause)
        over = self._over(mention)
        negated = over and self._of("not_a_denial", mention.clause)
        if over and not negated and (time or mention.sign not in STAYS_AFTER_IT_PASSED):
            return Status("past", f"'{over}'")
        return Status("past", f"'{time}'") if time else None

    def _tells_age(self, now: Hit, mention: Mention) -> bool:
        """ "I had seizures as a child, I'm 34 now": the age is of today, the sign is not. Only behind a childhood: "I was at 80 in March, I'm 12 now" is a count. """
        before = self._words[max(0, now.start - 5) : now.start]
        age = list(takewhile(lambda word: word in AGES | UNITS or word.isdigit() and int(word) >= YOUNGEST, reversed(before)))
        is_age = bool(age) and age[-1] not in UNITS and tuple(before[-len(age) - 2 : -len(age)]) in I_AM and not RETURNS & set(self._words[now.end : mention.clause[1]])
        return is_age and mention.sign != "fever" and mention.end <= now.start and any(self._is_childhood(hit) for hit in self._of("past_time", (mention.clause[0], now.start)))

    def _is_childhood(self, past: Hit) -> bool:
        return self._words[past.start : past.start + 2] == ["as", "a"]

    def _over(self, mention: Mention) -> Optional[str]:
        """That it ended; "he hits me when the nurse is gone" tells of another end, "her voice is gone" of none."""
        hits = self._of("over", (mention.start, min(len(self._words), mention.clause[1] + 12)))
        hits = [hit for hit in hits if not WHILE & set(self._words[mention.end : hit.start]) and not self._never(hit) and self._words[hit.start - 1] not in LOST]
        return self._typed(hits[0]) if hits else None

    def _time_of(self, mention: Mention) -> Optional[str]:
        """A past time of the sign itself: "fever 39, i had my transplant six weeks ago" dates the transplant."""
        for hit in self._of("past_time", mention.clause):
            if hit.start and self._words[hit.start - 1] in COMPARING or hit.end <= self.sentence(mention)[0]:
                continue
            if self._dates_another(hit, mention):
                continue
            between = self._words[mention.end : hit.start]
            dated_apart = any(word in {",", "and"} and after in SUBJECTS - {"that", "this", "it"} for word, after in zip(between, between[1:]))
            if not dated_apart:
                return self._typed(hit)
        return None

    def _dates_another(self, past: Hit, mention: Mention) -> bool:
        """ "ITP as a child, nose pouring", "chest pain, a murmur as a child": the time is that of what stands on its own side of the comma.
        "I used to ride, my back hurts": what the writer used to do or have does not reach beyond another subject. """
        between = self._words[past.end : mention.start + 1]
        if self._typed(past).lower() == "used to":
            return ")" in between or any(word == "," and following in SUBJECTS | ANEW for word, following in zip(between, between[1:]))
        apart = self._words[mention.end : past.start]
        if "," in apart and (apart[-1].isdigit() or EVENTS & set(apart[-3:])):  # "pink pee, platelet 25 last time", "..., had my transplant in march"
            return True
        before = self._words[self.sentence(mention)[0] : mention.end]
        return self._is_childhood(past) and ("," in self._words[mention.end : past.start] and "had" not in before or "," in between and past.start > self.sentence(mention)[0])

    def _year(self, clause: tuple) -> Optional[str]:
        """ "in 2017": a year gone by, unless the sign goes on since then. """
        if clause not in self._years:
            years = (place for place in range(*clause) if _YEAR.fullmatch(self._words[place]) and (place == 0 or self._words[place - 1] != "since"))
            self._years[clause] = next((self._words[place] for place in years), None)
        return self._years[clause]

    def _somebody_else(self, mention: Mention) -> Optional[Status]:
        if mention.sign in ABOUT_OTHERS:
            return None
        sentence = self.sentence(mention)
        # "the neighbour and her baby": a bare "baby" is nobody's in particular beside a stranger
        if any(hit.end - hit.start > 1 for hit in self._of("own_people", sentence)):
            return None
        hits = [hit for hit in self._of("strangers", sentence) if not AS_IF & set(self._words[max(0, hit.start - 2) : hit.start])]
        stranger = next((self._typed(hit) for hit in hits if not self._is_me(hit) and not self._stands_by(hit, mention, sentence)), None)
        if stranger and not MINE & set(self._words[mention.start : mention.end]):
            return Status("stranger", f"about '{stranger}'")
        person = self.says("unclear_people", sentence)
        return Status("unclear_person", f"about '{person}'") if person else None

    def _is_me(self, hit: Hit) -> bool:
        """ "I'm a bloke": no stranger. """
        return self._words[hit.start] == "a" and self._words[hit.start - 1 : hit.start] in (["am"], ["m"], ["im"])

    def _stands_by(self, hit: Hit, mention: Mention, sentence: tuple) -> bool:
        """ "Fainted in the shop, some lady held my feet up": chat leaves out the "I" that the rest is about. """
        bystander = self._words[hit.end - 1] in BYSTANDERS and mention.end <= hit.start and not SAYING & set(self._words[hit.start - 1 : hit.start])
        of_another = (SUBJECTS - MINE - {"im", "a"}) & set(self._words[sentence[0] : mention.start])
        return bystander and not of_another and bool(MINE & set(self._words[sentence[0] : sentence[1]]))

    def _hypothetical(self, mention: Mention) -> Optional[Status]:
        first = self.sentence(mention)[0]
        if mention.sign in THREATENED and SAYING & set(self._words[first : mention.start]):  # "he said if I leave he will kill me"
            return None
        found = self.says("hypothetical", (first, mention.start + 1))  # "if i fainted": the "i" may be the sign's
        if not found and self._words[mention.start - 1 : mention.start] == ["if"]:
            found = self._message.typed(mention.start - 1, mention.start)
        if found and mention.sign in NEVER_ONLY_ASKED:
            return Status("own_question", "imagined, and never taken for mere imagination")
        return Status("hypothetical", f"'{found}'") if found else None

    def _asked(self, mention: Mention) -> Optional[Status]:
        sentence = self.sentence(mention)
        own = self.says("own_question", sentence)
        question = self._is_question(sentence)
        if own and question:
            return Status("own_question", f"asks '{own}'")
        frame = self._frame((sentence[0], mention.start)) or (question and self._frame(sentence, mention)) or self.says("asks_of_those", (mention.end, len(self._words)))
        if frame:
            return Status("education", f"'{frame}'")
        if not question:
            return None
        own = OWN & set(self._words[sentence[0] : sentence[1]])
        if mention.sign in NEVER_ONLY_ASKED:
            return Status("own_question", "asked, and never taken for a mere question")
        return Status("own_question", f"asked, with '{sorted(own)[0]}'") if own else Status("question", "asked as a question")

    def _frame(self, span: tuple, apart_from: Optional[Mention] = None) -> Optional[str]:
        """Words of learning; "cause" before a subject is "because". Those that are words of the sign itself ("what is the point of living") are none."""
        own = apart_from.positions if apart_from else ()
        hits = [hit for hit in self._of("education", span) if hit.start not in own and not (self._words[hit.end - 1] == "cause" and self._next(hit.end) in BECAUSE_OF)]
        return self._typed(hits[0]) if hits else None

    def _never(self, hit: Hit) -> bool:
        """ "It never came back", "it has not settled", "can I never have it again". """
        back = 4 if self._words[hit.start] == "again" else 1
        before = self._words[max(0, hit.start - back) : hit.start]
        near = list(takewhile(lambda word: word[:1].isalnum() and word != "and", reversed(before)))
        return bool({"never", "not", "n't"} & set(near[:1]) or "never" in near)
