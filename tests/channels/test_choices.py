"""Numbered choices: what a person may type to pick one."""

from __future__ import annotations

import pytest

from bot.channels import choices
from bot.channels.choices import Choices, numbered


@pytest.mark.parametrize("text", ["2", " 2 ", "2.", "2)", "(2)", "#2", "２", "2️⃣", "two", "Two", "TWO!", "reply 2", "Reply with 2.", "option 2", "number two", "no. 2", "2 please", "I choose 2", "pick option 2", "[2]"])
def test_number_alone_picks(text):
    assert numbered(text) == 2


@pytest.mark.parametrize("text", ["", "2 days ago", "on day 2", "I have 2 spots", "22 platelets", "2.5", "1 or 2", "two of them hurt", "to", "second thoughts", "-2", "2%", "200", "1/2", "II"])
def test_number_with_words_is_a_message(text):
    assert numbered(text) is None


def test_number_means_what_was_offered_last():
    offered = Choices()
    offered.offer("ada", ["how_fast", "how_long"])
    assert offered.chosen("ada", "2") == "how_long"
    offered.offer("ada", ["cost"])
    assert offered.chosen("ada", "1") == "cost" and offered.chosen("ada", "2") is None


def test_number_without_an_offer_is_a_message():
    offered = Choices()
    offered.offer("ada", ["how_fast"])
    offered.offer("ada", [])
    assert offered.chosen("ada", "1") is None and offered.chosen("bea", "1") is None


@pytest.mark.parametrize("text", ["0", "00", "3", "13"])
def test_number_that_was_not_offered_is_a_message(text):
    offered = Choices()
    offered.offer("ada", ["how_fast", "how_long"])
    assert offered.chosen("ada", text) is None


def test_conversations_long_silent_are_forgotten(monkeypatch):
    monkeypatch.setattr(choices, "REMEMBERED", 1)
    offered = Choices()
    offered.offer("ada", ["a"])
    offered.offer("bea", ["b"])
    assert offered.chosen("ada", "1") is None and offered.chosen("bea", "1") == "b"
