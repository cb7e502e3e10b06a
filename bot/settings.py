"""Every setting of Ivy, declared once: its name, what it means, its default, which values it can have.

They are environment variables, or lines of the file that IVY_CONFIG names (bot/configuration.py)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional
from urllib.parse import urlsplit

#: What is wrong with a value, with the repair; None for a value that can be used. Never the value itself: it may be a secret.
Check = Callable[[str], Optional[str]]
SECRET_LENGTH = 32
MOST_DAYS = 36_500  # a hundred years: a date further back than the calendar goes could not be worked out, and nothing would be deleted


class SettingError(ValueError):
    """A setting (environment variable or option) that cannot be used; the message says which values can."""


@dataclass(frozen=True)
class Setting:
    """`default` is as people read it; `secret`: its value is never shown."""

    name: str
    meaning: str
    default: str = "not set"
    check: Check = lambda value: None
    secret: bool = False


def one_of(*values: str) -> Check:
    return lambda value: None if value in values else f"is '{value}'; use one of: {', '.join(values)}"


def whole(least: int = 0, most: Optional[int] = None) -> Check:
    def check(value: str) -> Optional[str]:
        fits = value.isdigit() and least <= int(value) and (most is None or int(value) <= most)
        return None if fits else f"is '{value}'; set it to a whole number" + (f" from {least} to {most}" if most else f" of {least} or more" if least else "")

    return check


def matching(pattern: str, repair: str) -> Check:
    return lambda value: None if re.fullmatch(pattern, value) else f"is '{value}'; {repair}"


def long_enough(value: str) -> Optional[str]:
    return None if len(value) >= SECRET_LENGTH else f"has fewer than {SECRET_LENGTH} characters and could be guessed; openssl rand -hex 32 makes one"


def folder(value: str) -> Optional[str]:
    return None if Path(value).is_dir() else f"is '{value}', and there is no such folder; name one, or leave it out"


def address(*schemes: str) -> Check:
    """An address whose password must not be repeated."""
    def check(value: str) -> Optional[str]:
        try:
            scheme = urlsplit(value).scheme if urlsplit(value).netloc + urlsplit(value).path.strip("/") else ""
            urlsplit(value).port
        except ValueError:
            scheme = ""
        return None if "://" in value and scheme.split("+")[0] in schemes else f"begins with none of {', '.join(f'{scheme}://' for scheme in schemes)}; write the whole address"

    return check


database = address("sqlite", "postgresql")
SETTINGS = (
    Setting("IVY_CONFIG", "a file with more settings, a line NAME=value each; the environment wins over it"),
    Setting("IVY_MODE", "demo serves drafts, marked; clinic serves only approved words", "demo", one_of("demo", "clinic")),
    Setting("IVY_COUNTRY", "the country whose emergency number and public lines are given, in place of the clinic's", "the clinic's", matching("[A-Z]{2}", "write two capital letters, such as GB")),
    Setting("IVY_STATE", "the folder for what this installation makes itself: SQLite databases and the session secret", ".ivy/"),
    Setting("IVY_DATABASE", "the database of records: approvals, accounts, escalations, what was said", "SQLite in IVY_STATE", database, secret=True),
    Setting("IVY_TRACKERS", "the database of conversations", "SQLite in IVY_STATE", database, secret=True),
    Setting("IVY_REDIS", "Redis for what several servers share: locks, rate limits, ids of messages. Set it when more than one server runs", check=address("redis", "rediss", "unix"), secret=True),
    Setting("IVY_SECRET", "signs sessions, hides who people are in messaging apps. Needed, and the same everywhere, where IVY_REDIS is set", "made at the first start, kept in IVY_STATE", long_enough, secret=True),
    Setting("IVY_DRAIN_SECONDS", "how long a server that was told to stop goes on taking messages, not ready any more, so that the front notices", "0", whole(0, 60)),
    Setting("IVY_CONTENT", "another folder of content", "content/", folder),
    Setting("IVY_MODELS", "another folder of models", "models/"),
    Setting("IVY_RELEASE", "the folder of the signed release to serve (docs/releases.md), in place of IVY_CONTENT and IVY_MODELS", "none", folder),
    Setting("IVY_RELEASE_KEY", "the file of the public key that releases are verified with", "none; needed with IVY_RELEASE"),
    Setting("IVY_ENCODER", "tuned, or frozen: the English encoder without Ivy's own training", "tuned", one_of("tuned", "frozen")),
    Setting("IVY_KEEP_DAYS", "conversations are deleted after so many days", "30", whole(0, MOST_DAYS)),
    Setting("IVY_LOG", "plain, or json: one object a line, for whatever collects logs", "plain", one_of("plain", "json")),
    Setting("IVY_KEEP_UNANSWERED", "yes keeps what Ivy had no answer for, without names, numbers and dates, for clinicians; patients are told so before they write", "no", one_of("yes", "no")),
    Setting("IVY_ORIGINS", "websites that may show the chat, such as https://www.clinic.example, a space between two", "none"),
    Setting("IVY_ADDRESS_LIMIT", "requests a minute of one network address; 0 for no limit", "600", whole()),
    Setting("IVY_METRICS_TOKEN", "who sends it as bearer token may read /metrics; needed once IVY_PUBLIC_URL is set", "this machine only", secret=True),
    Setting("IVY_PUBLIC_URL", "the server's https address from outside; messaging apps need it", "not set", matching(r"https?://\S+", "write the whole address, such as https://ivy.example.org")),
    Setting("IVY_PREVIEW_HOSTS", "names under which the clinician's page is reached through a proxy, a comma between two", "this machine only"),
    Setting("IVY_PREVIEW_PROXY_HEADER", "the header in which a proxy names the account that signed in"),
    Setting("IVY_PREVIEW_PROXY_FROM", "the only addresses from which that header is believed; the proxy there must replace what a browser sends"),
    Setting("IVY_TELEGRAM_TOKEN", "docs/channels/telegram.md", secret=True),
    Setting("IVY_TELEGRAM_SECRET", "docs/channels/telegram.md", secret=True),
    Setting("IVY_TELEGRAM_API", "a Bot API server of one's own", "https://api.telegram.org", address("http", "https")),
    Setting("IVY_MESSENGER_TOKEN", "docs/channels/messenger.md", secret=True),
    Setting("IVY_MESSENGER_APP_SECRET", "docs/channels/messenger.md", secret=True),
    Setting("IVY_MESSENGER_VERIFY_TOKEN", "docs/channels/messenger.md", secret=True),
    Setting("IVY_TWILIO_ACCOUNT_SID", "docs/channels/twilio.md", secret=True),
    Setting("IVY_TWILIO_AUTH_TOKEN", "docs/channels/twilio.md", secret=True),
    Setting("IVY_SLACK_TOKEN", "docs/channels/slack.md", secret=True),
    Setting("IVY_SLACK_SIGNING_SECRET", "docs/channels/slack.md", secret=True),
    Setting("IVY_NOTIFY_WEBHOOK", "docs/notifications.md"),
    Setting("IVY_NOTIFY_SECRET", "docs/notifications.md", secret=True),
    Setting("IVY_NOTIFY_EMAIL", "docs/notifications.md"),
    Setting("IVY_SMTP", "docs/notifications.md", secret=True),
    Setting("IVY_SMTP_FROM", "docs/notifications.md"),
    Setting("ACTION_PORT", "the port of the action server", "the page's port plus one", whole(1, 65535)),
    Setting("SANIC_PROXIES_COUNT", "how many proxies stand before Ivy; without it all who come through one count as one address. Behind nginx it is 1, whatever nginx stands behind", "0", whole()),
)
NAMES = {setting.name: setting for setting in SETTINGS}
