"""Which messaging apps are open. Environment variables only: credentials.yml holds no secret, and what is not set is off."""

from __future__ import annotations

import os
import re
from typing import Callable, Mapping
from urllib.parse import urlparse

from bot.settings import SettingError

APPS = ("telegram", "messenger", "twilio", "slack")
#: Where the platforms take calls. IVY_TELEGRAM_API: a Bot API server of one's own (core.telegram.org/bots/api#using-a-local-bot-api-server).
APIS = {"telegram": os.environ.get("IVY_TELEGRAM_API") or "https://api.telegram.org", "messenger": "https://graph.facebook.com/v25.0",
        "twilio": "https://api.twilio.com/2010-04-01", "slack": "https://slack.com/api"}
_TELEGRAM_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # core.telegram.org/bots/api#setwebhook


def public_url() -> str:
    """The address under which patients and platforms reach this server; empty when it is not told."""
    return os.environ.get("IVY_PUBLIC_URL", "").rstrip("/")


def settings(app: str) -> Mapping[str, str]:
    """The settings that an app needs, by name; empty where they are not set."""
    of: Mapping[str, Callable[[], Mapping[str, str]]] = {
        "telegram": lambda: {"IVY_TELEGRAM_TOKEN": os.environ.get("IVY_TELEGRAM_TOKEN", ""), "IVY_TELEGRAM_SECRET": os.environ.get("IVY_TELEGRAM_SECRET", "")},
        "messenger": lambda: {"IVY_MESSENGER_TOKEN": os.environ.get("IVY_MESSENGER_TOKEN", ""), "IVY_MESSENGER_APP_SECRET": os.environ.get("IVY_MESSENGER_APP_SECRET", ""),
                              "IVY_MESSENGER_VERIFY_TOKEN": os.environ.get("IVY_MESSENGER_VERIFY_TOKEN", "")},
        "twilio": lambda: {"IVY_TWILIO_ACCOUNT_SID": os.environ.get("IVY_TWILIO_ACCOUNT_SID", ""), "IVY_TWILIO_AUTH_TOKEN": os.environ.get("IVY_TWILIO_AUTH_TOKEN", "")},
        "slack": lambda: {"IVY_SLACK_TOKEN": os.environ.get("IVY_SLACK_TOKEN", ""), "IVY_SLACK_SIGNING_SECRET": os.environ.get("IVY_SLACK_SIGNING_SECRET", "")},
    }
    return of[app]()


def is_on(app: str) -> bool:
    """Whether anything of an app is set."""
    return any(settings(app).values())


def problems(app: str) -> list[str]:
    """What is missing or cannot be so, each with its repair. None for an app that is off."""
    if not is_on(app):
        return []
    found = [f"{name} is not set; set it, or unset the others to turn {app} off (docs/channels/{app}.md)" for name, value in settings(app).items() if not value.strip()]
    address = urlparse(public_url())
    if app == "twilio" and not public_url():
        found.append("IVY_PUBLIC_URL is not set; Twilio signs the public address of the webhook: set it to https://..., without /webhooks")
    if public_url() and (address.scheme != "https" or not address.netloc):
        found.append(f"IVY_PUBLIC_URL is '{public_url()}'; the platforms send to https://... only")
    secret = settings(app).get("IVY_TELEGRAM_SECRET", "")
    if secret and not _TELEGRAM_SECRET.fullmatch(secret):
        found.append("IVY_TELEGRAM_SECRET has characters that Telegram does not take; use up to 256 of A-Z, a-z, 0-9, _ and -")
    return found


def open_channels() -> list:
    """A channel for each app that is set up. Raises SettingError with every problem of every app."""
    found = [f"{app}: {problem}" for app in APPS for problem in problems(app)]
    if found:
        raise SettingError("\n".join(dict.fromkeys(found)))
    return [_open(app) for app in APPS if is_on(app)]


def _open(app: str):
    from bot.channels.messenger import MessengerChannel
    from bot.channels.slack import SlackChannel
    from bot.channels.telegram import TelegramChannel
    from bot.channels.twilio import TwilioChannel

    values = list(settings(app).values())
    if app == "twilio":
        return TwilioChannel(*values, public_url())
    return {"telegram": TelegramChannel, "messenger": MessengerChannel, "slack": SlackChannel}[app](*values)
