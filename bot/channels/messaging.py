"""What all messaging apps share: proof of origin first, answer the platform at once, reply in order, once.

In the place of Rasa's connectors, which take a webhook's sender at its word, let it wait for the whole turn and keep
the phone number as the conversation's id (rasa/core/channels/telegram.py, twilio.py, facebook.py, slack.py). The
guard stays in front: everything goes through `on_new_message`."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any, Awaitable, Callable, Dict, Iterable, Optional, Text

import structlog
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.courier import Answer, Call, Courier, Outcome, http_outcome
from bot.channels.delivery import Delivery
from bot.channels.everywhere import ChoicesEverywhere, Limit, SeenEverywhere
from bot.channels.identity import Pseudonyms
from bot.channels.in_order import InOrder, Seen
from bot.channels.limits import RateLimit
from bot.channels.metrics import count_set_aside, count_undelivered
from bot.channels.rendering import MEDIA, Part
from bot.channels.wording import Wording
from bot.library.service import speaker
from bot.library.speaking import Reply
from bot.rasa.inbound import LONGEST_JUDGED
from bot.safety.service import safety_dialogue
from bot.sharing import sharing

LARGEST_BODY = 128 * 1024
FAREWELL = 5.0  # seconds that a server which ends gives to replies on their way
OnNewMessage = Callable[[UserMessage], Awaitable[Any]]

log = structlog.get_logger()


class MessagingChannel(InputChannel):
    """One platform. Its own part: who sent it, what is in it, how a part of a reply is sent."""

    def __init__(self, courier: Optional[Courier] = None, pseudonyms: Optional[Pseudonyms] = None, rate: Optional[RateLimit] = None) -> None:
        self.courier, self._names, self._rate = courier or Courier(), pseudonyms or Pseudonyms(), Limit("conversation", rate or RateLimit(), sharing())
        self._told = RateLimit(most=1)  # "too fast" is not said to each message that was too fast
        self._speaker, self._dialogue = speaker(), safety_dialogue()
        self.wording = Wording(self._speaker)
        self._seen, self._choices, self._inbox, self._outbox = SeenEverywhere(self.name(), sharing()), ChoicesEverywhere(sharing()), InOrder(), InOrder()
        self._met = Seen()  # after a restart, or by another server, a person is told once more, which does no harm

    # ---- what each platform does in its own way ----

    def is_authentic(self, request: Request) -> bool:
        """Whether the platform itself sent this."""
        raise NotImplementedError

    def deliveries(self, request: Request) -> Iterable[Delivery]:
        """Every event of a request that has something to reply to; what cannot be read is left out."""
        raise NotImplementedError

    def call(self, delivery: Delivery, part: Part) -> Call:
        """The request that sends a part of the reply."""
        raise NotImplementedError

    def means(self, answer: Answer) -> Outcome:
        """What the platform's answer to that request means."""
        return http_outcome(answer)

    def received(self, request: Request) -> HTTPResponse:
        """What the platform is told at once."""
        return response.empty(200)

    # ---- what they share ----

    @classmethod
    def name(cls) -> Text:
        raise NotImplementedError

    @classmethod
    def path(cls) -> Text:
        """Where the platform sends to. The whole path: Rasa's `register` gives a blueprint no prefix where it has no route."""
        return f"/webhooks/{cls.name()}"

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        routes = Blueprint(f"ivy_{self.name()}")

        @routes.post(self.path())
        async def webhook(request: Request) -> HTTPResponse:
            if len(request.body) > LARGEST_BODY:
                return response.empty(413)
            if not self.is_authentic(request):
                count_set_aside(self.name(), "forged")
                return response.empty(403)
            for delivery in self._read(request):
                await self._accept(delivery, on_new_message)
            return self.received(request)

        @routes.listener("before_server_stop")
        async def finish(_app: Any, _loop: Any) -> None:
            await self._inbox.finish(FAREWELL)
            await self._outbox.finish(FAREWELL)
            await self.courier.close()

        return routes

    def _read(self, request: Request) -> list[Delivery]:
        """The events; none where the platform sends what its documentation does not know. It would only send it again."""
        try:
            return list(self.deliveries(request))
        except Exception as error:  # noqa: BLE001
            log.error("delivery_unreadable", channel=self.name(), error=type(error).__name__)
            count_set_aside(self.name(), "unreadable")
            return []

    async def _accept(self, delivery: Delivery, on_new_message: OnNewMessage) -> None:
        if await self._seen.before(delivery.id):
            return count_set_aside(delivery.medium, "duplicate")
        conversation = self._names.conversation(delivery.medium, delivery.user)
        self._inbox.put(conversation, partial(self._reply, delivery, conversation, on_new_message))

    async def _reply(self, delivery: Delivery, conversation: str, on_new_message: OnNewMessage) -> None:
        """See that an event is replied to, whatever happens."""
        output = AppOutput(self, delivery, conversation)
        try:
            await self._answer(delivery, conversation, output, on_new_message)
        except Exception as error:  # noqa: BLE001 - a patient never gets silence
            log.error("message_failed", message=self._names.message(delivery.medium, delivery.id), error=type(error).__name__)
        if not output.said:
            output.say(self._speaker.trouble(self._speaker.situation(channel=delivery.medium)))
        if output.offered is not None:
            await self._choices.offer(conversation, output.offered)

    async def _answer(self, delivery: Delivery, conversation: str, output: AppOutput, on_new_message: OnNewMessage) -> None:
        line = delivery.line if await self._rate.allows(conversation) else "too_fast"
        # what is no new message, or one too many, is answered all the same where it may be a warning sign
        if line and not await self._alarming(delivery.text):
            count_set_aside(delivery.medium, line)
            output.said = line == "too_fast" and not self._told.allows(conversation)
            return None if output.said else output.say(self._voice(line, delivery))
        button = delivery.button or await self._choices.chosen(conversation, delivery.text) or ""
        text = delivery.text
        if button and button != "forget_me" and button not in self._speaker.button_ids():
            text, button = button.replace("_", " "), ""  # of a message from before the topic was renamed
        output.offered = []
        await on_new_message(UserMessage(text, output, conversation, input_channel=delivery.medium,
                                         message_id=self._names.message(delivery.medium, delivery.id), metadata={"button": button}))
        if delivery.attached:
            count_set_aside(delivery.medium, "not_text")
            output.say(self._voice("not_text", delivery))

    async def _alarming(self, text: str) -> bool:
        if not text:
            return False
        verdict, _ = await asyncio.to_thread(self._dialogue.next_verdict, text[:LONGEST_JUDGED])
        return verdict.acts or verdict.check or bool(verdict.note)

    def _voice(self, line: str, delivery: Delivery) -> Reply:
        return self._speaker.voice(line, self._speaker.situation(channel=delivery.medium))

    def first_words(self, delivery: Delivery, conversation: str) -> Optional[Reply]:
        """What a person is told before the first reply; None for one who was told, or where it cannot be said."""
        try:
            return None if self._met.before(conversation) else self._voice("first_words", delivery)
        except Exception as error:  # noqa: BLE001 - the reply must come all the same
            log.error("line_failed", line="first_words", error=type(error).__name__)
            return None

    def send(self, delivery: Delivery, conversation: str, part: Part) -> None:
        """Send a part after those before it. A safety message passes what still waits."""
        self._outbox.put(conversation, partial(self._send, delivery, part), urgent=part.safety)

    async def _send(self, delivery: Delivery, part: Part) -> None:
        why = await self.courier.deliver(self.call(delivery, part), self.means, self._until(delivery))
        if why:
            count_undelivered(delivery.medium, why)
            log.error("not_delivered", channel=delivery.medium, message=self._names.message(delivery.medium, delivery.id), why=why)

    def _until(self, delivery: Delivery) -> Optional[float]:
        hours = MEDIA[delivery.medium].hours
        return None if hours is None else (delivery.sent or time.time()) + hours * 3600


