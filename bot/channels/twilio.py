"""Text messages and WhatsApp, both through Twilio (twilio.com/docs/messaging).

Replaces rasa/core/channels/twilio.py, which believes any "From" (no X-Twilio-Signature), fails on a message without
text, shows buttons with their payloads and sends in the event loop."""

from __future__ import annotations

from typing import Any, Iterable, Sequence
from urllib.parse import parse_qsl

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.courier import Answer, Call, Outcome, http_outcome
from bot.channels.delivery import Delivery, dig
from bot.channels.messaging import MessagingChannel
from bot.channels.metrics import count_set_aside, count_undelivered
from bot.channels.rendering import Part
from bot.channels.settings import APIS
from bot.channels.signatures import from_twilio

WHATSAPP = "whatsapp:"
#: Codes of twilio.com/docs/api/errors that tell why a message cannot be sent, and never can.
FINAL = {63016: "too_late", 21610: "opted_out"}
MOST_FIELDS = 200


class TwilioChannel(MessagingChannel):
    """Both media come by the same webhook; a reply goes out from the number that was written to."""

    def __init__(self, account: str, auth_token: str, public_url: str, api: str = APIS["twilio"], **more: Any) -> None:
        super().__init__(**more)
        self._account, self._auth_token, self._api = account, auth_token, api.rstrip("/")
        self._webhook = f"{public_url.rstrip('/')}{self.path()}"

    @classmethod
    def name(cls) -> str:
        return "twilio"

    def is_authentic(self, request: Request) -> bool:
        # the address as Twilio knows it: behind a proxy the request has another
        url = self._webhook + (f"?{request.query_string}" if request.query_string else "")
        return from_twilio(request.headers.get("x-twilio-signature", ""), url, fields(request.body), self._auth_token)

    def deliveries(self, request: Request) -> Iterable[Delivery]:
        told = dict(fields(request.body))
        user, ours, event, text = told.get("From", ""), told.get("To", ""), told.get("MessageSid", ""), told.get("Body", "").strip()
        medium = "whatsapp" if WHATSAPP in (user[: len(WHATSAPP)], ours[: len(WHATSAPP)]) else "sms"
        if told.get("MessageStatus"):
            if told["MessageStatus"] in ("failed", "undelivered"):
                count_undelivered(medium, _why(told.get("ErrorCode")))
            return []
        if not user or not ours or not event or told.get("OptOutType"):
            count_set_aside(medium, "no_message")  # with OptOutType Twilio has answered STOP, START or HELP itself
            return []
        attached = any(told.get(field, "0") not in ("", "0") for field in ("NumMedia", "Latitude"))
        # some carriers turn @ into this (as rasa/core/channels/twilio.py found)
        return [Delivery(event, user, (user, ours), medium, text.replace("¡", "@") if medium == "sms" else text, line="" if text else "not_text", attached=attached and bool(text))]

    def received(self, request: Request) -> HTTPResponse:
        """An empty TwiML answer: the reply is sent by the API, when it is ready."""
        return response.text("<Response/>", content_type="text/xml")

    def call(self, delivery: Delivery, part: Part) -> Call:
        user, ours = delivery.address
        return Call(f"{self._api}/Accounts/{self._account}/Messages.json", login=(self._account, self._auth_token),
                    form={"To": user, "From": ours, "Body": part.text, "StatusCallback": self._webhook})

    def means(self, answer: Answer) -> Outcome:
        outcome = http_outcome(answer)
        return Outcome(_why(dig(answer.body, "code"))) if outcome.why and not outcome.again else outcome


def fields(body: bytes) -> Sequence[tuple[str, str]]:
    """A form's fields as they came, empty ones too: Sanic's own reading drops those, and the signature covers them."""
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return ()


def _why(code: Any) -> str:
    return FINAL.get(int(code), "refused") if str(code).isdecimal() else "refused"
