"""A message without what could tell who wrote it, or nothing where that is not certain.

Rules only, no model. Microsoft Presidio's recognisers find phone numbers, e-mail addresses, links, dates and account
numbers; whatever else holds a digit becomes a number. Then each word must be one that Ivy knows as an ordinary word:
of its own training sentences or of the general word list, and no name of Faker's lists. A capital within a sentence,
a title, an introduction or an address makes the message uncertain. What is uncertain is not kept: better to lose many
questions than to keep one name."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from functools import lru_cache
from typing import Iterable, Optional

import yaml

from bot.project import DATA
from bot.safety.tokens import general_words
from bot.understanding.spelling import protected_words

LONGEST = 200  # characters; a longer message tells a story, and a story tells who
OFTEN = 8      # a word of so many training sentences is ordinary even where somebody has it for a name
#: Languages whose names are looked out for, as Faker calls them; of the first ones no name is ordinary.
ENGLISH = ("en_US", "en_GB")
OTHERS = ("en_IN", "en_IE", "en_NZ", "es_MX", "es_ES", "fr_FR", "de_DE", "it_IT", "pt_BR", "pl_PL", "nl_NL", "sv_SE")
#: English words that stand in every second message, and are names somewhere in the world.
FUNCTION_WORDS = frozenset("a all am among an and are as at be by can do else ever get go had have he hence her i if in is it just less made may me more must my no nor not of on one or our per "
                           "same said say says she so such than the they this to too up us via was we were what will with yet you".split())

_MONTH = "january|february|april|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
_DATE = re.compile(rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{_MONTH}|may|march)\b|(?:{_MONTH})\b|(?:may|march)\s+\d{{1,2}}\b)\.?(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,?\s+\d{{4}}\b)?", re.I)
_NUMBER = re.compile(r"\w*\d[\w.,:/-]*")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_FILLED = re.compile(r"\((?:phone|e-mail|link|date|number)\)")
_SPOKEN_DIGIT = r"(?:zero|oh|nought|one|two|three|four|five|six|seven|eight|nine|double|triple)"
#: Where somebody says who they are or where they live, or a number or a day in words.
_TELLS = re.compile(
    r"\b(?:my name|names?|named|call me|i am called|i'?m called|nickname|surname|regards|yours|sincerely|(?:i am|i'?m|come|comes) from|born|(?:live|lives|lived|living|stay|staying) (?:in|at|on|near|by)"
    r"|address|street|road|avenue|lane|postcode|post code|zip|apartment|village|town|city|neighbou?rs?|(?:work|works|working|worked) (?:at|for|in)|(?:nurse|doctor|teacher|pastor|manager) at"
    rf"|\w+(?:st|nd|rd|th|first|second|third) of (?:{_MONTH}|may|march))\b|(?:\b{_SPOKEN_DIGIT}\b[ ,-]*){{4,}}", re.I)
_TITLE = re.compile(r"\b(?:dr|mr|mrs|ms|miss|mister|prof|professor|nurse|sister|brother|doctor|doc|aunt|auntie|uncle|pastor|father|saint|st)\b[. ]+([^\W\d_]+)", re.I)


def scrubbed(text: str) -> Optional[str]:
    """The message in small letters, with (phone), (e-mail), (link), (date) and (number) in place of these; None when it is
    not certain that nothing else in it tells who wrote it."""
    text = " ".join(text.split())
    if not text or len(text) > LONGEST or not text.isascii():
        return None
    filled = _NUMBER.sub("(number)", _DATE.sub("(date)", _without_contacts(text)))
    rest = _FILLED.sub(",", filled)
    if re.search(r"[@_\\/]|www", rest) or _TELLS.search(rest) or any(found[1].lower() in _all_names() - FUNCTION_WORDS or found[1].lower() not in ordinary_words() for found in _TITLE.finditer(rest)):
        return None
    shouted = rest.upper() == rest
    if not shouted and any(_may_be_a_name(found, rest) for found in re.finditer(r"\b[A-Z][\w'’-]*", rest)):
        return None
    return filled.lower() if all(_is_ordinary(word) for word in _WORD.findall(rest.lower())) else None


@lru_cache(maxsize=1)
def ordinary_words() -> frozenset[str]:
    """Words of so many training sentences that they are no name where they stand in small letters."""
    counted = _taught()
    return frozenset(word for word, count in counted.items() if count >= OFTEN) - first_names(ENGLISH) | FUNCTION_WORDS


@lru_cache(maxsize=4)
def first_names(locales: tuple[str, ...]) -> frozenset[str]:
    """First names of Faker's lists, in small letters."""
    return frozenset(_names(locales, "first_name"))


