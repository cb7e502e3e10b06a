"""Typing errors are made in the share of words asked for, the same each time."""

from __future__ import annotations

import random

import pytest

from bot.evaluation.typos import misspell

TEXT = "how long does one infusion of immunoglobulin usually take on the first day " * 50


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_about_the_asked_share_of_words_is_changed(share):
    changed = sum(one != other for one, other in zip(TEXT.split(), misspell(TEXT, share, random.Random(1)).split()))
    long_enough = sum(len(word) >= 3 for word in TEXT.split())
    assert share * 0.7 < changed / long_enough < share * 1.2


def test_no_share_changes_nothing():
    assert misspell(TEXT, 0, random.Random(1)) == TEXT


def test_same_draw_makes_the_same_errors():
    assert misspell(TEXT, 0.5, random.Random(7)) == misspell(TEXT, 0.5, random.Random(7))


@pytest.mark.parametrize("text", ["", "a of", "38.5 C?", "żółw 🙂", "cat " * 200])
def test_any_text_can_be_misspelt(text):
    assert len(misspell(text, 1, random.Random(3)).split()) == len(text.split())
