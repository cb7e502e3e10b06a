"""The list of questions a patient takes to the doctor, and what each command does to it.

Pure: the list travels in one slot, and the words come back as what `utter_list` is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Iterable, Mapping, Sequence

from bot.library.list_commands import LAST, Command
from bot.library.question_sets import QuestionSet, are_texts

SLOT = "question_list"
MOST_KEPT = 30  # questions of one list, the patient's own among them: a conversation keeps every state of it


class NoSuchQuestion(ValueError):
    """A number that stands before no question of the list."""


class ListFull(ValueError):
    """The list holds as many questions as it may."""


@dataclass(frozen=True)
class QuestionList:
    """One patient's list: the questions of a situation, then the patient's own, numbered from 1."""

    situation: str = ""
    given: tuple = ()
    own: tuple = ()

    def choose(self, chosen: QuestionSet) -> QuestionList:
        """With a situation's questions in place of those given before; the patient's own stay."""
        return replace(self, situation=chosen.id, given=chosen.questions)

    def add(self, words: str) -> QuestionList:
        """With a question of the patient's own; the same one twice stands once. Raises ListFull."""
        if words in self.show():
            return self
        if len(self.show()) >= MOST_KEPT:
            raise ListFull(f"a list holds {MOST_KEPT} questions")
        return replace(self, own=(*self.own, words))

    def drop(self, numbers: Iterable[int]) -> QuestionList:
        """Without the questions of these numbers. Raises NoSuchQuestion, and drops none, if one of
        them is not there: the others' numbers would change under the patient's next try."""
        dropped = self._places(numbers)
        given = tuple(question for place, question in enumerate(self.given) if place not in dropped)
        own = tuple(question for place, question in enumerate(self.own, len(self.given)) if place not in dropped)
        return replace(self, given=given, own=own)

    def show(self) -> tuple:
        """All questions, in the order of their numbers."""
        return (*self.given, *self.own)

    def numbered(self, numbers: Iterable[int]) -> list[str]:
        """The questions of these numbers. Raises NoSuchQuestion."""
        return [self.show()[place] for place in sorted(self._places(numbers))]

    def as_dict(self) -> dict:
        """JSON form, as it travels in the slot."""
        return {"situation": self.situation, "given": list(self.given), "own": list(self.own)}

    @classmethod
    def from_dict(cls, data: object) -> QuestionList:
        """The list from a slot's value; the empty list for anything that is none."""
        if not isinstance(data, Mapping) or set(data) != set(cls.__dataclass_fields__):
            return cls()
        if not isinstance(data["situation"], str) or not are_texts(data["given"]) or not are_texts(data["own"]):
            return cls()
        return cls(data["situation"], tuple(data["given"]), tuple(data["own"]))

    def _places(self, numbers: Iterable[int]) -> set[int]:
        length = len(self.show())
        places = {(length if number == LAST else number) - 1 for number in numbers}
        if not places or not places <= set(range(length)):
            raise NoSuchQuestion(f"a list of {length} questions has no such number")
        return places


def carry_out(command: Command, kept: QuestionList, sets: Sequence[QuestionSet]) -> tuple[QuestionList, dict]:
    """The list after a command, and what `utter_list` is told: `line` (a voice line), `questions`,
    `situation` (its title), `sources`, `added`, `removed` and `offer` (button ids)."""
    known = {chosen.id: chosen for chosen in sets}
    if command.kind == "choose" and command.situation not in known:
        return kept, _told("list_choose", kept, known, offer=list(known))
    if command.kind == "choose":
        kept = kept.choose(known[command.situation])
    if command.kind == "add" and command.words:
        return _add(command, kept, known)
    if not kept.show():
        return kept, _told("list_empty", kept, known)
    if command.kind == "drop":
        return _drop(command, kept, known)
    if command.kind == "done":
        return kept, _told("list_done", kept, known)
    return kept, _told("list_show", kept, known, offer=["list_done"])


def _add(command: Command, kept: QuestionList, known: Mapping) -> tuple[QuestionList, dict]:
    try:
        longer = kept.add(command.words)
    except ListFull:
        return kept, _told("list_full", kept, known, offer=["list_show", "list_done"])
    return longer, _told("list_added", longer, known, added=command.words, offer=["list_show", "list_done"])


def _drop(command: Command, kept: QuestionList, known: Mapping) -> tuple[QuestionList, dict]:
    try:
        removed, shorter = kept.numbered(command.numbers), kept.drop(command.numbers)
    except NoSuchQuestion:
        return kept, _told("list_no_such", kept, known, offer=["list_show"])
    return shorter, _told("list_removed", shorter, known, removed=removed, offer=["list_show", "list_done"])


def _told(line: str, kept: QuestionList, known: Mapping[str, QuestionSet], **more: object) -> dict:
    chosen = known.get(kept.situation) if kept.given else None
    about = {"situation": chosen.title, "sources": list(chosen.sources)} if chosen else {"situation": "", "sources": []}
    return {"line": line, "questions": list(kept.show()), **about, "added": "", "removed": [], "offer": [], **more}
