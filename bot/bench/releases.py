"""Two signed releases, which a benchmark's installation serves one after the other."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.project import CONTENT, MODELS
from bot.records.database import open_database
from bot.release.bundle import make_release
from bot.release.installing import CURRENT, install, rollback
from bot.release.keys import make_keys, read_private, read_public

CHANGED, WORDS = "voice/goodbye.md", "\nThe next release says this too.\n"


class Releases:
    """In a folder: a key pair, the project's models and content as one release, and a second one with another voice line.
    Raises ReleaseError or ContentError when they cannot be made."""

    def __init__(self, folder: Path) -> None:
        self._public, private = make_keys(folder / "release.key"), read_private(folder / "release.key")
        self._key, self._to, self._files = read_public(self._public), folder / "releases", (folder / "first.ivy", folder / "second.ivy")
        ledger = open_database(f"sqlite:///{folder / 'maker.db'}")
        content = Path(shutil.copytree(CONTENT, folder / "content"))
        make_release(self._files[0], private, MODELS, content, ledger)
        with (content / CHANGED).open("a", encoding="utf-8") as file:
            file.write(WORDS)
        make_release(self._files[1], private, MODELS, content, ledger)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a server that serves the current one."""
        return {"IVY_RELEASE": str(self._to / CURRENT), "IVY_RELEASE_KEY": str(self._public)}

    def install(self, number: int, records: str) -> None:
        """Make the first (0) or the second (1) the current one; its approvals go into the records at that address."""
        install(self._files[number], self._key, self._to, open_database(records))

    def roll_back(self) -> None:
        """Make the one before the current one again."""
        rollback(self._to, self._key)
