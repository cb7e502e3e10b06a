"""Is a named sign here and now? Denied, over, imagined, asked about, or somebody else's?

Chat is not a clinical note: "no sex drive, chills" denies one thing, "no, chest pain started today"
denies nothing. So a denial reaches over few words and over a list only when the
list says so; whatever is unclear is asked, never dropped."""

from __future__ import annotations

from bisect import bisect_left
from typing import Optional

from bot.safety.context_words import (
    ABLE, ABOUT_OTHERS, AS_IF, BECAUSE_OF, BYSTANDERS, EMPHASIS, MINE, NEVER_ONLY_ASKED, OWN, SAYING, SMALL, SUBJECTS, THREATENED,
)
from bot.safety.matching import Hit, Mention
from bot.safety.surroundings import LONGEST_PHRASE
from bot.safety.times import Status, Times

LONGEST_LIST = 14  # words of a denied list
FARTHEST = 24  # words before a sign at which a denial may begin that reaches it
REACH = 3  # words a denial may stand before what it denies
#: What lets a sign be, and is not enough for one in NEVER_ONLY_ASKED; `_hypothetical` and `_asked` see to the rest.
EXCUSES = frozenset({"past", "stranger", "education"})


class Context(Times):
    """What the words around say of each mention of a message."""

    def status(self, mention: Mention) -> Status:
        """The first of these that holds; current when none does."""
        for test in (self._denied, self._past, self._somebody_else, self._hypothetical, self._asked):
            found = test(mention)
            if found and found.kind in EXCUSES and mention.sign in NEVER_ONLY_ASKED and self._stands_apart(mention, found):
                return Status("own_question", f"never taken for mere {found.kind}")
            if found:
                return found
        return Status("current", "reported")

    def _stands_apart(self, mention: Mention, found: Status) -> bool:
        """True where the words that let a sign be are those of another clause: "my wife fainted last year and i want to die". """
        words = found.why.partition("'")[2].rpartition("'")[0]
        return bool(words) and words not in self._message.typed(*self.clause(mention))

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
            if self._words[hit.start] == "never" and (self._of("like_this", (mention.start, mention.clause[1])) or EMPHASIS & set(self._words[hit.end : mention.end + 1])):
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
            told_of_me = MINE & set(self._words[max(0, mention.start - 2) : mention.start])  # "a man called the ambulance because I couldn't speak"
            return Status("unclear_person" if told_of_me else "stranger", f"about '{stranger}'")
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
