"""Is a sign over, or of long ago? And what of the times in a message is that of something else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from typing import Optional

from bot.safety.context_words import (
    AGES, ANEW, COMPARING, EVENTS, I_AM, LOSSES, LOST, OF_IT, RECENT, REPORTING, RETURNS, SUBJECTS, UNITS,
    UP_TO_A_COMMA, WHILE, WHOSE, YOUNGEST,
)
from bot.safety.matching import Hit, Mention
from bot.safety.surroundings import Surroundings

#: Signs that stay an alarm after they passed, for a day or two.
STAYS_AFTER_IT_PASSED = frozenset({"stroke", "fainting", "chest_pain", "seizure", "head_injury", "baby_limp_unresponsive", "sight_loss"})

_YEAR = re.compile(r"(19[4-9]\d|20[0-2]\d)s?")


@dataclass(frozen=True)
class Status:
    """`kind`: current, denied, past, education, question, hypothetical, own_question, stranger, unclear_person or uncertain;
    `why` names the words that decided."""

    kind: str
    why: str


class Times(Surroundings):
    """The times in a message."""

    def _past(self, mention: Mention) -> Optional[Status]:
        ended = self._of("over", mention.clause)
        present = [hit for hit in self._of("now", mention.clause) if not self._never(hit) and not self._tells_age(hit, mention)]
        if any(not any(hit.start - 1 <= end.end and end.start <= hit.end for end in ended) for hit in present):
            return None
        if {"will", "wo", "want"} & set(self._words[mention.start : mention.end]):
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
        hits = [hit for hit in hits if not WHILE & set(self._words[mention.end : hit.start]) and not self._never(hit) and not self._is_loss(hit) and self._ends_it(hit, mention)]
        return self._typed(hits[0]) if hits else None

    def _is_loss(self, end: Hit) -> bool:
        whose, what = ([""] * 2 + self._words[: end.start])[-2:]
        following = self._next(end.end)
        no_longer = self._words[end.start : end.end] == ["no", "longer"] and (following in LOSSES or following.endswith("s") and following != "is")
        return what in LOST and whose in WHOSE or no_longer

    def _ends_it(self, end: Hit, mention: Mention) -> bool:
        """In the next sentence only "it is gone", not "the rash is gone". """
        return end.start < mention.clause[1] or set(self._words[mention.clause[1] : end.start]) <= OF_IT | set(self._words[mention.start : mention.end])

    def _time_of(self, mention: Mention) -> Optional[str]:
        """A past time of the sign itself: "fever 39, i had my transplant six weeks ago" dates the transplant."""
        for hit in self._of("past_time", mention.clause):
            if hit.start and self._words[hit.start - 1] in COMPARING or self._is_now(hit) or self._told_before(hit, mention):
                continue
            if self._dates_another(hit, mention):
                continue
            between = self._words[mention.end : hit.start]
            dated_apart = any(word in {",", "and"} and after in SUBJECTS - {"that", "this", "it"} for word, after in zip(between, between[1:]))
            if not dated_apart:
                return self._typed(hit)
        return None

    def _is_now(self, past: Hit) -> bool:
        """ "In the past two hours", "for the first time", "the first time in my life". """
        words, following = self._typed(past).lower(), self._words[past.end : past.end + 3]
        return words == "in the past" and bool(RECENT & set(following)) or words == "the first time" and (self._words[past.start - 1 : past.start] == ["for"] or following[:1] in (["in"], ["ever"]))

    def _told_before(self, past: Hit, mention: Mention) -> bool:
        """ "Last time I paid 14, also had a tightness": the time is that of what was told before; "years ago a clot, also chest pain" goes on with it. """
        first = self.sentence(mention)[0]
        return past.end <= first and bool(REPORTING & set(self._words[first : min(first + 3, mention.start + 1)]))

    def _dates_another(self, past: Hit, mention: Mention) -> bool:
        """ "ITP as a child, nose pouring", "chest pain, a murmur as a child": the time is that of what stands on its own side of the comma.
        "I used to ride, my back hurts": what the writer used to do or have does not reach beyond another subject. """
        between = self._words[past.end : mention.start + 1]
        if self._typed(past).lower() == "used to":
            return ")" in between or any(word == "," and following in SUBJECTS | ANEW for word, following in zip(between, between[1:]))
        if "," in between and self._typed(past).lower() in UP_TO_A_COMMA or self._dates_what_is_beside_it(past, mention):
            return True
        before = self._words[self.sentence(mention)[0] : mention.end]
        return self._is_childhood(past) and ("," in self._words[mention.end : past.start] and "had" not in before or "," in between and past.start > self.sentence(mention)[0])

    def _dates_what_is_beside_it(self, past: Hit, mention: Mention) -> bool:
        """ "Pink pee, platelet 25 last time", "..., had my transplant in march", "platelets were 9 in march, nose pouring". """
        apart = self._words[mention.end : past.start] or self._words[past.end : mention.start]
        if "," not in apart:
            return False
        first = self._words[past.start - 1 - self._words[: past.start][::-1].index(",") + 1] if "," in self._words[: past.start] else self._words[0]
        beside = self._words[max(0, past.start - 3) : past.start]
        number = beside[-1:] and beside[-1].isdigit() and not {"ago", "back"} & set(self._words[past.start : past.end])
        return bool(number or EVENTS & set(beside) and (first in REPORTING or past.end <= mention.start))

    def _year(self, clause: tuple) -> Optional[str]:
        """ "in 2017": a year gone by, unless the sign goes on since then. """
        if clause not in self._years:
            years = (place for place in range(*clause) if _YEAR.fullmatch(self._words[place]) and (place == 0 or self._words[place - 1] != "since"))
            self._years[clause] = next((self._words[place] for place in years), None)
        return self._years[clause]

    def _never(self, hit: Hit) -> bool:
        """ "It never came back", "it has not settled", "can I never have it again". """
        back = 4 if self._words[hit.start] == "again" else 1
        before = self._words[max(0, hit.start - back) : hit.start]
        near = list(takewhile(lambda word: word[:1].isalnum() and word != "and", reversed(before)))
        return bool({"never", "not", "n't"} & set(near[:1]) or "never" in near)
