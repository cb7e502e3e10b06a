"""The clinician's page for tests: started as its operator starts it, over a copy of the content that may be changed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from datetime import date
from pathlib import Path

from patients_words import FOLDERS
from server import IVY, RunningIvy, listens, wait_for

from bot.bench.ports import free_port
from bot.library.library import read_library
from bot.library.serving import Desk
from bot.project import CONTENT, ROOT
from bot.records.database import open_database

PASSWORD = "a few words together"


class RunningPreview:
    """One `ivy preview` with content and state of its own."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="ivy-preview-"))
        FOLDERS.append(folder)
        self.content = Path(shutil.copytree(CONTENT, folder / "content"))
        self.port, self._log = free_port(), folder / "log"
        self.url = f"http://127.0.0.1:{self.port}"
        self.records_url = f"sqlite:///{folder / 'records.db'}"
        self._environment = {**{key: value for key, value in os.environ.items() if not key.startswith("IVY_")}, "IVY_STATE": str(folder), "IVY_CONTENT": str(self.content), "PYTHONUNBUFFERED": "1"}
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen([*IVY, "preview", "--port", str(self.port)], cwd=ROOT, env=self._environment, stdout=log, stderr=log)
        wait_for(lambda: "/setup/" in self.log() or self._process.poll() is not None, 120)
        wait_for(lambda: listens("127.0.0.1", self.port))
        self.engine = open_database(self.records_url)

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(120)
        self.engine.dispose()

    def set_up_link(self) -> str:
        """The link that the first start printed."""
        return re.search(r"http\S+/setup/\S+", self.log())[0]

    def ivy(self, *words: str) -> str:
        """What a command of the operator prints, on the same machine."""
        return subprocess.run([*IVY, *words], cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=120).stdout

    def edit(self, item: str, old: str, new: str) -> None:
        path = self.content / f"{item}.md"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def source(self, item: str) -> str:
        return (self.content / f"{item}.md").read_text(encoding="utf-8")

    def chat(self) -> RunningIvy:
        """A chat in clinic mode over the same content and ledger, starting."""
        # tests that wait for a change ask again and again
        return RunningIvy.start({"IVY_MODE": "clinic", "IVY_DATABASE": self.records_url, "IVY_CONTENT": str(self.content), "IVY_ADDRESS_LIMIT": "0"})

    def clinic_serves(self, item: str) -> str | None:
        """The text that a chat in clinic mode that starts now would serve, or None when it withholds the item."""
        library = read_library(self.content)
        found = Desk(library, self.engine, "clinic").serve(library.items[item], date.today())
        return found.item.source if found else None
