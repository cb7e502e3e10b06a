"""The two sentence encoders: the files that were tested, giving the numbers that were measured."""

from __future__ import annotations

import numpy as np
import pytest

from bot.understanding import encoders
from bot.understanding.encoders import MINILM_SIZE, SIZE, Encoders, shared_encoders

#: Two sentences and their cosines by MiniLM and by USE, measured when the weights were chosen.
GOLDEN = [
    ("how long does the drip take", "how many hours is the infusion", 0.430, 0.570),
    ("how long does the drip take", "who pays for it", 0.050, 0.219),
    ("me duele la cabeza", "my head hurts", 0.202, 0.900),
    ("me duele la cabeza", "my insurance refused", 0.046, 0.250),
]


@pytest.fixture(scope="module")
def packaged():
    return Encoders(tuned=False)


@pytest.mark.parametrize("one, other, minilm, use", GOLDEN)
def test_golden_cosines_of_the_packaged_encoders(packaged, one, other, minilm, use):
    first, second = packaged.encode_all([one, other])
    assert float(first[:MINILM_SIZE] @ second[:MINILM_SIZE]) == pytest.approx(minilm, abs=0.02)
    assert float(first[MINILM_SIZE:] @ second[MINILM_SIZE:]) == pytest.approx(use, abs=0.02)


@pytest.mark.parametrize("text", ["", "?", "🙂", "word " * 1000])
def test_any_text_becomes_one_vector(text):
    (vector,) = shared_encoders().encode_all([text])
    assert vector.shape == (SIZE,) and np.isfinite(vector).all()


def test_vector_does_not_depend_on_its_neighbours():
    texts = ["who paid", "how long does the drip take", "is it a cure or not, and for how long"]
    together = shared_encoders().encode_all(texts)
    assert np.allclose(together, np.vstack([shared_encoders().encode_all([text]) for text in texts]), atol=1e-5)


def test_nothing_to_encode():
    assert shared_encoders().encode_all([]).shape == (0, SIZE)


class Counting:
    """The encoders, counting the sentences they work on."""

    def __init__(self, inner) -> None:
        self._inner, self.worked = inner, []

    def __call__(self, texts):
        self.worked += texts
        return self._inner(texts)

    def encoded(self, text):
        self.worked.append(text)
        return self._inner.encoded(text)


def test_same_text_is_encoded_once(monkeypatch):
    """Topic and safety both ask for a message; only the first costs."""
    shared = shared_encoders()
    counted = {name: Counting(getattr(shared, name)) for name in ("_minilm", "_by_use")}
    for name, counting in counted.items():
        monkeypatch.setattr(shared, name, counting)
    for part in (shared.encoded, shared.multilingual):
        assert part("a sentence nobody typed before") is part("a sentence nobody typed before")
    assert [counting.worked for counting in counted.values()] == [["a sentence nobody typed before"]] * 2


def test_english_part_alone_leaves_the_other_encoder_alone(monkeypatch):
    shared = shared_encoders()
    counting = Counting(shared._by_use)
    monkeypatch.setattr(shared, "_by_use", counting)
    part = shared.english("one more sentence nobody typed before")
    assert not counting.worked and np.array_equal(part, shared.encode_all(["one more sentence nobody typed before"])[0, :MINILM_SIZE])


def test_memory_of_sentences_is_bounded():
    for part in (shared_encoders().encoded, shared_encoders().multilingual):
        assert part.remembered == encoders.REMEMBERED


LONG = "where do i park and what does it cost me each month because my neck went stiff as a board last night and the nurse said nothing of that"


@pytest.mark.parametrize("encoders_", ["tuned", "packaged"])
def test_longer_text_has_parts_that_cover_it(encoders_, packaged):
    found = (packaged if encoders_ == "packaged" else shared_encoders()).encoded(LONG).parts
    assert {word for first, end, _ in found for word in range(first, end)} == set(range(len(LONG.split())))
    assert all(end - first == encoders.PART for first, end, _ in found) and np.allclose([np.linalg.norm(vector) for *_, vector in found], 1, atol=1e-5)


def test_part_is_nearer_to_what_it_says_than_the_whole_is():
    stiff = shared_encoders().english("my neck is stiff")
    whole = shared_encoders().encoded(LONG)
    assert max(vector @ stiff for *_, vector in whole.parts) > whole.vector @ stiff


def test_short_text_has_no_parts():
    assert shared_encoders().encoded("word " * encoders.UNDIVIDED).parts == ()


def test_end_of_a_text_longer_than_the_encoder_reads_is_in_a_part_too():
    parts = shared_encoders().encoded("word " * 400).parts
    assert {word for first, end, _ in parts for word in range(first, end)} == set(range(400))


def test_parts_of_a_very_long_text_are_bounded():
    assert len(shared_encoders().encoded("word " * 10_000).parts) < encoders.MOST_READ * encoders.LONGEST / encoders.STEP
