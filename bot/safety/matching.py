"""Finding signs in words: which patterns of the lexicon stand in which clause."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import Iterable, Iterator, Mapping, Sequence

from spacy.matcher import PhraseMatcher

from bot.safety.lexicon import Lexicon, Pattern
from bot.safety.tokens import FILLERS, Speller, Tokenizer, Word, clean

WINDOW = 7  # words a pattern in any order may span beside its elements (the prototype's 9 tokens held fillers)
GAP = 4     # words that may stand between two elements of an ordered pattern
#: Words that begin a clause of their own; commas do not, because patients list.
CONTRAST = frozenset("but however although though except yet whereas".split())
_STOPS = frozenset(".!?;\n")


@dataclass(frozen=True)
class Hit:
    """A class or phrase found: word positions [start, end) in the message."""

    key: str
    start: int
    end: int


@dataclass(frozen=True)
class Mention:
    """A sign named in the message: where (word positions), by which pattern, in which clause."""

    sign: str
    start: int
    end: int
    clause: tuple
    pattern: Pattern
    positions: tuple


@dataclass(frozen=True)
class Message:
    """A message read: cleaned text, words, clauses as (start, end) word positions, and the context words in it (denials,
    times, people ...): their keys are the lists of context.yml."""

    text: str
    words: Sequence[Word]
    clauses: Sequence[tuple]
    context: Sequence[Hit]

    def typed(self, start: int, end: int) -> str:
        """The patient's own words between two word positions, from the cleaned text."""
        return self.text[self.words[start].start : self.words[end - 1].end]

    @property
    def sentences(self) -> list[str]:
        """The parts of three words and more, each with its full stop or question mark, as typed: the topic classifier cuts
        there too, and what both ask about is encoded once."""
        parts = (part.strip() for part in re.split(r"(?<=[.!?;])(?![.!?;])|\n+", self.text))
        return [part for part in parts if len(part.split()) >= 3]

    @property
    def norms(self) -> list[str]:
        """The words as the matcher reads them, without punctuation."""
        return [word.norm for word in self.words if any(c.isalnum() for c in word.norm) or not word.norm.isascii()]


