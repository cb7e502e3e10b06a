"""Ivy's real server for tests: started as its operator starts it, spoken to over HTTP, broken for real."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import requests
from patients_words import FOLDERS, RUN
from waiting import eventually

from bot.bench.ports import free_port
from bot.project import ROOT

IVY = [str(ROOT / ".venv" / "bin" / "ivy")]
START_SECONDS = 240
GIVE_UP = 20  # seconds a request may take before the test gives up; the promise is 3
PASSWORD, NOBODY_THERE = "hush-hush", 9  # of a database that is down; 9 is the discard port, where none ever listens


@dataclass(frozen=True)
class Answer:
    """What the patient's browser got."""

    status: int
    seconds: float
    body: str
    headers: dict

    @property
    def json(self) -> dict:
        return json.loads(self.body)

    @property
    def replies(self) -> list[dict]:
        return self.json["replies"]

    @property
    def contents(self) -> list[str]:
        return [reply["content"] for reply in self.replies]

    @property
    def text(self) -> str:
        return "\n".join(reply["text"] for reply in self.replies)


class RunningIvy:
    """One `ivy serve` with a state folder of its own. Remembers what patients typed, to look for it in the log."""

    def __init__(self, process: subprocess.Popen, folder: Path, port: int, action_port: int) -> None:
        self._process, self.folder, self.port, self.action_port = process, folder, port, action_port
        self.url = f"http://127.0.0.1:{port}"
        self._typed: list[str] = []
        self._sessions: list[str] = []
        self._restarted: subprocess.Popen | None = None
        self.alerted: set[str] = set()  # ids of messages that were answered with a call to be made now

    @classmethod
    def start(cls, env: dict | None = None, models: Path | None = None, port: int | None = None, within=lambda folder: []) -> "RunningIvy":
        """Start a server. `ready` waits for it, so that several can start at once. `within`: the command that starts it,
        for a state folder, if something else does."""
        folder = Path(tempfile.mkdtemp(prefix="ivy-served-"))
        FOLDERS.append(folder)
        port, action_port = port or free_port(), free_port()
        # unbuffered, or words would reach the log only after a test has looked
        own = {"IVY_STATE": str(folder), "ACTION_PORT": str(action_port), "PYTHONUNBUFFERED": "1", **({"IVY_MODELS": str(models)} if models else {})}
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("IVY_")}
        with open(folder / "log", "wb") as log:
            process = subprocess.Popen([*within(folder), *IVY, "serve", "--port", str(port)], cwd=ROOT, env={**inherited, **own, **(env or {})}, stdout=log, stderr=log)
        ivy = cls(process, folder, port, action_port)
        ivy.records_url = {**own, **(env or {})}.get("IVY_DATABASE") or f"sqlite:///{ivy.records}"
        return ivy

    def ready(self) -> "RunningIvy":
        """Wait until the server says that it can be used, and for the action server, for which it does not wait itself."""
        end = time.monotonic() + START_SECONDS
        while "Ivy is ready" not in self.log():
            assert self._process.poll() is None, f"the server ended:\n{self.log()}"
            assert time.monotonic() < end, f"the server did not start:\n{self.log()}"
            time.sleep(0.2)
        wait_for(lambda: listens("127.0.0.1", self.action_port))
        return self

    def exit_code(self) -> int:
        """Wait for the server to end by itself."""
        return self._process.wait(START_SECONDS)

    def interrupt(self) -> None:
        """End the server as Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    def crash(self) -> None:
        """End the server as a crash does: no process gets to say goodbye."""
        self._process.kill()
        self._process.wait(20)

    def stop(self) -> None:
        """End what is left of the server."""
        left = self.action_pids()
        self.interrupt()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
        for pid in left:
            send(pid, signal.SIGKILL)

    @property
    def pid(self) -> int:
        return self._process.pid

    def action_pids(self) -> list[int]:
        """The action server: the process this server started, or that took its place."""
        running = self._restarted and self._restarted.poll() is None
        return [pid for pid in self.started() if _was_started_with(pid, "rasa_sdk")] + ([self._restarted.pid] if running else [])

    def understanding_pid(self) -> int:
        """The process in which messages are understood."""
        (pid,) = (pid for pid in self.started() if _was_started_with(pid, "serve"))  # it is a copy of the server
        return pid

    def started(self) -> list[int]:
        return [pid for pid, parent in _parents() if parent == self._process.pid]

    def kill_actions(self) -> None:
        """End the action server as a crash does."""
        for pid in self.action_pids():
            send(pid, signal.SIGKILL)
        wait_for(lambda: not listens("127.0.0.1", self.action_port))

    def restart_actions(self) -> None:
        """Another action server in the place of one that was killed, as an operator would start it."""
        command = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(self.action_port)]
        environment = {**os.environ, "IVY_STATE": str(self.folder), "SANIC_HOST": "127.0.0.1"}
        self._restarted = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: listens("127.0.0.1", self.action_port))

    @property
    def conversations(self) -> Path:
        return self.folder / "conversations.db"

    @property
    def records(self) -> Path:
        return self.folder / "records.db"

    # ---- talking ----

    def post(self, path: str, body: dict | None = None, raw: bytes | None = None) -> Answer:
        began = time.monotonic()
        data = raw if raw is not None else json.dumps(body or {}).encode()
        got = requests.post(self.url + path, data=data, headers={"Content-Type": "application/json"}, timeout=GIVE_UP)
        answer = Answer(got.status_code, time.monotonic() - began, got.text, dict(got.headers))
        if path == "/api/message" and body and got.status_code == 200 and any(reply.get("tier") in ("urgent", "emergency") for reply in answer.replies):
            self.alerted.add(body["id"])
        return answer

    def get(self, path: str) -> Answer:
        began = time.monotonic()
        got = requests.get(self.url + path, timeout=GIVE_UP)
        return Answer(got.status_code, time.monotonic() - began, got.text, dict(got.headers))

    def session(self) -> str:
        token = self.post("/api/session").json["session"]
        self._sessions.append(token)
        return token

    @staticmethod
    def conversation_id(session: str) -> str:
        """The id that the server gave the conversation; it stands in the token, signed."""
        return "web-" + json.loads(base64.urlsafe_b64decode(session.split(".")[0] + "=="))

    def say(self, text: str, session: str | None = None, message_id: str | None = None) -> Answer:
        """Type a message, in a new conversation unless one is given."""
        self._typed.append(text)
        return self.post("/api/message", {"session": session or self.session(), "id": message_id or uuid.uuid4().hex, "text": text})

    def press(self, button: str, session: str) -> Answer:
        return self.post("/api/message", {"session": session, "id": uuid.uuid4().hex, "button": button})

    # ---- looking behind ----

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def leaked(self) -> list[str]:
        """What stands in the log of a patient's: words that were typed, a few in a row, and conversations' ids."""
        log = " ".join(self.log().lower().split())
        found = {run for text in self._typed for run in _runs(text.lower()) if run in log}
        return sorted(found | {name for name in map(self.conversation_id, self._sessions) if name in log})


def _runs(text: str) -> set[str]:
    words = text.split()
    return {" ".join(words[i : i + RUN]) for i in range(max(1, len(words) - RUN + 1))}


def _was_started_with(pid: int, what: str) -> bool:
    try:
        return what.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False  # it ended meanwhile


def _parents() -> list[tuple[int, int]]:
    """Each process with its parent."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, after = stat.read_text().rsplit(")", 1)
        except (OSError, ValueError):
            continue  # it ended meanwhile
        found.append((int(name.split()[0]), int(after.split()[1])))
    return found


def wait_for(happens, seconds: float = 60) -> None:
    """`eventually`, as patient as the start of a real server needs."""
    eventually(happens, seconds)


def listens(host: str, port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def send(pid: int, what: signal.Signals) -> None:
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        pass