class AppOutput(OutputChannel):
    """Takes the replies to one event, renders them for the app and hands them to its outbox. `offered` are the
    choices that were numbered; None while nothing was asked of Ivy, so that the old ones stay."""

    def __init__(self, channel: MessagingChannel, delivery: Delivery, conversation: str) -> None:
        self._channel, self._delivery, self._conversation = channel, delivery, conversation
        self.said = False
        self.offered: Optional[list[str]] = None

    @classmethod
    def name(cls) -> Text:
        return "messaging"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        self._pass_on(message)

    def say(self, reply: Reply) -> None:
        """A line that is said without Rasa."""
        self._pass_on(reply.as_dict())

    def _pass_on(self, message: Dict[Text, Any]) -> None:
        # nothing goes before a safety message, and quick replies vanish when something comes after them
        first = None if message.get("kind") in ("safety", "check") else self._channel.first_words(self._delivery, self._conversation)
        if first:
            self._show(first.as_dict())
        self._show(message)

    def _show(self, message: Dict[Text, Any]) -> None:
        parts, numbered = self._channel.wording.parts(message, self._delivery.medium, len(self.offered or ()) + 1)
        self.offered = [*(self.offered or ()), *numbered] if numbered or self.offered is not None else None
        for part in parts:
            self._channel.send(self._delivery, self._conversation, part)
        self.said = True
