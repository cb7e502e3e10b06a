"""What stands around a guard in its tests: a phone, a Rasa that may be late or fail, a database of conversations."""

from __future__ import annotations

import asyncio

from rasa.core.channels.channel import OutputChannel

ALARMING, CALM = "my neck is stiff", "how long does the drip take"
SAFETY = "safety/urgent_aseptic_meningitis"
PATIENCE, LONG = 0.2, 20.0  # seconds for a Rasa that is late, and for one that is not


class Phone(OutputChannel):
    """What the patient gets, as content ids."""

    def __init__(self) -> None:
        self.got: list = []

    async def send_response(self, recipient_id, message) -> None:
        self.got.append(message["content"])


class NoTrackers:
    async def last_slot(self, sender_id, name):
        return None


class Rasa:
    """An agent that says what it is told to, after a while, and may fail."""

    def __init__(self, *says, after=0.0, fails=False) -> None:
        self.tracker_store, self._says, self._after, self._fails = NoTrackers(), says, after, fails
        self.heard: list = []

    async def handle_message(self, message):
        await message.understood()
        self.heard.append(message)
        await asyncio.sleep(self._after)
        if self._fails:
            raise RuntimeError("broken on purpose")
        for content in self._says:
            await message.output_channel.send_response(message.sender_id, {"text": "words", "content": content})
