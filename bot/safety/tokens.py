"""From typed text to words that can be matched: cleaned, split, spelling corrected toward the lexicon.

spaCy's blank English pipeline splits ("dont" -> do + not, by its NORM), rapidfuzz corrects. The
scheme and its error rates are those of the prototype: unknown words of four
letters and more, one edit up to six letters, two from seven, the first letter kept or swapped with
the second, never a word of the 82,000-word list or of the protected names."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Iterable, Mapping, Optional, Sequence

import spacy
from rapidfuzz.distance import OSA
from spacy.tokens import Doc

#: Words that carry no sign and stand between those that do ("my neck is really stiff").
FILLERS = frozenset(
    "a an the my your his her hers our their its 's am is are was were be been being 'm m 're im "
    "really very so just quite pretty super um uh er like literally actually basically still "
    "also kinda sorta gonna got getting gotten have has had having 've".split()
)
_ZERO_WIDTH = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "–": "-", "—": " - "})
_STRETCHED = re.compile(r"([A-Za-z])\1{2,}")
_READING = re.compile(r"(\d)\s*(?:°\s*)?([cCfF])\b|(\d)\s*°")
#: Emoji and other signs stuck to a word or its full stop ("stiff?😀"), which the tokenizer would leave as one.
_SYMBOL = re.compile(r"([^\w\s.,!?;:'\"()/%°$€£+\-&@#*=<>~…])")
_NUMBER = re.compile(r"\d{2,3}(?:[.,]\d{1,2})?$")


def clean(text: str) -> str:
    """Text with look-alike characters unified, invisible ones removed, stretched letters shortened."""
    text = _ZERO_WIDTH.sub("", unicodedata.normalize("NFKC", text)).translate(_QUOTES)
    text = _SYMBOL.sub(r" \1 ", _STRETCHED.sub(r"\1\1", text))
    text = _READING.sub(lambda match: f"{match[1] or match[3]} {match[2] or 'degrees'}", text)
    return re.sub(r"[^\S\n]+", " ", re.sub(r"\s*\n\s*", "\n", text)).strip()


def folded(text: str) -> str:
    """Letters without their accents: on a phone "rígido" is typed both ways."""
    return text if text.isascii() else "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


@dataclass(frozen=True)
class Word:
    """One token: its place in the cleaned text, what was typed, what it is read as."""

    start: int
    end: int
    typed: str
    norm: str

    @property
    def corrected(self) -> bool:
        return self.norm != folded(self.typed.lower()) and len(self.norm) > 3 and self.typed.isalpha()

    @property
    def number(self) -> Optional[float]:
        """The value of a two- or three-digit number such as 38.5, else None."""
        return float(self.typed.replace(",", ".")) if _NUMBER.match(self.typed) else None


@lru_cache(maxsize=1)
def general_words() -> Mapping[str, int]:
    """symspellpy's English list: word -> frequency, 82,765 words, 38 % of them inflected forms."""
    lines = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text(encoding="utf-8-sig").splitlines()
    return {word: int(count) for word, count in (line.split() for line in lines if line.strip())}


class Speller:
    """Corrects a word toward a vocabulary; leaves every word alone that exists or is protected."""

    def __init__(self, vocabulary: Iterable[str], protected: Iterable[str] = ()) -> None:
        self._targets: dict[str, list[str]] = {}
        self._known = set(vocabulary) | set(protected)
        for word in sorted(set(vocabulary)):
            if len(word) >= 4 and word.isalpha():
                self._targets.setdefault(word[0], []).append(word)
        self._correct = lru_cache(maxsize=20_000)(self._nearest)

    def correct(self, word: str) -> str:
        """The lexicon word meant, or the word itself. `word` is lower case."""
        if len(word) < 4 or len(word) > 30 or not word.isalpha() or word in self._known or word in general_words():
            return word
        return self._correct(word)

    def _nearest(self, word: str) -> str:
        most = 1 if len(word) <= 6 else 2
        candidates = [(distance, -general_words().get(target, 0), target) for target in self._near(word, most)
                      if (distance := OSA.distance(word, target, score_cutoff=most)) <= most]
        return min(candidates)[2] if candidates else word

    def _near(self, word: str, most: int) -> Iterable[str]:
        for target in self._targets.get(word[0], ()):
            if abs(len(target) - len(word)) <= most:
                yield target
        for target in self._targets.get(word[1], ()):
            if target[1:2] == word[0] and word[0] != word[1]:
                yield target


class Tokenizer:
    """Splits cleaned text into words. One blank spaCy pipeline, no model."""

    def __init__(self) -> None:
        self.nlp = spacy.blank("en")

    def __call__(self, text: str, speller: Optional[Speller] = None) -> list[Word]:
        words = []
        # spaCy splits "cant" but not "CANT"; some letters change length when lowered, those stay as they are
        lowered = text.lower() if text.isascii() else "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
        for token in self.nlp.make_doc(lowered):
            if token.is_space and "\n" not in token.text:
                continue
            norm = folded(token.norm_.lower().strip()) or "\n"
            if speller:
                norm = speller.correct(norm)
            end = token.idx + len(token.text)
            words.append(Word(token.idx, end, text[token.idx : end], norm))
        return words

    def doc(self, norms: Sequence[str]) -> Doc:
        """A Doc of exactly these words, for spaCy's matchers."""
        return Doc(self.nlp.vocab, words=list(norms))
