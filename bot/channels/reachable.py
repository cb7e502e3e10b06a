"""Asks the platforms whether an app that is set up can work: are the secrets right, does the platform send to this server?

Nothing is changed and nobody is written to. No secret is ever part of what is told."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Awaitable, Callable, Mapping, Optional

from bot.channels.courier import Answer, Call, Courier
from bot.channels.delivery import dig, list_at, number_at, text_at
from bot.channels.settings import APIS, is_on, problems, public_url, settings

NEEDED_FIELDS = ("messages", "messaging_postbacks")  # of Messenger's subscription
RECENT = 3600  # seconds: a failed delivery older than this may have been repaired


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `works` is None for what cannot be asked."""

    app: str
    what: str
    works: Optional[bool]
    says: str


async def look(app: str, courier: Courier, apis: Mapping[str, str] = APIS) -> list[Finding]:
    """Everything about one app, in order. Stops where the next question would make no sense."""
    if not is_on(app):
        return [Finding(app, "set up", None, f"off; docs/channels/{app}.md tells how to open it")]
    missing = problems(app)
    if missing:
        return [Finding(app, "set up", False, problem) for problem in missing]
    return [Finding(app, "set up", True, "every setting is there"), *await _LOOKS[app](courier, apis[app], *settings(app).values())]


async def look_at_ourselves(courier: Courier) -> Finding:
    """Whether this server answers under its public address."""
    if not public_url():
        return Finding("ivy", "address", None, "IVY_PUBLIC_URL is not set, so where webhooks should point cannot be compared")
    answer = await courier.ask(Call(f"{public_url()}/live", method="GET"))
    return Finding("ivy", "address", answer.body.get("live") is True, f"{public_url()}/live " + ("answers" if answer.body.get("live") is True else f"does not answer as Ivy does ({_status(answer)}); is the server running, and the proxy in front of it?"))


async def _telegram(courier: Courier, api: str, token: str, _secret: str) -> list[Finding]:
    me = await courier.ask(Call(f"{api}/bot{token}/getMe", method="GET"))
    if dig(me.body, "ok") is not True:
        return [_refused("telegram", me, "IVY_TELEGRAM_TOKEN")]
    info = dig((await courier.ask(Call(f"{api}/bot{token}/getWebhookInfo", method="GET"))).body, "result")
    found = [Finding("telegram", "answers", True, f"as @{text_at(me.body, 'result', 'username')}"), _points("telegram", text_at(info, "url"))]
    failed = number_at(info, "last_error_date")
    if failed is not None and time.time() - failed < RECENT:
        found.append(Finding("telegram", "deliveries", False, f"the last one failed: {text_at(info, 'last_error_message')}; {text_at(info, 'pending_update_count')} wait"))
    return found


async def _messenger(courier: Courier, api: str, token: str, app_secret: str, _verify: str) -> list[Finding]:
    query = {"access_token": token, "appsecret_proof": hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()}
    page = await courier.ask(Call(f"{api}/me", query={**query, "fields": "name"}, method="GET"))
    if not dig(page.body, "name"):
        return [_refused("messenger", page, "IVY_MESSENGER_TOKEN and IVY_MESSENGER_APP_SECRET")]
    apps = await courier.ask(Call(f"{api}/me/subscribed_apps", query=query, method="GET"))
    fields = {field for entry in list_at(apps.body, "data") for field in list_at(entry, "subscribed_fields")}
    missing = [field for field in NEEDED_FIELDS if field not in fields]
    return [Finding("messenger", "answers", True, f"as the page {text_at(page.body, 'name')}"),
            Finding("messenger", "webhook", not missing, f"the page is not subscribed to {' and '.join(missing)}; add that under Webhooks" if missing else "the page is subscribed"),
            Finding("messenger", "address", None, "cannot be asked with a page's token; compare it under Webhooks")]


async def _twilio(courier: Courier, api: str, account: str, auth_token: str) -> list[Finding]:
    ours = f"{api}/Accounts/{account}"
    told = await courier.ask(Call(f"{ours}.json", login=(account, auth_token), method="GET"))
    if dig(told.body, "status") != "active":
        return [_refused("twilio", told, "IVY_TWILIO_ACCOUNT_SID and IVY_TWILIO_AUTH_TOKEN")]
    numbers = await courier.ask(Call(f"{ours}/IncomingPhoneNumbers.json", login=(account, auth_token), query={"PageSize": "100"}, method="GET"))
    here = [number for number in list_at(numbers.body, "incoming_phone_numbers") if text_at(number, "sms_url").rstrip("/") == _webhook("twilio")]
    return [Finding("twilio", "answers", True, "the account is active"),
            Finding("twilio", "text messages", bool(here), f"{len(here)} numbers send to {_webhook('twilio')}" if here else f"no number sends its messages to {_webhook('twilio')}; set it as a number's webhook"),
            Finding("twilio", "WhatsApp", None, "cannot be asked; compare the webhook of the WhatsApp sender")]


async def _slack(courier: Courier, api: str, token: str, _secret: str) -> list[Finding]:
    me = await courier.ask(Call(f"{api}/auth.test", headers={"Authorization": f"Bearer {token}"}))
    if dig(me.body, "ok") is not True:
        return [_refused("slack", me, "IVY_SLACK_TOKEN")]
    return [Finding("slack", "answers", True, f"as {text_at(me.body, 'user')} in {text_at(me.body, 'team')}"), Finding("slack", "address", None, "cannot be asked; compare it under Event Subscriptions and Interactivity")]


_LOOKS: Mapping[str, Callable[..., Awaitable[list[Finding]]]] = {"telegram": _telegram, "messenger": _messenger, "twilio": _twilio, "slack": _slack}


def _webhook(app: str) -> str:
    return f"{public_url()}/webhooks/{app}"


def _points(app: str, url: str) -> Finding:
    if not public_url():
        return Finding(app, "webhook", bool(url), f"is set to {url}" if url else f"is not set; docs/channels/{app}.md tells how")
    right = url.rstrip("/") == _webhook(app)
    return Finding(app, "webhook", right, f"is set to {url or 'nothing'}" + ("" if right else f"; it should be {_webhook(app)}"))


def _refused(app: str, answer: Answer, secrets: str) -> Finding:
    if answer.status == 0 or answer.status >= 500:
        return Finding(app, "answers", False, f"cannot be reached ({_status(answer)}); is the way out of this network open?")
    return Finding(app, "answers", False, f"refuses what is in {secrets} ({_status(answer)}); copy it anew")


def _status(answer: Answer) -> str:
    return f"status {answer.status}" if answer.status else "no answer in time"
