"""The nearest training sentences vote, the nearer the louder."""

from __future__ import annotations

import numpy as np
import pytest

from bot.understanding.neighbours import NEAREST, Neighbours

LABELS = 3
ALL = range(LABELS)


@pytest.fixture(scope="module")
def bank():
    """Three clouds of thirty vectors, one a label."""
    draw = np.random.default_rng(0)
    middles = np.eye(8, dtype=np.float32)[:LABELS]
    vectors = np.vstack([middle + 0.1 * draw.normal(size=(30, 8)) for middle in middles]).astype(np.float32)
    return vectors, np.repeat(np.arange(LABELS), 30)


def test_vote_goes_to_the_cloud_it_lies_in(bank):
    vote = Neighbours.fit(*bank, LABELS).vote(np.eye(8, dtype=np.float32)[1], ALL)
    assert vote.argmax() == 1 and vote[1] > 0.95 and vote.sum() == pytest.approx(1)


def test_between_two_clouds_both_have_votes(bank):
    between = np.eye(8, dtype=np.float32)[0] + np.eye(8, dtype=np.float32)[1]
    vote = Neighbours.fit(*bank, LABELS).vote(between, ALL)
    assert vote[2] < 0.05 and vote[0] + vote[1] > 0.95


def test_fewer_sentences_than_voters_is_no_error():
    vectors = np.random.default_rng(1).normal(size=(NEAREST // 2, 8)).astype(np.float32)
    assert Neighbours.fit(vectors, [0, 1, 2, 0, 1], LABELS).vote(vectors[2], ALL).argmax() == 2


def test_saved_and_read_back_votes_the_same(bank):
    first = Neighbours.fit(*bank, LABELS)
    again, asked = Neighbours(first.arrays(), LABELS), np.random.default_rng(2).normal(size=8).astype(np.float32)
    assert np.array_equal(first.vote(asked, ALL), again.vote(asked, ALL))


def test_labels_that_are_ruled_out_have_no_vote(bank):
    vote = Neighbours.fit(*bank, LABELS).vote(np.eye(8, dtype=np.float32)[1], [2, 0])
    assert vote[1] == 0 and vote.sum() == pytest.approx(1)


def test_vote_does_not_depend_on_the_order_of_the_sentences(bank):
    vectors, label_of = bank
    mixed, asked = np.random.default_rng(3).permutation(len(vectors)), vectors[0] + vectors[40]
    assert Neighbours.fit(vectors[mixed], label_of[mixed], LABELS).vote(asked, ALL) == pytest.approx(Neighbours.fit(*bank, LABELS).vote(asked, ALL), abs=0.02)
