"""`ivy check` beyond content: each topic has its parts, sentences stand once, examples come out, and one trouble hides no other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot import checking
from bot.library.problems import ContentError, Problem
from bot.safety.lexicon import LexiconError

DOMAIN = """intents:
- ask_apples_red
- ask_apples
- greet
- out_of_scope
responses:
  utter_apples: [{text: apples}]
  utter_greet: [{text: greet}]
  utter_out_of_scope: [{text: out_of_scope}]
  utter_safety: [{text: safety}]
"""
RULES = "".join(["rules:\n", *(f"- rule: {name}\n  steps:\n  - intent: {intent}\n  - action: utter_{name}\n"
                               for name, intent in [("apples", "ask_apples"), ("red", "ask_apples_red"), ("greet", "greet"), ("out_of_scope", "out_of_scope")])])


def nlu(intent: str, count: int) -> str:
    return f"nlu:\n- intent: {intent}\n  examples: |\n" + "".join(f"    - {intent} said in way {number}\n" for number in range(count))


@dataclass
class FakeItem:
    kind: str
    name: str
    path: Path = Path("content/answers/fruit/apples.md")


class FakeLibrary:
    """Knows names of answers and voice lines, and no more."""

    def __init__(self, answers=("apples",), voices=("greet", "out_of_scope")) -> None:
        self.items = {f"answers/{name}": FakeItem("answer", name) for name in answers} | {f"voice/{name}": FakeItem("voice", name) for name in voices}

    def answer(self, topic):
        return self.items.get(f"answers/{topic}")


class Unreadable:
    """Stands for a reader whose file is broken."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __call__(self, *_):
        raise self._error


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A small project in which every part is there."""
    files = {"domain.yml": DOMAIN, "data/stories/rules.yml": RULES, "data/nlu/fruit.yml": nlu("ask_apples", 40), "data/nlu/greet.yml": nlu("greet", 40),
             "data/nlu/red.yml": nlu("ask_apples_red", 40), "data/nlu/out_of_scope.yml": nlu("out_of_scope", 150),
             "data/safety/reports.yml": "stiff_bark:\n- my bark went stiff overnight\n", "tests/fruit.yml": "- which bark is best\n"}
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.setattr(checking, "ROOT", tmp_path)
    monkeypatch.setattr(checking, "DATA", tmp_path / "data")
    return tmp_path


def change(tree: Path, path: str, old: str, new: str) -> None:
    text = (tree / path).read_text()
    assert old in text
    (tree / path).write_text(text.replace(old, new, 1))


def test_whole_project_has_no_problem(tree):
    assert [*checking.parts_missing(FakeLibrary()), *checking.sentences_repeat(), *checking.tests_share_sentences()] == []


MISSING = {
    "rule": ("data/stories/rules.yml", "- intent: greet", "- intent: greed", ("domain.yml", 4, "intent greet has no rule")),
    "rule of an intent whose name begins another's": ("data/stories/rules.yml", "- intent: ask_apples\n", "- intent: ask_pears\n", ("domain.yml", 3, "intent ask_apples has no rule")),
    "intent": ("domain.yml", "- ask_apples\n", "", ("content/answers/fruit/apples.md", 1, "no intent ask_apples")),
    "response": ("domain.yml", "  utter_apples: [{text: apples}]\n", "", ("content/answers/fruit/apples.md", 1, "no response utter_apples")),
    "content of a response": ("domain.yml", "utter_safety:", "utter_pears: [{text: pears}]\n  utter_safety:", ("domain.yml", 10, "utter_pears has no content")),
    "one sentence of forty": ("data/nlu/fruit.yml", "    - ask_apples said in way 7\n", "", ("data/nlu", 1, "ask_apples has 39")),
    "one sentence out of scope": ("data/nlu/out_of_scope.yml", "    - out_of_scope said in way 7\n", "", ("data/nlu", 1, "out_of_scope has 149")),
    "intent of sentences": ("data/nlu/greet.yml", "- intent: greet", "- intent: greeet", ("data/nlu", 1, "greeet has sentences")),
}


@pytest.mark.parametrize(("path", "old", "new", "expected"), MISSING.values(), ids=MISSING)
def test_missing_part_is_named(tree, path, old, new, expected):
    change(tree, path, old, new)
    found = list(checking.parts_missing(FakeLibrary()))
    where, line, says = expected
    assert [problem for problem in found if (problem.path, problem.line) == (where, line) and says in problem.problem], found


def test_answer_without_any_sentence_is_named(tree):
    (tree / "data/nlu/fruit.yml").write_text("nlu: []\n")
    assert ["ask_apples has 0" in problem.problem for problem in checking.parts_missing(FakeLibrary())] == [True]


REPEATED = {"under two intents": ("data/nlu/greet.yml", "greet"), "twice under one": ("data/nlu/fruit.yml", "ask_apples")}


@pytest.mark.parametrize(("path", "intent"), REPEATED.values(), ids=REPEATED)
def test_sentence_that_stands_twice_is_named(tree, path, intent):
    change(tree, path, f"- {intent} said in way 0\n", f"- {intent} said in way 0\n    - Ask_apples, said in way 3!\n")
    (problem,) = checking.sentences_repeat()
    assert intent in problem.problem


@pytest.mark.parametrize("text", ["Greet said in way 5?", "my bark went stiff overnight"], ids=["topic sentence", "safety sentence"])
def test_tests_may_not_hold_a_trained_sentence(tree, text):
    (tree / "tests" / "fruit.yml").write_text(f"cases:\n- text: '{text}'\n")
    (problem,) = checking.tests_share_sentences()
    assert problem.path.endswith("tests/fruit.yml") and text in problem.problem


def test_two_words_may_be_in_both(tree):
    change(tree, "data/nlu/greet.yml", "greet said in way 0", "good day")
    (tree / "tests" / "fruit.yml").write_text("- good day\n")
    assert list(checking.tests_share_sentences()) == []


def test_example_that_comes_out_otherwise_is_named(triage):
    sign = triage.lexicon.signs["stiff_neck"]
    lexicon = replace(triage.lexicon, signs={sign.id: replace(sign, examples={"alert": ("my neck has been stiff as a plank since noon", "the bus was late")})})
    (problem,) = checking.examples_come_out(lexicon)
    assert problem.path.endswith("signs/stiff_neck.yml") and "the bus was late" in problem.problem


BROKEN_FILES = {"sentences that are not YAML": ("data/nlu/greet.yml", "nlu: [a: b: c"), "sentences under another key": ("data/nlu/greet.yml", "nul:\n- intent: greet\n"),
                "empty file of sentences": ("data/nlu/greet.yml", ""), "tests that are not YAML": ("tests/fruit.yml", "- 'open\n")}


@pytest.mark.parametrize(("path", "text"), BROKEN_FILES.values(), ids=BROKEN_FILES)
def test_unreadable_data_is_a_problem_beside_the_others(tree, monkeypatch, path, text):
    """Content, lexicon and data broken at once: all three are told."""
    (tree / path).write_text(text)
    monkeypatch.setattr(checking, "read_library", Unreadable(ContentError([Problem("content/a.md", 3, "is broken", "repair it")])))
    monkeypatch.setattr(checking, "read_lexicon", Unreadable(LexiconError([("content/safety/signs/b.yml", 4, "is broken", "repair it")])))
    assert {problem.path for problem in checking.all_problems()} == {"content/a.md", "content/safety/signs/b.yml", str(tree / path)}


FOLLOW_UPS = """people:
  child: {words: [child], topic: no_such_answer}
asked:
  why: {phrases: [why], after: {about: more, no_such_family: how_fast}}
  takes: {phrases: [how long], after: {how_fast: [how_often, not_one_either]}}
"""


def test_follow_ups_that_lead_nowhere_are_named_all_at_once(library, tmp_path, monkeypatch):
    table = tmp_path / "follow_ups.yml"
    table.write_text(FOLLOW_UPS)
    monkeypatch.setattr(checking, "TABLE", table)
    problems = [problem.problem for problem in checking.follow_ups_lead_nowhere(library, set())]
    assert len(problems) == 3 and all(any(name in problem for problem in problems) for name in ("no_such_answer", "no_such_family", "not_one_either"))


def test_follow_ups_as_shipped_lead_somewhere(library):
    intents = set(checking._yaml(checking.ROOT / "domain.yml")["intents"])
    assert list(checking.follow_ups_lead_nowhere(library, intents)) == []
