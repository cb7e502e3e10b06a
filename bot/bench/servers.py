"""Real servers on the loopback address, started as their operators start them, spoken to over HTTP."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Sequence

import aiohttp
import psutil
import requests

from bot.bench.projects import Project, clean_environment
from bot.bench.report import BenchError
from bot.project import ROOT
from bot.rasa.ports import LOOPBACK

START_SECONDS = 300
FIRST = "what is ivig"


def tree_of(pid: int) -> list[psutil.Process]:
    """A process and all that it started; nothing where it has ended."""
    try:
        server = psutil.Process(pid)
        return [server, *server.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cpu_of(processes: Sequence[psutil.Process]) -> float:
    """CPU seconds that processes have used."""
    return sum(times.user + times.system for times in (process.cpu_times() for process in processes))


def memory_of(process: psutil.Process) -> int:
    """Bytes of memory that a process takes. What several share (a copy of a process and the process, a library) counts once over all
    of them where the system tells it (Linux: PSS, man7.org proc_pid_smaps), else for each."""
    used = process.memory_full_info()
    return getattr(used, "pss", used.rss)


class Server:
    """A process tree that answers messages. Subclasses know the address and the words of its channel."""

    def __init__(self, name: str, project: Project, port: int) -> None:
        self.name, self.project, self.port, self.url = name, project, port, f"http://{LOOPBACK}:{port}"

    def start(self) -> float:
        """Start it and ask once. Returns seconds until the first answer. Raises BenchError when none comes."""
        began, log = time.monotonic(), self.project.folder / "server.log"
        with log.open("wb") as out:
            self._process = subprocess.Popen(self._command(), cwd=self._folder(), env=self._environment(), stdout=out, stderr=out)
        while time.monotonic() - began < START_SECONDS and self._process.poll() is None:
            try:
                if self._first_answer():
                    return time.monotonic() - began
            except requests.RequestException:
                pass
            time.sleep(0.1)
        self.stop()
        raise BenchError(f"{self.name} did not start:\n" + "\n".join(log.read_text(errors="replace").splitlines()[-5:]))

    def stop(self) -> None:
        for process in reversed(self._tree()):
            process.terminate()
        _, left = psutil.wait_procs(self._tree(), 20)
        for process in left:
            process.kill()

    def memory(self) -> list[tuple[str, int]]:
        """Each process of the tree with its memory in bytes."""
        return [(" ".join(process.cmdline()[1:4]) or process.name(), memory_of(process)) for process in self._tree()]

    def cpu(self) -> float:
        """CPU seconds that the tree has used."""
        return cpu_of(self._tree())

    def _command(self) -> list[str]:
        raise NotImplementedError

    def _folder(self) -> Path:
        raise NotImplementedError

    def _environment(self) -> dict:
        raise NotImplementedError

    def _first_answer(self) -> bool:
        raise NotImplementedError

    def _tree(self) -> list[psutil.Process]:
        return tree_of(self._process.pid)

    async def open(self, client: aiohttp.ClientSession) -> str:
        """A new conversation."""
        raise NotImplementedError

    async def ask(self, client: aiohttp.ClientSession, conversation: str, text: str) -> list[dict]:
        """One message's replies; none where the server did not answer it."""
        raise NotImplementedError


class IvyChat:
    """How the chat page speaks to Ivy at `url`."""

    url: str

    async def open(self, client: aiohttp.ClientSession) -> str:
        async with client.post(f"{self.url}/api/session", json={}) as got:
            return (await got.json())["session"]

    async def ask(self, client: aiohttp.ClientSession, conversation: str, text: str) -> list[dict]:
        body = {"session": conversation, "id": uuid.uuid4().hex, "text": text}
        async with client.post(f"{self.url}/api/message", json=body, headers={"Ivy-Conversation": conversation.split(".")[0]}) as got:
            return (await got.json()).get("replies", []) if got.status == 200 else []


class IvyServer(IvyChat, Server):
    """`ivy serve`: page, Rasa and action server."""

    def _command(self) -> list[str]:
        return [sys.executable, "-m", "bot", "serve", "--port", str(self.port)]

    def _folder(self) -> Path:
        return ROOT

    def _environment(self) -> dict:
        folder = self.project.folder
        encoder = {key: value for key, value in self.project.environment.items() if key == "IVY_ENCODER"}
        return clean_environment(IVY_STATE=str(folder / "state"), IVY_MODELS=str(folder / "models"), ACTION_PORT=str(self.port + 1), IVY_ADDRESS_LIMIT="0", **encoder)  # all patients have one address here

    def _first_answer(self) -> bool:
        session = requests.post(f"{self.url}/api/session", json={}, timeout=60).json()["session"]
        return bool(requests.post(f"{self.url}/api/message", json={"session": session, "id": uuid.uuid4().hex, "text": FIRST}, timeout=60).json()["replies"])


class DefaultServer(Server):
    """`rasa run` with the `rest` channel, as `rasa init` leaves it."""

    def _command(self) -> list[str]:
        return [sys.executable, "-m", "rasa", "run", "-m", str(self.project.model), "--endpoints", "endpoints.yml", "--credentials", "credentials.yml",
                "-p", str(self.port), "-i", LOOPBACK]

    def _folder(self) -> Path:
        return self.project.folder

    def _environment(self) -> dict:
        return self.project.environment

    def _first_answer(self) -> bool:
        return bool(requests.post(f"{self.url}/webhooks/rest/webhook", json={"sender": "first", "message": FIRST}, timeout=60).json())

    async def open(self, client: aiohttp.ClientSession) -> str:
        return uuid.uuid4().hex

    async def ask(self, client: aiohttp.ClientSession, conversation: str, text: str) -> list[dict]:
        async with client.post(f"{self.url}/webhooks/rest/webhook", json={"sender": conversation, "message": text}) as got:
            return await got.json() if got.status == 200 else []
