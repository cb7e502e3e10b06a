"""The library: finding an item by topic and response, and naming every unreadable file at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.library.problems import ContentError, Problem


def problems(content) -> list[Problem]:
    with pytest.raises(ContentError) as raised:
        content.library()
    return raised.value.problems


def test_items_of_every_folder_are_read(small):
    assert {item.kind for item in small.items.values()} == {"answer", "voice", "safety"}


@pytest.mark.parametrize(("response", "item"), [("utter_apples", "answers/fruit/apples"), ("utter_greet", "voice/greet")])
def test_response_leads_to_its_item(small, response, item):
    assert small.for_response(response).id == item


def test_safety_message_is_no_plain_response(small):
    assert small.for_response("utter_urgent") is None


def test_topic_without_an_answer_has_none(small):
    assert small.answer("greet") is None and small.question("greet") is None


def test_question_is_the_answers_own(small):
    assert small.question("plums") == "What is a plum?"


def test_hard_words_are_terms_and_their_forms(small):
    assert small.hard_words() == ["immunoglobulin", "immunoglobulins"]


WRONG = {
    "source without a year": ("sources.yml", "year: 2020, ", "", 1, "source 'orchard' has the keys"),
    "source with a key too many": ("sources.yml", "year: 2021", "year: 2021, page: 7", 2, "source 'hearsay' has the keys"),
    "source verified otherwise": ("sources.yml", "verified: secondary", "verified: maybe", 2, "'maybe'"),
    "source of one word": ("sources.yml", "orchard: {title: Trees, publisher: Press, year: 2020, identifier: ISBN 1, verified: read}", "orchard: Trees", 1, "source 'orchard'"),
    "source of nothing": ("sources.yml", "orchard: {title: Trees, publisher: Press, year: 2020, identifier: ISBN 1, verified: read}", "orchard:", 1, "source 'orchard'"),
    "source written twice": ("sources.yml", "hearsay:", "orchard:", 2, "'orchard' is written twice"),
    "term without a meaning": ("glossary.yml", "means: a long word for antibody, ", "", 1, "'immunoglobulin'"),
    "term with a misspelt key": ("glossary.yml", "forms:", "form:", 1, "'immunoglobulin'"),
    "forms that are no list": ("glossary.yml", "[immunoglobulins]", "immunoglobulins", 1, "'immunoglobulin'"),
    "sources that are not YAML": ("sources.yml", "hearsay:", "hearsay: a:", 2, "is not YAML"),
}


@pytest.mark.parametrize(("path", "old", "new", "line", "says"), WRONG.values(), ids=WRONG)
def test_wrong_list_is_refused_with_its_line(content, path, old, new, line, says):
    content.change(path, old, new)
    (problem,) = problems(content)
    assert (Path(problem.path).name, problem.line) == (path, line) and says in problem.problem


@pytest.mark.parametrize("path", ["sources.yml", "glossary.yml", "clinic.yml", "countries.yml"])
def test_missing_file_is_named(content, path):
    content.remove(path)
    (problem,) = problems(content)
    assert Path(problem.path).name == path


def test_file_that_is_not_utf_8_is_named(content):
    (content.root / "glossary.yml").write_bytes(b"caf\xe9: {means: coffee}\n")
    (problem,) = problems(content)
    assert Path(problem.path).name == "glossary.yml" and "UTF-8" in problem.problem


def test_every_file_is_read_before_anything_is_reported(content):
    content.change("sources.yml", "year: 2020, ", "")
    content.change("clinic.yml", "country: US", "country: ZZ")
    content.change("voice/greet.md", "purpose", "porpoise")
    content.remove("glossary.yml")
    assert {Path(problem.path).name for problem in problems(content)} == {"sources.yml", "clinic.yml", "greet.md", "glossary.yml"}


def test_empty_glossary_is_allowed(content):
    content.write("glossary.yml", "# nothing yet\n")
    assert content.library().glossary == ()
