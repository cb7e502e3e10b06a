"""Proposed tests: from the page to a file that `ivy evaluate` reads, and away again."""

from __future__ import annotations

import pytest
from people import words
from test_item_view import NECK

from bot.evaluation.sets import read_set

SENTENCE = 'Mum says: "is it ok?" <b>no</b>: # & ünïcode'
TOPIC = {"sentence": SENTENCE, "topic": "infusion_length"}
ALARM = {"sentence": "neck like a plank since noon", "tier": "urgent", "sign": "neck", "kind": "report"}
NO_ALARM = {"sentence": "it was neck and neck", "tier": "none", "kind": "idiom"}


@pytest.fixture
def content(served):
    served.content.write("safety/signs/neck.yml", NECK)
    return served.content


def exported(person, which, tmp_path):
    """The export as a file, read as `ivy evaluate --set` reads it."""
    path = tmp_path / which
    path.write_text(person.get(f"/proposals/{which}").text, encoding="utf-8")
    return read_set(path)


def test_proposals_come_out_in_the_form_of_the_tests_own_files(content, ada, tmp_path):
    for form in (TOPIC, ALARM, NO_ALARM):
        assert ada.post("/proposals", form).status_code == 303
    assert exported(ada, "phrasings.yml", tmp_path) == [{"topic": "infusion_length", "text": SENTENCE}]
    assert exported(ada, "safety.yml", tmp_path) == [{"tier": "urgent", "group": "neck", "kind": "report", "text": ALARM["sentence"]},
                                                     {"tier": "none", "group": "-", "kind": "idiom", "text": NO_ALARM["sentence"]}]


def test_same_sentence_is_stored_once(content, ada, bea, tmp_path):
    for person in (ada, bea):
        person.post("/proposals", TOPIC)
    assert len(exported(ada, "phrasings.yml", tmp_path)) == 1


def test_markup_in_a_sentence_is_shown_as_text(content, ada):
    ada.post("/proposals", TOPIC)
    page = ada.get("/proposals")
    assert "<b>no" not in page.text and SENTENCE in words(page)


def test_deleted_proposal_is_gone(content, ada):
    ada.post("/proposals", TOPIC)
    ada.post("/proposals/delete", {"number": "1"})
    assert "1 deleted." in words(page := ada.get("/proposals")) and SENTENCE not in words(page)


@pytest.mark.parametrize("form, why", [({"sentence": "hello", "topic": "no_such"}, "There is no topic 'no_such'."), ({"sentence": "hello", "tier": "urgent", "sign": "no_such"}, "which warning sign"),
                                       ({"sentence": "hello", "tier": "none"}, "why it is no alarm"), ({"sentence": "hello"}, "does not say what should have happened"),
                                       ({"sentence": " ", "topic": "greet"}, "no sentence")])
def test_proposal_that_is_no_test_is_refused_with_the_reason(content, ada, form, why):
    page = ada.post("/proposals", form)
    assert page.status_code == 400 and why in words(page)
    assert "There are none." in words(ada.get("/proposals"))


def test_auditor_can_read_but_not_propose(content, served):
    auditor = served.person("olga", "auditor")
    assert auditor.post("/proposals", TOPIC).status_code == 403 and auditor.get("/proposals").status_code == 200
