"""Short messages that only mean something after what was said before: "why?", "and for babies?", "2".

A resolver over data/follow_ups.yml, which is read as a whole message or not at all: a message with a
word the table does not know stands on its own, and is left to the classifier."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Iterable, Mapping, Optional

import yaml

from bot.project import DATA
from bot.safety.tokens import Speller, Tokenizer, Word, clean

TABLE = DATA / "follow_ups.yml"
ELLIPTIC = 5
LONGEST = 8  # words without fillers; a longer message says enough by itself
MORE, SOMETHING_ELSE = "tell_me_more", "something_else"
#: General answers: asked of one illness or person, the answer about these says it better.
GENERAL = frozenset({MORE, "side_effects_serious", "evidence", "how_ivig_works", "who_should_consider"})


@dataclass(frozen=True)
class Topic:
    """What must be known of an answer: its `family`, its own `question`, and the `conditions` it has words for,
    each with the block they are in."""

    family: str
    question: str
    conditions: Mapping[str, str]


@dataclass(frozen=True)
class Context:
    """What was said before a message.

    `topic` answered last and its `family`; `offered`: ids of the buttons since the last message; `asked`:
    they stood below "did you mean"; `unchosen`: what an earlier "did you mean" offered and nobody took;
    `known`: facts the person told (itp, pregnancy ...)."""

    topic: str = ""
    family: str = ""
    offered: tuple = ()
    asked: bool = False
    unchosen: tuple = ()
    known: frozenset = frozenset()


@dataclass(frozen=True)
class FollowUp:
    """What a short message asks for: its `topics` in order, to be answered or, with `offer`, to be asked about.

    `about`: the person or illness named in it, a condition of content templates; `block`: the part of
    the answer with words for that; `why` says in words what decided."""

    topics: tuple
    why: str
    offer: bool = False
    about: str = ""
    block: str = "short"


@dataclass(frozen=True)
class Core:
    """A message without what leads to its point. `words` are reduced, `text` is as typed; `led` by "and" or
    its like, and it may be one that `corrects`: "no, I meant ..."."""

    words: tuple
    text: str
    led: bool = False
    corrects: bool = False

    @property
    def points_back(self) -> bool:
        return "it" in self.words

    @property
    def elliptic(self) -> bool:
        """Short, and held up by a pronoun, by what leads to it, or by next to nothing."""
        return len(self.words) <= ELLIPTIC and (self.points_back or self.led or len(self.words) <= 2)


class FollowUps:
    """The table, ready to be asked. `topics`: what can be answered."""

    def __init__(self, table: Mapping, topics: Mapping[str, Topic]) -> None:
        self._table, self._topics = table, topics
        self._vocabulary = _words({"asked": table["asked"], "around": table["around"]}) | {"it"}
        self._tokenizer, self._speller = Tokenizer(), Speller(_words(table))
        self._tokens = lru_cache(maxsize=16)(self._split)  # one message is asked about several times
        self._pronouns, self._fillers = frozenset(table["pronouns"]), frozenset(table["fillers"])
        self._leads = self._openings("leads", "corrections")
        self._asked = {self.reduced(phrase): name for name, aspect in table["asked"].items() for phrase in aspect["phrases"]}
        self._people = sorted(((self.reduced(word), name) for name, person in table["people"].items() for word in person["words"]), key=lambda entry: -len(entry[0]))
        self._picks = {self.reduced(str(phrase)): place for place, phrases in table["picks"].items() for phrase in phrases}
        self._replies = {name: frozenset(self.reduced(phrase) for phrase in table[name]) for name in ("both", "other_one", "agrees", "refuses", "misses")}
        self._accepts = frozenset(self._plain(phrase) for phrase in table["accepts"])

    def resolve(self, text: str, context: Context) -> Optional[FollowUp]:
        """What the message asks for after what was said, or None where it must be taken as it stands."""
        if self._plain(text) in self._accepts and MORE in context.offered and not context.asked:
            return FollowUp((MORE,), "accepts to be told more")
        core = self.core(text)
        reply = self._reply(self.reduced(text), context) or self._reply(core.words, context)
        if reply or not context.topic or not 0 < len(core.words) <= LONGEST:
            return reply
        found = self._question(core, context)
        # "no, I meant how often" is not about what was answered
        return None if found and core.corrects and found.topics == (MORE,) else found

    def core(self, text: str) -> Core:
        """The message's point: "no, I meant the cost" is about "the cost"."""
        words = self._tokens(text)
        left, corrects = words, False
        while left and (found := next((entry for entry in self._leads.get(left[0].norm, ()) if len(left) > len(entry[0]) and _starts(left, entry[0])), None)):
            left, corrects = left[len(found[0]):], corrects or found[1] == "corrections"
        said = clean(text)[left[0].start:] if left else ""
        # "no, not the money, the side effects": what is meant comes last
        point = said.rsplit(",", 1)[-1].strip() if corrects else said
        return Core(self.reduced(point) if point != said else self._reduce(word.norm for word in left), point or said, len(left) < len(words), corrects)

    def knows(self, core: Core) -> bool:
        """True when the message has no word that the table does not have: it adds nothing new to what was said."""
        return all(word in self._vocabulary for word in core.words)

    def reduced(self, text: str) -> tuple:
        """The words that carry meaning, each pronoun as "it"."""
        return self._reduce(word.norm for word in self._tokens(text))

    def _reply(self, words: tuple, context: Context) -> Optional[FollowUp]:
        """A word that picks, takes or refuses what was offered."""
        if words in self._picks and context.offered:
            place = self._picks[words]
            within = place <= len(context.offered)
            return FollowUp((context.offered[place - 1 if place > 0 else place],), "picked from what was offered") if within else None
        if words in self._replies["other_one"] and len(context.unchosen) == 1:
            return FollowUp(context.unchosen, "the one that was offered and not taken")
        if words in self._replies["misses"] or context.asked and words in self._replies["refuses"]:
            return FollowUp((SOMETHING_ELSE,), "says it was not that")
        if context.asked and words in self._replies["both"]:
            return FollowUp(context.offered, "picked all that was offered")
        if context.asked and words in self._replies["agrees"]:
            return FollowUp(context.offered, "a yes that does not say to which", offer=True)
        return None

    def _question(self, core: Core, context: Context) -> Optional[FollowUp]:
        person, rest = self._person(core.words)
        if not person:
            return self._aspect(core.words, context)
        if not rest:
            bare = not core.led and len(core.words) == 1  # "kids?" is a topic; "for kids?" is about the last one
            return None if bare else self._somebody(person, context)
        found = self._aspect(rest, context)
        if not found or found.offer:
            return found
        (topic,) = found.topics
        if topic in GENERAL:
            return self._somebody(person, context)
        return self._told_for(topic, person, found.why)

    def _aspect(self, words: tuple, context: Context) -> Optional[FollowUp]:
        """What is asked of the last answer: how long, why, how dangerous."""
        name = self._asked.get(words)
        after = self._table["asked"][name]["after"] if name else {}
        way = after.get(context.topic, after.get(context.family))
        if not way:
            return None
        why = f"{name} after {context.topic}"
        if isinstance(way, list):
            return FollowUp(tuple(way), why, offer=True)
        return FollowUp((MORE if way in ("more", context.topic) else way,), why)

    def _somebody(self, person: str, context: Context) -> FollowUp:
        """The same for somebody else: the last answer's own words for them, else the answer that is about them."""
        why = f"{person} after {context.topic}"
        entry = self._table["people"][person]
        if person in self._words_for(context.topic):
            return self._told_for(context.topic, person, why)
        instead = entry.get("after", {})
        key = next((key for key in (context.topic, *sorted(context.known)) if key in instead), None)
        own = instead[key] if key else entry.get("topic")
        if own in (None, context.topic):
            return FollowUp((MORE,), why)
        # what it costs or when to call is no other question for a child; whether the child is meant must be asked
        return FollowUp((own, MORE), why, offer=True) if context.family == "practical" else FollowUp((own,), why)

    def _told_for(self, topic: str, person: str, why: str) -> FollowUp:
        return FollowUp((topic,), why, about=person, block=self._words_for(topic).get(person, "short"))

    def _words_for(self, topic: str) -> Mapping[str, str]:
        return self._topics[topic].conditions if topic in self._topics else {}

    def _person(self, words: tuple) -> tuple[str, tuple]:
        """The one person or illness named and the words besides; ("", words) where there is none or more than one."""
        present = set(words)
        people = [(phrase, name) for phrase, name in self._people if present.issuperset(phrase)]  # most name nobody: quickly seen
        found = [(start, start + len(phrase), name) for phrase, name in people for start in range(len(words)) if words[start : start + len(phrase)] == phrase]
        if len({name for _, _, name in found}) != 1:
            return "", words
        start, end, name = found[0]
        around = frozenset(self._table["around"])
        while start and words[start - 1] in around:
            start -= 1
        rest = words[:start] + words[end:]
        return name, () if all(word in around or word.isdigit() for word in rest) else rest

    def _split(self, text: str) -> list[Word]:
        return [word for word in self._tokenizer(clean(text), self._speller) if any(letter.isalnum() for letter in word.norm)]

    def _reduce(self, words: Iterable[str]) -> tuple:
        return tuple("it" if word in self._pronouns else word for word in words if word not in self._fillers)

    def _plain(self, text: str) -> tuple:
        return tuple(word.norm for word in self._tokens(text))

    def _openings(self, *kinds: str) -> dict[str, list]:
        """By first word: (words, kind), those of the first kind first and of a kind the longest."""
        found: dict[str, list] = {}
        for kind in kinds:
            for phrase in sorted((list(self._plain(phrase)) for phrase in self._table[kind]), key=len, reverse=True):
                found.setdefault(phrase[0], []).append((phrase, kind))
        return found


@lru_cache(maxsize=1)
def follow_up_table(path: Path = TABLE) -> Mapping:
    """The table as written. Raises OSError or yaml.YAMLError; `ivy check` reads it with kinder words."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _starts(words: list[Word], phrase: list[str]) -> bool:
    return [word.norm for word in words[: len(phrase)]] == phrase


def _words(tree) -> set[str]:
    if isinstance(tree, Mapping):
        return set().union(*map(_words, tree.values()))
    return set().union(*map(_words, tree)) if isinstance(tree, list) else set(str(tree).lower().split())
