"""Which words name a sign: order, gaps, fillers, readings, figures of speech. The lexicon here is the shipped one,
except where a pattern of a known shape is needed."""

from __future__ import annotations

import pytest

from bot.safety.lexicon import Lexicon, Pattern, Sign
from bot.safety.matching import GAP, Matcher


def signs(triage, text: str) -> set:
    return {finding.sign for finding in triage.verdict(text).findings}


@pytest.fixture(scope="module")
def small():
    """Three invented signs: `red & shoe` in any order, `blue > hat` in this order, and one with a figure of its own."""
    def sign(name, *patterns, idioms=()):
        return Sign(name, "urgent", name, "", "", (), patterns, idioms)

    listed = [sign("any_order", Pattern(("red", "shoe"), False)), sign("ordered", Pattern(("blue", "hat"), True)), sign("own_figure", Pattern(("shoe",), True), idioms=("shoe horn",))]
    return Matcher(Lexicon({one.id: one for one in listed}, {}, ("red carpet",), {}, frozenset(), "test"))


def found(matcher: Matcher, text: str) -> set:
    message = matcher.read(text)
    return {mention.sign for mention in matcher.mentions(message, matcher.hits(message))}


@pytest.mark.parametrize("text", ["red shoe", "shoe red", "a shoe that is so very red", "red as paint , a shoe"])
def test_any_order(small, text):
    assert "any_order" in found(small, text)


def test_ordered_pattern_needs_its_order(small):
    assert "ordered" in found(small, "blue hat")
    assert "ordered" not in found(small, "hat blue")


def test_ordered_pattern_allows_a_small_gap(small):
    assert "ordered" in found(small, "blue " + "old " * GAP + "hat")
    assert "ordered" not in found(small, "blue " + "old " * (GAP + 1) + "hat")


def test_words_far_apart_are_not_joined(small):
    assert "any_order" not in found(small, "red " + "old " * 20 + "shoe")


@pytest.mark.parametrize("text", ["the red. a shoe", "red\nshoe", "red but shoe", "red? shoe"])
def test_words_of_two_clauses_are_not_joined(small, text):
    assert "any_order" not in found(small, text)


def test_commas_do_not_end_a_clause(small):
    assert "any_order" in found(small, "red, shoe")


def test_figure_of_one_sign_is_local_to_it(small):
    assert found(small, "red shoe horn") == {"any_order"}


def test_figure_of_speech_takes_out_only_what_overlaps_it(small):
    assert found(small, "red carpet , shoe") == {"own_figure"}


@pytest.mark.parametrize("text", ["neck stiff", "oh this stiff neck", "my neck is really so very stiff", "STIFF NECK HERE", "neck: stiff"])
def test_stiff_neck_in_any_words_around_it(triage, text):
    assert "stiff_neck" in signs(triage, text)


@pytest.mark.parametrize("text", ["temp 38.0", "38,4 on the thermometer", "39.2°C this morning", "temperature 101 f", "100.4F"])
def test_fever_reading_is_a_fever(triage, text):
    assert "fever" in signs(triage, text)


@pytest.mark.parametrize("text", ["temp 36.7", "temperature 37.4 c", "temp 99.1 f", "temperature 100.3 F", "room temp 21"])
def test_normal_reading_is_none(triage, text):
    assert "fever" not in signs(triage, text)


@pytest.mark.parametrize("text, sign", [
    ("this paperwork is a pain in the neck", "stiff_neck"),
    ("what a stroke of luck that was", "stroke"),
    ("a breath of fresh air", "breathing"),
    ("fever pitch in the stadium", "fever"),
    ("the song gave me chills", "chills"),
])
def test_figure_of_speech_is_no_sign(triage, text, sign):
    assert sign not in signs(triage, text)


@pytest.mark.parametrize("text, sign", [
    ("the forms are a pain in the neck and i have a fever", "fever"),
    ("fever pitch at the match, and chills at night", "chills"),
])
def test_sign_beside_a_figure_of_speech_counts(triage, text, sign):
    assert sign in signs(triage, text)


def test_two_mentions_of_a_sign_are_one_finding(triage):
    findings = triage.verdict("stiff neck. my neck is so stiff").findings
    assert [finding.sign for finding in findings].count("stiff_neck") == 1
