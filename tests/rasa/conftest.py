"""A guard to talk to, with the safety layer by its rules alone."""

from __future__ import annotations

import pytest
from guard_stand_ins import LONG, Phone
from rasa.core.channels.channel import UserMessage

from bot.library.service import speaker
from bot.project import CONTENT
from bot.rasa.guard import Guard
from bot.safety.dialogue import load_dialogue


@pytest.fixture(scope="module")
def dialogue(triage):
    return load_dialogue(CONTENT, triage)


@pytest.fixture
def send(dialogue):
    """One message through a guard around this Rasa; what the patient got, at once and, where Rasa may finish, later."""

    async def _send(rasa, *texts, judge=None, finish=False, patience=LONG, foresee=lambda text: None, **metadata):
        phone, guard = Phone(), Guard(rasa, speaker(), judge or dialogue, patience=patience, foresee=foresee)
        for text in texts:
            await guard.handle_message(UserMessage(text, phone, "someone", input_channel="web", metadata=metadata))
        if finish:
            await guard.finish(LONG)
        return phone.got

    return _send