@lru_cache(maxsize=1)
def _all_names() -> frozenset[str]:
    """First and last names of all the lists."""
    return first_names((*ENGLISH, *OTHERS)) | frozenset(_names((*ENGLISH, *OTHERS), "last_name"))


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Every word that a message may hold: no name, unless it is ordinary."""
    return frozenset(_taught()).union(general_words(), protected_words()) - _all_names() | ordinary_words()


def _is_ordinary(word: str) -> bool:
    """A word as it stands, without an ending after an apostrophe, or in the parts around a hyphen."""
    known, word = _known(), word.replace("’", "'")
    return word in known or "'" in word and word.rsplit("'", 1)[0] in known and len(word.rsplit("'", 1)[1]) <= 2 or "-" in word and all(part in known for part in word.split("-"))


def _may_be_a_name(found: re.Match, text: str) -> bool:
    """Whether a capital may begin a name. One at the beginning of a sentence is only a name where it is one."""
    word = found[0].lower()
    begins = not text[: found.start()].strip() or text[: found.start()].rstrip()[-1] in ".?!"
    if word.split("'")[0] in FUNCTION_WORDS:
        return False
    return word in first_names((*ENGLISH, *OTHERS)) or not begins and word not in ordinary_words()


def _without_contacts(text: str) -> str:
    for start, end, kind in sorted(_found(text), reverse=True):
        text = f"{text[:start]}({kind}){text[end:]}"
    return text


def _found(text: str) -> Iterable[tuple[int, int, str]]:
    """What Presidio's recognisers find, the longest where two overlap."""
    spans = [(each.start, each.end, kind) for recogniser, kind in _recognisers() for each in recogniser.analyze(text, recogniser.supported_entities, None)]
    taken: list[tuple[int, int, str]] = []
    for span in sorted(spans, key=lambda each: each[0] - each[1]):
        if all(span[1] <= other[0] or span[0] >= other[1] for other in taken):
            taken.append(span)
    return taken


@lru_cache(maxsize=1)
def _recognisers() -> tuple:
    """Presidio's rules. Of those for e-mail and links only the patterns: their check would ask the network for a list of domains."""
    from presidio_analyzer import PatternRecognizer, predefined_recognizers as presidio

    patterns = lambda kind: PatternRecognizer(supported_entity=kind.__name__, patterns=kind.PATTERNS)  # noqa: E731
    return ((presidio.PhoneRecognizer(supported_regions=("US", "GB", "CA", "AU", "IE", "NZ", "IN", "ES", "MX", "FR", "DE", "IT", "PL")), "phone"), (patterns(presidio.EmailRecognizer), "e-mail"),
            (patterns(presidio.UrlRecognizer), "link"), (presidio.DateRecognizer(), "date"), (presidio.CreditCardRecognizer(), "number"), (presidio.IbanRecognizer(), "number"), (presidio.IpRecognizer(), "number"))


def _names(locales: Iterable[str], which: str) -> set[str]:
    """Names of some of Faker's lists: those whose attribute's name holds `which`."""
    found: set[str] = set()
    for locale in locales:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        lists = [getattr(provider, name) for name in dir(provider) if which in name]
        found |= {part for names in lists if isinstance(names, (tuple, list, dict)) for name in names if isinstance(name, str) for part in re.findall(r"[a-z]{2,}", name.lower())}
    return found


@lru_cache(maxsize=1)
def _taught() -> Counter:
    """Words of the training sentences, each with how many sentences have it."""
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((DATA / "nlu").glob("*.yml"))]
    sentences = [line.removeprefix("- ") for tree in files for intent in tree["nlu"] for line in intent["examples"].splitlines()]
    return Counter(word for sentence in sentences for word in set(_WORD.findall(sentence.lower())))
