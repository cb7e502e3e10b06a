"""The sentence classifier: trained on a handful, saved, read back the same; refused when it is not whole."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bot.safety.detector import load_detector
from bot.understanding.classifier import SECOND_VOTE, Guess, SentenceClassifier
from bot.understanding.encoders import USE_SIZE, shared_encoders

LINES = {
    "cost": ["what does it cost", "who pays the bill", "is it expensive", "the price of two bags"],
    "time": ["how long does it take", "how many hours is that", "when am I finished", "is it quick"],
    "pain": ["does that hurt much", "is the needle painful", "will it sting", "how sore is it"],
}
UNREADABLE = {"empty": b"", "rubbish": b"no arrays here", "cut short": None}


@pytest.fixture(scope="module")
def model():
    texts = [(text, label) for label, lines in LINES.items() for text in lines]
    return SentenceClassifier.fit(shared_encoders(), [text for text, _ in texts], [label for _, label in texts], alike={"cost", "time"})


@pytest.fixture
def saved(model, tmp_path):
    model.save(tmp_path)
    return tmp_path


def test_guess_ranks_every_label_with_probabilities(model):
    guess = model.guess("what is the price")
    assert guess.best == "cost" and {label for label, _ in guess.ranked} == set(LINES)
    assert sum(chance for _, chance in guess.ranked) == pytest.approx(1, abs=1e-5)
    assert guess.confidence == max(chance for _, chance in guess.ranked)


def test_guess_is_its_first():
    guess = Guess((("a", 0.9), ("b", 0.1)))
    assert (guess.best, guess.confidence) == ("a", 0.9)


def test_capitals_do_not_matter(model):
    assert np.array_equal(model.probabilities("WHAT DOES IT COST "), model.probabilities("what does it cost"))


@pytest.mark.parametrize("text", ["what is the price", "is it quick quick quick, or not?", "", "żółw 🙂", "word " * 500])
def test_pieces_of_one_text_are_those_of_many(model, text):
    assert model._pieces.of_one(text) == pytest.approx(model._pieces([text])[0], abs=1e-6)


@pytest.mark.parametrize("text", ["me@example.org", "0123456789", "thething" * 2_000], ids=["an address", "a number", "no word at all"])
def test_what_is_no_word_is_not_remembered(model, text):
    model._pieces.of_one("surely words")
    before = model._pieces._remembered.cache_info().currsize
    model._pieces.of_one(text)
    assert model._pieces._remembered.cache_info().currsize == before > 0


@pytest.mark.parametrize("text", ["what is the price", "", "żółw 🙂", "word " * 500])
def test_model_read_back_says_the_same(model, saved, text):
    again = SentenceClassifier.load(saved, shared_encoders())
    assert again.labels == model.labels and again._alike == model._alike == [0, 2] and again._sure == model._sure
    assert again.probabilities(text) == pytest.approx(model.probabilities(text), abs=1e-6)


def test_training_twice_gives_the_same(model):
    texts = [(text, label) for label, lines in LINES.items() for text in lines]
    again = SentenceClassifier.fit(shared_encoders(), [text for text, _ in texts], [label for _, label in texts], alike={"cost", "time"})
    assert np.array_equal(again.probabilities("is it dear"), model.probabilities("is it dear"))


def test_sure_at_first_is_not_encoded_a_second_time(model, monkeypatch):
    """The multilingual encoder costs more than all the rest."""
    asked = []
    monkeypatch.setattr(shared_encoders(), "multilingual", lambda text: asked.append(text) or np.zeros(USE_SIZE, np.float32))
    monkeypatch.setattr(model, "_sure", 0.0)
    model.probabilities("what is the price of the first look")
    monkeypatch.setattr(model, "_sure", 1.1)
    model.probabilities("what is the price of the second look")
    assert asked == ["what is the price of the second look"]


def test_regression_that_is_sure_alone_has_no_vote_beside_it(model, monkeypatch):
    asked = []
    monkeypatch.setattr(model._neighbours, "vote", lambda vector, among: asked.append(len(among)) or np.full(len(LINES), 1 / len(LINES)))
    monkeypatch.setattr(model, "_alone", 0.0)
    alone = model.probabilities("what is the price of one opinion")
    assert not asked and np.array_equal(alone, model._first(np.hstack([shared_encoders().english("what is the price of one opinion"), model._pieces.of_one("what is the price of one opinion")])))
    monkeypatch.setattr(model, "_alone", 1.1)
    model.probabilities("what is the price of two opinions")
    assert asked


def test_neighbours_by_the_second_encoder_have_their_share_where_they_vote(model, tmp_path, monkeypatch):
    texts, text = [(text, label) for label, lines in LINES.items() for text in lines], "is it dear or does it sting"
    SentenceClassifier.fit(shared_encoders(), [text for text, _ in texts], [label for _, label in texts], others_vote=False).save(tmp_path)
    one = SentenceClassifier.load(tmp_path, shared_encoders())
    for asked in (model, one):
        monkeypatch.setattr(asked, "_sure", 1.1)
    vote = model._others.vote(shared_encoders().multilingual(model.read_as(text)), range(len(LINES)))
    assert one._others is None
    assert model.probabilities(text) == pytest.approx((1 - SECOND_VOTE) * one.probabilities(text) + SECOND_VOTE * vote, abs=2e-3)


@pytest.mark.parametrize("lost", ["bank", "others_bank", "first_weights"])
def test_model_of_another_version_is_refused_with_what_to_do(saved, lost):
    with np.load(saved / "classifier.npz") as arrays:
        np.savez(saved / "classifier.npz", **{name: arrays[name] for name in arrays.files if name != lost})
    with pytest.raises(ValueError, match="another version of Ivy: run `ivy train`"):
        SentenceClassifier.load(saved, shared_encoders())
    assert load_detector(saved) is None


@pytest.mark.parametrize("lost", ["others", "alone"])
def test_model_saved_before_something_was_is_refused_with_what_to_do(saved, lost):
    whole = json.loads((saved / "classifier.json").read_text())
    (saved / "classifier.json").write_text(json.dumps({key: value for key, value in whole.items() if key != lost}))
    with pytest.raises(ValueError, match="another version of Ivy: run `ivy train`"):
        SentenceClassifier.load(saved, shared_encoders())


def test_labels_that_are_alike_are_sure_together(model, monkeypatch):
    """What is calm in one of two ways is calm."""
    asked = []
    monkeypatch.setattr(shared_encoders(), "multilingual", lambda text: asked.append(text) or np.zeros(USE_SIZE, np.float32))
    monkeypatch.setattr(model, "_sure", 0.9)
    assert model.probabilities("how many hours, and what is the bill").max() < 0.9
    model.probabilities("how many hours, and does it sting")
    assert asked == ["how many hours, and does it sting"]


def broken(folder, name: str, how: str) -> None:
    content = UNREADABLE[how]
    (folder / name).write_bytes(content if content is not None else (folder / name).read_bytes()[:100])


@pytest.mark.parametrize("name", ["classifier.npz", "classifier.json"])
@pytest.mark.parametrize("how", UNREADABLE)
def test_unreadable_model_is_refused(saved, name, how):
    broken(saved, name, how)
    with pytest.raises((OSError, KeyError, ValueError)):
        SentenceClassifier.load(saved, shared_encoders())


def test_missing_model_is_refused(tmp_path):
    with pytest.raises(OSError):
        SentenceClassifier.load(tmp_path, shared_encoders())


def test_model_without_its_labels_is_refused(saved):
    (saved / "classifier.json").write_text(json.dumps({"pieces": []}))
    with pytest.raises((KeyError, ValueError)):
        SentenceClassifier.load(saved, shared_encoders())


def test_model_of_another_encoder_is_refused(model, saved, monkeypatch):
    """Its weights would mean nothing on other vectors."""
    monkeypatch.setattr(shared_encoders(), "version", "another")
    with pytest.raises(ValueError, match="trained on other sentence encoders: run `ivy train`"):
        SentenceClassifier.load(saved, shared_encoders())


def test_misspelt_word_is_read_as_the_trained_one(model, saved):
    assert model.read_as("Is it EXPENSVE?") == "is it expensive?"
    assert SentenceClassifier.load(saved, shared_encoders()).read_as("whos expensve") == "whos expensive"


@pytest.mark.parametrize("name", ["classifier.npz", "classifier.json"])
@pytest.mark.parametrize("how", UNREADABLE)
def test_unreadable_detector_leaves_the_rules_alone(saved, name, how):
    """Ivy starts all the same, and is more cautious."""
    broken(saved, name, how)
    assert load_detector(saved) is None


def test_what_stands_in_the_middle_of_other_things_is_heard_in_its_part(model):
    text = "my sister came by bus with two cakes and a hat " + "what is the price of it" + " and the dog slept on the green sofa all day long again"
    place = model.labels.index("cost")
    parts = model.parts(text)
    assert all(chances.sum() == pytest.approx(1, abs=1e-3) for *_, chances in parts)
    assert max(chances[place] for *_, chances in parts) > model.probabilities(text)[place]