class Matcher:
    """Finds mentions of the lexicon's signs. One per process; holds no state between messages."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._tokenizer = Tokenizer()
        self._speller = Speller(lexicon.vocabulary(), lexicon.protected | lexicon.foreign_words())
        self._phrases = PhraseMatcher(self._tokenizer.nlp.vocab, attr="ORTH")
        self._context = PhraseMatcher(self._tokenizer.nlp.vocab, attr="ORTH")
        self._add_keys()
        self._by_element: dict[str, list[tuple[str, Pattern]]] = {}
        for sign in lexicon.signs.values():
            for pattern in sign.patterns:
                self._by_element.setdefault(pattern.elements[0], []).append((sign.id, pattern))

    def read(self, text: str) -> Message:
        """Clean, split and correct a message; half an emoji in it cannot be split, and is replaced."""
        cleaned = clean(text.encode("utf-8", "replace").decode())
        words = self._tokenizer(cleaned, self._speller)
        return Message(cleaned, words, list(_clauses(words)), self._context_of(words))

    def hits(self, message: Message) -> list[Hit]:
        """Every class and phrase that stands in the message."""
        kept = [i for i, word in enumerate(message.words) if word.norm not in FILLERS]
        doc = self._tokenizer.doc([message.words[i].norm for i in kept])
        found = [Hit(self._tokenizer.nlp.vocab.strings[key], kept[start], kept[end - 1] + 1) for key, start, end in self._phrases(doc)]
        found += [hit for hit in message.context if hit.key == "idioms" or hit.key.startswith("not:")]
        found += [Hit("FEVER_READING", i, i + 1) for i in kept if _is_fever(message.words[i].number)]
        return sorted(set(found), key=lambda hit: (hit.start, hit.end, hit.key))

    def mentions(self, message: Message, hits: Iterable[Hit]) -> list[Mention]:
        """Signs named, longest first where two of one sign overlap; figures of speech taken out."""
        hits = sorted(hits, key=lambda hit: (hit.start, hit.end, hit.key))
        starts = [hit.start for hit in hits]
        figures: dict[str, set[int]] = {}
        for hit in hits:
            if hit.key == "idioms" or hit.key.startswith("not:"):
                figures.setdefault(hit.key, set()).update(range(hit.start, hit.end))
        found: dict[tuple, Mention] = {}
        for clause in message.clauses:
            inside = [hit for hit in hits[bisect_left(starts, clause[0]) : bisect_left(starts, clause[1])] if hit.end <= clause[1]]
            for mention in self._in_clause(clause, inside):
                if not any(not figures[key].isdisjoint(range(mention.start, mention.end)) for key in ("idioms", f"not:{mention.sign}") if key in figures):
                    found.setdefault((mention.sign, mention.start, mention.end, mention.pattern.weak), mention)
        return _strongest(found.values())

    def _context_of(self, words: Sequence[Word]) -> list[Hit]:
        """Every word counts here, fillers too."""
        doc = self._tokenizer.doc([word.norm for word in words])
        strings = self._tokenizer.nlp.vocab.strings
        return sorted({Hit(strings[key], start, end) for key, start, end in self._context(doc)}, key=lambda hit: (hit.start, hit.end, hit.key))

    def _in_clause(self, clause: tuple, hits: Sequence[Hit]) -> Iterator[Mention]:
        by_key: dict[str, Places] = {}
        for hit in hits:
            by_key.setdefault(hit.key, Places()).add(hit)
        for key in by_key:
            for sign, pattern in self._by_element.get(key, ()):
                if all(element in by_key for element in pattern.elements):
                    for used in _placed(pattern, by_key):
                        positions = tuple(sorted({i for hit in used for i in range(hit.start, hit.end)}))
                        yield Mention(sign, positions[0], positions[-1] + 1, clause, pattern, positions)

    def _add_keys(self) -> None:
        keys = dict(self.lexicon.classes)
        keys.update({element: (element,) for sign in self.lexicon.signs.values() for pattern in sign.patterns
                     for element in pattern.elements if element not in keys and element.lower() == element})
        for key, phrases in keys.items():
            self._phrases.add(key, [self._as_doc(phrase, FILLERS) for phrase in phrases])
        figures = {"idioms": self.lexicon.idioms, **{f"not:{sign.id}": sign.idioms for sign in self.lexicon.signs.values() if sign.idioms}}
        for key, phrases in {**self.lexicon.context, **figures}.items():
            self._context.add(key, [self._as_doc(phrase, frozenset()) for phrase in phrases])

    def _as_doc(self, phrase: str, fillers: frozenset):
        norms = [word.norm for word in self._tokenizer(clean(str(phrase).lower()), self._speller)]
        return self._tokenizer.doc([norm for norm in norms if norm not in fillers] or norms)


def _clauses(words: Sequence[Word]) -> Iterator[tuple]:
    start = 0
    for i, word in enumerate(words):
        if word.typed in _STOPS or word.norm in _STOPS or set(word.typed) <= {".", "!", "?"}:
            if i > start:
                yield start, i + 1
            start = i + 1
        elif word.norm in CONTRAST and i > start:
            yield start, i
            start = i
    if start < len(words):
        yield start, len(words)


class Places:
    """The hits of one key in order of their start, found by where they may stand: a long message costs time in
    proportion to its length, whatever is repeated in it."""

    def __init__(self) -> None:
        self._hits: list[Hit] = []
        self._starts: list[int] = []

    def add(self, hit: Hit) -> None:
        """Hits are added in order of their start."""
        self._hits.append(hit)
        self._starts.append(hit.start)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self._hits)

    def between(self, first: int, last: int) -> Sequence[Hit]:
        """Hits that start at one of the words first ... last."""
        return self._hits[bisect_left(self._starts, first) : bisect_left(self._starts, last + 1)]


def _placed(pattern: Pattern, by_key: Mapping[str, Places]) -> Iterator[list[Hit]]:
    """Ways to place the pattern's elements near each other without overlap."""
    reach = WINDOW + len(pattern.elements)

    def extend(used: list[Hit], rest: Sequence[str]) -> Iterator[list[Hit]]:
        if not rest:
            yield used
            return
        span = (used[-1].end, used[-1].end + GAP) if pattern.ordered else (used[0].start - reach, used[0].start + reach)
        for hit in by_key[rest[0]].between(*span):
            if _fits(pattern, used, hit):
                yield from extend([*used, hit], rest[1:])

    for first in by_key[pattern.elements[0]]:
        # the first placement is enough: another one would name the same sign in the same words
        placed = next(extend([first], pattern.elements[1:]), None)
        if placed:
            yield placed


def _fits(pattern: Pattern, used: Sequence[Hit], hit: Hit) -> bool:
    if pattern.ordered:
        return 0 <= hit.start - used[-1].end <= GAP
    if any(hit.start < other.end and other.start < hit.end for other in used):
        return False
    start, end = min(h.start for h in [*used, hit]), max(h.end for h in [*used, hit])
    return end - start <= WINDOW + len(pattern.elements)


def _strongest(mentions: Iterable[Mention]) -> list[Mention]:
    """One mention a sign and place: firm before weak, then the longer."""
    kept: list[Mention] = []
    taken: dict[str, set[int]] = {}
    for mention in sorted(mentions, key=lambda m: (m.pattern.weak, -len(m.positions), m.start)):
        words = range(mention.start, mention.end)
        if taken.setdefault(mention.sign, set()).isdisjoint(words):
            taken[mention.sign].update(words)
            kept.append(mention)
    return sorted(kept, key=lambda m: (m.start, m.sign))


def _is_fever(value) -> bool:
    """38.0 C or 100.4 F and more, up to what a living body can show (the rule of the sources cdc_ca and sick)."""
    return value is not None and (38.0 <= value <= 43.0 or 100.4 <= value <= 109.0)
