"""The rules of content/review.yml, and that every file words or verdicts depend on is an item."""

from __future__ import annotations

import pytest

from bot.library.problems import ContentError
from bot.library.review import read_review_rules, review_items, rule_for
from bot.project import CONTENT
from bot.safety.lexicon import read_lexicon


@pytest.fixture(scope="module")
def rules():
    return read_review_rules(CONTENT)


@pytest.fixture(scope="module")
def items():
    return review_items(CONTENT)


def test_every_item_of_the_library_is_reviewed_in_the_same_version(items, library):
    assert {item.id: item.version for item in library.items.values()}.items() <= {item: found.version for item, found in items.items()}.items()


def test_every_sign_and_what_is_heard_is_reviewed(items):
    signs = {f"safety/signs/{sign}" for sign in read_lexicon(CONTENT / "safety").signs}
    assert {item for item, found in items.items() if found.kind == "triage"} == signs | {"safety/classes", "safety/context", "safety/replies"}


def test_every_list_that_words_are_filled_from_is_reviewed(items):
    assert {"clinic", "countries", "buttons", "questions", "glossary", "sources", "review"} <= {item for item, found in items.items() if found.kind == "file"}


def test_what_nobody_is_told_is_not_reviewed(items):
    assert not [item for item in items if item == "README" or item.startswith("readings")]


def test_every_emergency_message_needs_two_approvers(items, rules):
    emergency = [item for item in items if item.startswith("safety/emergency")]
    assert len(emergency) > 5 and all(rule_for(rules, item).approvers == 2 for item in emergency)


@pytest.mark.parametrize("item", ["safety/urgent", "safety/check", "safety/signs/stiff_neck", "safety/context", "clinic", "countries", "review", "voice/not_approved", "voice/service_down", "voice/standing_line"])
def test_safety_content_needs_two_people_and_is_signed_for_a_shorter_time(rules, item):
    rule = rule_for(rules, item)
    assert rule.two_people and rule.days < rule_for(rules, "answers/about/what_is_ivig").days


def test_nobody_alone_may_change_who_must_sign(content):
    content.write("review.yml", "all: {items: ['*'], approvers: 1, two_people: false, days: 30}\n")
    assert rule_for(read_review_rules(content.root), "review").two_people


def test_item_that_no_group_names_needs_the_most(content):
    content.write("review.yml", "few: {items: [voice/*], approvers: 1, two_people: false, days: 30}\nmany: {items: [safety/*], approvers: 3, two_people: true, days: 30}\n")
    assert rule_for(read_review_rules(content.root), "answers/fruit/apples").approvers == 3


@pytest.mark.parametrize(("wrong", "problem"), [
    ("all: {items: ['*'], approvers: 1, days: 30}", "exactly the keys"),
    ("all: {items: [], approvers: 1, two_people: false, days: 30}", "'items'"),
    ("all: {items: ['*'], approvers: 0, two_people: false, days: 30}", "'approvers'"),
    ("all: {items: ['*'], approvers: 1, two_people: perhaps, days: 30}", "'two_people'"),
    ("all: {items: ['*'], approvers: 1, two_people: false, days: 40000}", "'days'"),
    ("", "no group"),
])
def test_rules_that_cannot_be_used_are_named_with_file_and_repair(content, wrong, problem):
    content.write("review.yml", wrong)
    with pytest.raises(ContentError) as error:
        read_review_rules(content.root)
    assert [problem in found.problem and found.path.endswith("review.yml") and bool(found.repair) for found in error.value.problems] == [True]


def test_broken_file_is_an_item_too(content):
    """So that it can be seen and sent back."""
    content.write("answers/fruit/apples.md", "no front matter")
    assert review_items(content.root)["answers/fruit/apples"].text == "no front matter"
