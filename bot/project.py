"""Where the project's files are, and the settings that come from the environment."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTENT = Path(os.environ.get("IVY_CONTENT", ROOT / "content"))
DATA = ROOT / "data"
MODELS = Path(os.environ.get("IVY_MODELS", ROOT / "models"))


class SettingError(ValueError):
    """A setting (environment variable or option) that cannot be used; the message says which values can."""


def state_folder() -> Path:
    """The folder for what this installation makes itself: databases and the session secret.

    IVY_STATE moves it. It is created readable by its owner only, because it holds conversations."""
    folder = Path(os.environ.get("IVY_STATE", ROOT / ".ivy"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
