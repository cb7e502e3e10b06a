"""Messages that mean about the same are gathered."""

from __future__ import annotations

import numpy as np

from bot.understanding.clusters import groups
from bot.understanding.encoders import shared_encoders

TATTOO = ["can i get a tattoo", "is a new tattoo allowed", "may i have my arm tattooed"]
PETS = ["can i bring my cat", "is it ok to bring a pet along"]


def test_questions_that_mean_the_same_are_one_group():
    texts = [*TATTOO, "who won the football", *PETS]
    found = [{texts[place] for place in group} for group in groups(texts, shared_encoders().encode_all)]
    assert found[0] == set(TATTOO) and set(PETS) in found and {"who won the football"} in found


def test_most_typical_comes_first():
    vectors = np.array([[1.0, 0.5], [1.0, 0.0], [1.0, -0.5]])
    assert groups(["a", "b", "c"], lambda texts: vectors)[0][0] == 1


def test_one_text_is_a_group_and_none_is_none():
    assert groups(["a"], lambda texts: np.ones((1, 2))) == [[0]] and groups([], lambda texts: np.zeros((0, 2))) == []
