"""What a patient types to change the list of questions, and what the list's buttons mean.

A message is a command only as a whole; anything else is left to the topic classifier."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable, Optional, Sequence

from bot.library.question_sets import QuestionSet

LAST = -1               # the number "the last one" stands for
LONGEST_QUESTION = 200  # characters of a patient's own question; what is longer is cut, and shown so
LONGEST_CHOICE = 8      # words of a typed choice; a longer message says more than that
LONGEST_RANGE = 30      # "drop 2-900" is no range of any list
NO_SUCH = 10_000        # stands for any number too long to be one of a list's

_POLITE = r"(?:(?:please|can you|could you) )?"
_MY_LIST = r"(?:my|the) (?:question )?list"
_I_AM = r"(?:(?:i am|i'm|im) )?(?:all )?"
#: What a question begins with: "add will I lose my hair" can then only be an addition.
_OPENERS = frozenset("am are can could did do does has have how if is may must shall should was what when where which who whom whose why will would".split())
_ADD = re.compile(rf"{_POLITE}add(?: (?:a|my|this|another)(?: own)? question)?(?: to {_MY_LIST})?(?: ?:| -) ?(?P<words>.*)", re.I)
_ADD_TO_LIST = re.compile(rf"{_POLITE}(?:add|put) (?P<words>.+) (?:to|on|onto) my (?:question )?list[.!]?", re.I)
_ADD_OPENED = re.compile(rf"{_POLITE}add (?P<words>(?P<opener>[a-z]+)\b.*)", re.I)
_ADD_NOTHING = re.compile(rf"{_POLITE}add(?: (?:a|my|another|one more)(?: own)? question|)[.!]?", re.I)
_DROP = re.compile(rf"{_POLITE}(?P<verb>drop|remove|delete|cross out|take out|take off)\b(?P<rest>.*)", re.I)
_DROP_REST = re.compile(r"(?:\d|the|questions?|numbers?|nos?|nr|last|one|and|to|from my list|please|[\s#&,.!+-])*", re.I)
_NUMBERS = re.compile(r"(\d+)(?: ?(?:-|to) ?(\d+))?|\blast\b", re.I)
_SHOW = re.compile(rf"{_POLITE}(?:(?:can|could|may) i |let me )?(?:(?:show|see|view|read|open|give|print)(?: me)? )?(?:again )?my (?:(?:question )?list|questions)(?: again| now|,? please)*"
                   r"|what(?:'s| is) (?:on|in) my list|where(?:'s| is) my list", re.I)
_SHOW_IT = re.compile(rf"{_POLITE}(?:show|see|view|open)(?: me)?(?: the)? (?:question )?list(?: again|,? please)*", re.I)
_DONE = re.compile(rf"{_I_AM}(?:done|finished) with (?:{_MY_LIST}|(?:my|the) questions)|my list is (?:done|ready|finished|complete)", re.I)
_DONE_ALONE = re.compile(rf"{_I_AM}(?:done|finished)(?:,? (?:thanks|thank you))?", re.I)
_NEW = re.compile(rf"{_POLITE}(?:make|start|give me|i want) (?:a new|another|a different) list|(?:new|another) list", re.I)
_DENIED = re.compile(r"\b(?:not?|never|none|neither)\b|n't\b", re.I)
#: Marks with which Markdown would change how a patient's own words look.
_MARKUP = re.compile(r"[*_`#~|\\\[\]]+")
_QUOTES = "\"'\u201c\u201d\u2018\u2019 "


@dataclass(frozen=True)
class Command:
    """What a patient wants done. `kind`: choose, add, drop, show or done; `situation` an id for choose,
    `words` a question for add, `numbers` for drop. Each may be empty: the patient left it out."""

    kind: str
    situation: str = ""
    words: str = ""
    numbers: tuple = ()


def list_command(text: str, choices: Sequence[QuestionSet] = (), has_list: bool = True) -> Optional[Command]:
    """The command a typed message is, or None where it is anything else.

    `choices` are the situations that were just offered: only then does "it's about cost" choose one.
    Without a list, "done" and "show the list" are ordinary words."""
    said = " ".join(text.replace("\u2019", "'").split())
    bare = said.rstrip(".! ")
    if _SHOW.fullmatch(bare.rstrip("? ")) or has_list and _SHOW_IT.fullmatch(bare):
        return Command("show")
    if _DONE.fullmatch(bare) or has_list and _DONE_ALONE.fullmatch(bare):
        return Command("done")
    if _NEW.fullmatch(bare):
        return Command("choose")
    return _added(said) or _dropped(said) or _chosen(bare.lower(), choices)


def button_command(button: str) -> Optional[Command]:
    """The command a pressed button is: situation_..., list_show or list_done; None for any other."""
    if button.startswith("situation_"):
        return Command("choose", situation=button)
    return Command(button.removeprefix("list_")) if button in ("list_show", "list_done") else None


def _added(said: str) -> Optional[Command]:
    if _ADD_NOTHING.fullmatch(said):
        return Command("add")
    found = _ADD.fullmatch(said) or _ADD_TO_LIST.fullmatch(said)
    if found:
        return Command("add", words=_own_words(found["words"]))
    opened = _ADD_OPENED.fullmatch(said)
    return Command("add", words=_own_words(opened["words"])) if opened and opened["opener"].lower() in _OPENERS else None


def _own_words(words: str) -> str:
    """A patient's question as it is kept: without quotes around it and marks that Markdown would eat."""
    kept = " ".join(_MARKUP.sub(" ", words).split()).lstrip("-+=>" + _QUOTES).rstrip(_QUOTES)
    if kept.lower() in ("it", "this", "that"):
        return ""
    return kept if len(kept) <= LONGEST_QUESTION else kept[: LONGEST_QUESTION - 1].rstrip() + "…"


def _dropped(said: str) -> Optional[Command]:
    found = _DROP.fullmatch(said)
    if not found or not _DROP_REST.fullmatch(found["rest"]):
        return None
    numbers = tuple(number for match in _NUMBERS.finditer(found["rest"]) for number in _numbers(match))
    # "delete" and "take out the" name no question and may mean anything; "drop" is the list's own word
    return Command("drop", numbers=numbers) if numbers or found["verb"].lower() in ("drop", "remove") else None


def _numbers(match: re.Match) -> Iterable[int]:
    if not match[1]:
        return (LAST,)
    first, last = _number(match[1]), _number(match[2] or match[1])
    return range(first, last + 1) if first <= last <= first + LONGEST_RANGE else (NO_SUCH,)


def _number(digits: str) -> int:
    return int(digits) if len(digits) <= 3 else NO_SUCH


def _chosen(asked: str, choices: Sequence[QuestionSet]) -> Optional[Command]:
    """The situation named: by its button's title, its own, or one of its words in a few words that
    neither ask nor deny. Words of two situations choose none."""
    for choice in choices:
        if asked in (choice.button.lower(), choice.title.lower()):
            return Command("choose", situation=choice.id)
    words = asked.split()
    if not words or len(words) > LONGEST_CHOICE or words[0] in _OPENERS or "?" in asked:
        return None
    named = {choice.id: word for choice in choices for word in choice.words if re.search(rf"\b{re.escape(word)}\b", asked)}
    if len(named) != 1:
        return None
    (situation, word), = named.items()
    return None if _DENIED.search(asked.replace(word, "")) else Command("choose", situation=situation)
