"""Ivy's real web channel over a scripted conversation: quick to start, so that the browser can try much.

Run as a process of its own (`python web_stand_in.py PORT`), to be stopped and killed like the real server."""

from __future__ import annotations

import sys
from datetime import date, timedelta

from rasa.core.channels.channel import UserMessage, register
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from sanic import Sanic
from sanic.exceptions import PayloadTooLarge

from bot.channels.web import WebChannel
from bot.library.approvals import append
from bot.library.service import question_sets, speaker
from bot.rasa.server import prepare_environment
from bot.records.database import records
from bot.safety.verdict import Verdict

REVIEWED = "answers/about/what_is_ivig"  # approved in the stand-in's own records, by nobody who exists
REVIEWER = "Dr. Ada Test"
URGENT = Verdict(tier="urgent", message="urgent_aseptic_meningitis", signs=("stiff_neck",), names=("a stiff neck",))
EMERGENCY = Verdict(tier="emergency", message="emergency", signs=("breathing",), names=("trouble breathing",))
CHECK = Verdict(check=True, suspected="urgent", message="check", signs=("stiff_neck",), names=("a stiff neck",))


class ScriptedAgent:
    """Answers by a word in the message. Keeps trackers as Rasa does."""

    def __init__(self) -> None:
        self.tracker_store = InMemoryTrackerStore(Domain.empty())
        self._speaker = speaker()

    async def handle_message(self, message: UserMessage) -> None:
        button = dict(message.metadata or {}).get("button", "")
        if button == "forget_me" or message.text == "forget me":
            self.tracker_store.store.pop(message.sender_id, None)
            replies = [self._speaker.voice("forget_done", self._speaker.situation())]
        else:
            replies = self.replies(message.text or "", button)
            tracker = await self.tracker_store.get_or_create_tracker(message.sender_id, append_action_listen=False)
            tracker.update(UserUttered(message.text, input_channel="web", message_id=message.message_id, metadata=message.metadata))
            for reply in replies:
                said = reply.as_dict()
                tracker.update(BotUttered(said.pop("text"), {"buttons": said.pop("buttons")}, said))
            await self.tracker_store.save(tracker)
        for reply in replies:
            await message.output_channel.send_response(message.sender_id, reply.as_dict())

    def replies(self, text: str, button: str) -> list:
        speaks, here = self._speaker, self._speaker.situation()
        verdict = {"stiff": URGENT, "breathe": EMERGENCY, "normal": CHECK}.get(next((word for word in ("stiff", "breathe", "normal") if word in text), ""))
        if verdict or button in ("check_yes", "check_not_sure"):
            return [speaks.safety(verdict or URGENT, here, "headache")]
        if "list" in text:
            chosen = question_sets()[0]
            return [speaks.voice("list_done", speaks.situation(questions=list(chosen.questions), situation=chosen.title))]
        if "hola" in text:
            return [speaks.voice("other_language", here, block="es")]
        if "called them" in text:
            return [speaks.voice("safety_done", here) if "voice/safety_done" in speaks.library.items else speaks.safety(Verdict(message="safety_done"), here)]
        block = {"tell_me_more": "more", "explain_simpler": "simple"}.get(button, "short")
        return [speaks.answer(speaks.library.answer(button) or speaks.library.answer("what_is_ivig"), here, block)]


def main(port: int) -> None:
    prepare_environment()
    item = speaker().library.items[REVIEWED]
    append(records(), item.id, item.source, REVIEWER, "clinician", "words", date.today() + timedelta(days=30))
    app = Sanic("stand_in", configure_logging=False)
    channel = WebChannel()
    register([channel], app, route=None)
    app.error_handler.add(PayloadTooLarge, channel.too_large)
    app.ctx.agent = ScriptedAgent()
    app.run(host="127.0.0.1", port=port, workers=1, access_log=False, motd=False)


if __name__ == "__main__":
    main(int(sys.argv[1]))
