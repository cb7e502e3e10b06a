"""What Ivy said in one conversation, read from the database Rasa writes, without a word of the patient's."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa.tracker_store import IvyTrackerStore
from bot.records.archive import as_said
from bot.records.conversations import said_in
from bot.records.upgrading import RecordsError

REPLY = {"content": "voice/greet", "version": "a" * 64, "block": "short", "state": "draft", "label": "Draft."}
TYPED = "my neighbour Bartholomew has a rash"


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'conversations.db'}"


def saved(url: str, *events, conversation: str = "web-1") -> None:
    store = IvyTrackerStore(Domain.empty(), url)
    asyncio.run(store.save(DialogueStateTracker.from_events(conversation, events)))


def test_replies_come_in_order_with_time_words_and_version(url):
    buttons = [{"id": "cost", "title": "What does it cost?"}]
    saved(url, BotUttered("Hello.", {"buttons": buttons}, REPLY, timestamp=1_900_000_000.0), UserUttered(TYPED, timestamp=1_900_000_001.0),
          BotUttered("Goodbye.", metadata={**REPLY, "content": "voice/goodbye"}, timestamp=1_900_000_002.0))
    first, second = said_in(url, "web-1")
    assert (first.said, second.said.text, second.said.content) == (as_said({**REPLY, "text": "Hello.", "buttons": buttons}), "Goodbye.", "voice/goodbye")
    assert datetime.fromisoformat(first.at) == datetime.fromtimestamp(1_900_000_000, timezone.utc)
    assert "Bartholomew" not in str([first, second])


def test_reply_that_came_too_late_to_be_shown_says_so(url):
    saved(url, UserUttered(TYPED, timestamp=1_900_000_000.0), BotUttered("Hello.", metadata=REPLY, timestamp=1_900_000_001.0), BotUttered("Goodbye.", metadata=REPLY, timestamp=1_900_000_004.0))
    assert [reply.late for reply in said_in(url, "web-1")] == [False, True]


def test_other_conversations_are_not_told(url):
    saved(url, BotUttered("Hello.", metadata=REPLY))
    assert said_in(url, "web-2") == []


def test_line_that_repeats_the_patient_is_told_as_it_was_written(url):
    saved(url, BotUttered(f'I added: "{TYPED}"', metadata={**REPLY, "archived": 'I added: "[the patient\'s question]"'}))
    (only,) = said_in(url, "web-1")
    assert only.said.text == 'I added: "[the patient\'s question]"' and not only.said.whole


def test_forgotten_conversation_has_nothing_to_tell(url):
    saved(url, BotUttered("Hello.", metadata=REPLY))
    asyncio.run(IvyTrackerStore(Domain.empty(), url).forget("web-1"))
    assert said_in(url, "web-1") == []


def test_installation_nobody_talked_to_has_nothing_to_tell(url):
    assert said_in(url, "web-1") == []


def test_database_that_cannot_be_read_is_named_with_the_repair(tmp_path):
    with pytest.raises(RecordsError, match="nowhere.*IVY_TRACKERS"):
        said_in(f"sqlite:///{tmp_path / 'nowhere' / 'c.db'}", "web-1")
