"""From typed text to words: cleaned, split as it is spoken, spelling corrected toward the lexicon and nothing else."""

from __future__ import annotations

import pytest

from bot.safety.tokens import Speller, Tokenizer, clean


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer()


@pytest.mark.parametrize("typed, cleaned", [
    ("ｆｅｖｅｒ", "fever"),
    ("fe\u200bver", "fever"),
    ("can’t", "can't"),
    ("feverrrrr", "feverr"),
    ("  my \t neck  ", "my neck"),
    ("neck \n\n  stiff", "neck\nstiff"),
    ("38.5°C", "38.5 C"),
    ("101°", "101 degrees"),
    ("39c", "39 c"),
], ids=repr)
def test_cleaning(typed, cleaned):
    assert clean(typed) == cleaned


@pytest.mark.parametrize("text", ["", " \n ", "\u200b", "🙂", "38.5 C and a stiff neck"])
def test_cleaning_twice_changes_nothing_more(text):
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize("typed", ["can't breathe", "cant breathe", "CANT BREATHE", "CAN'T BREATHE", "Cant Breathe"])
def test_contraction_is_split_however_it_is_typed(tokenizer, typed):
    assert [word.norm for word in tokenizer(clean(typed))][-2:] == ["not", "breathe"]


@pytest.mark.parametrize("typed", ["don't", "dont", "DONT", "isn't", "ISNT", "won't", "didnt"])
def test_denying_contraction_keeps_its_not(tokenizer, typed):
    assert tokenizer(typed)[-1].norm in ("not", "nt", "n't")


@pytest.mark.parametrize("text", ["My NECK is Stiff", "İstanbul fever", "ΑΣ fever ẞ"])
def test_words_point_at_what_was_typed(tokenizer, text):
    """Some letters change their length when lowered; places must stay true."""
    assert [text[word.start : word.end] for word in tokenizer(text)] == [word.typed for word in tokenizer(text)] == text.split()


@pytest.mark.parametrize("typed, meant", [
    ("feverr", "fever"), ("vomitting", "vomiting"), ("swoolen", "swollen"), ("seizzure", "seizure"), ("breathign", "breathing"), ("nekc", "neck"),
])
def test_misspelled_sign_is_read_as_the_lexicon_word(triage, typed, meant):
    assert triage.read(typed).norms == [meant]


@pytest.mark.parametrize("word", ["never", "lever", "deck", "chess", "wrist", "fevers"])
def test_english_word_is_left_alone(triage, word):
    assert triage.read(word).norms == [word]


@pytest.mark.parametrize("name", ["privigen", "octagam", "gamunex", "hizentra", "rituximab", "romiplostim", "tylenol", "aiha"])
def test_drug_and_disease_names_are_never_corrected(triage, name):
    assert triage.read(name).norms == [name]


@pytest.mark.parametrize("word", ["no", "not", "never", "none", "without", "neither", "nor", "denies", "nothing"])
def test_denying_words_are_never_corrected(triage, word):
    assert triage.read(word).norms == [word]


def test_short_words_and_numbers_are_not_corrected():
    speller = Speller(["rash", "chest"])
    assert [speller.correct(word) for word in ("ras", "chst1", "385")] == ["ras", "chst1", "385"]


def test_protected_word_beside_a_lexicon_word_is_kept():
    assert Speller(["octagon"], ["octagam"]).correct("octagam") == "octagam"
    assert Speller(["octagon"]).correct("octagam") == "octagon"


def test_two_edits_need_seven_letters():
    speller = Speller(["chills", "swelling"])
    assert (speller.correct("chxxls"), speller.correct("swxxling")) == ("chxxls", "swelling")


def test_correction_is_shown_and_a_contraction_is_none(triage):
    (finding,) = [finding for finding in triage.verdict("stiff nekc").findings if finding.sign == "stiff_neck"]
    assert finding.corrected == "nekc -> neck" and finding.words == "stiff nekc"
    assert not [finding for finding in triage.verdict("cant breathe").findings if finding.corrected]


@pytest.mark.parametrize("typed, value", [("38.5", 38.5), ("38,5", 38.5), ("101", 101.0), ("7", None), ("1234", None), ("38.555", None), ("hot", None)])
def test_numbers_that_can_be_readings(tokenizer, typed, value):
    assert tokenizer(typed)[0].number == value


@pytest.mark.parametrize("text", ["my neck is stiff?😀.", "stiff neck🤕🤕", "😭stiff neck"])
def test_an_emoji_stuck_to_a_word_hides_nothing(triage, text):
    assert [finding.sign for finding in triage.verdict(text).findings] == ["stiff_neck"]
