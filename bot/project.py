"""Where the project's files are, and the settings that come from the environment."""

from __future__ import annotations

import os
from pathlib import Path

from bot.settings import SettingError

ROOT = Path(__file__).resolve().parent.parent


def content_folder() -> Path:
    """The content that is read now: IVY_CONTENT, which clinic mode turns to the approved files at its start."""
    return Path(os.environ.get("IVY_CONTENT", ROOT / "content"))


CONTENT = content_folder()
DATA = ROOT / "data"
KEEP_DAYS = 30
MODELS = Path(os.environ.get("IVY_MODELS") or ROOT / "models").absolute()


class StartError(RuntimeError):
    """A server cannot start; the message says what to do."""


def state_folder() -> Path:
    """The folder for what this installation makes itself: databases and the session secret.

    IVY_STATE moves it. It is created readable by its owner only, because it holds conversations."""
    folder = Path(os.environ.get("IVY_STATE", ROOT / ".ivy"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def whole_number(setting: str, otherwise: int) -> int:
    """An environment variable as a number of 0 or more. Raises SettingError."""
    value = os.environ.get(setting, str(otherwise))
    if not value.isdigit():
        raise SettingError(f"{setting} is '{value}'; set it to a whole number")
    return int(value)


def keeps_unanswered() -> bool:
    """IVY_KEEP_UNANSWERED: whether questions without an answer are kept, scrubbed, for clinicians. Raises SettingError."""
    value = os.environ.get("IVY_KEEP_UNANSWERED") or "no"
    if value not in ("yes", "no"):
        raise SettingError(f"IVY_KEEP_UNANSWERED is '{value}'; use one of: yes, no")
    return value == "yes"


def keep_days() -> int:
    """IVY_KEEP_DAYS: after so many days conversations are deleted. Raises SettingError."""
    return whole_number("IVY_KEEP_DAYS", KEEP_DAYS)
