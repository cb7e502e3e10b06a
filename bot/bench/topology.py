"""Several Ivys on this machine as they run on several: one PostgreSQL, one Redis, one nginx, all started here."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from glob import glob
from pathlib import Path
from typing import Mapping, Optional

import psutil
import requests

from bot.bench.ports import free_port
from bot.bench.projects import clean_environment
from bot.bench.releases import Releases
from bot.bench.report import BenchError
from bot.bench.servers import cpu_of, memory_of, tree_of
from bot.bench.services import LOOPBACK, NginxServer, PostgresServer, RedisServer
from bot.front import write_front
from bot.project import ROOT

START_SECONDS = 300
STOP_SECONDS = 120
RECORD_SECONDS = 30
FAKETIME = next(iter(glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), "")


class Replica:
    """One `ivy serve` with its action server, in a state folder of its own."""

    def __init__(self, name: str, environment: Mapping[str, str], own_clock: bool = False) -> None:
        self.name, self.folder, self.port, self.action_port = name, Path(tempfile.mkdtemp(prefix=f"ivy-{name}-")), free_port(), free_port()
        encoder = {key: value for key, value in os.environ.items() if key == "IVY_ENCODER"}
        self._clock = self.folder / "clock"
        faked = {} if not own_clock else {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(self._clock), "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_CACHE_DURATION": "1"}
        self.set_clock(0)
        own = {"IVY_STATE": str(self.folder), "ACTION_PORT": str(self.action_port), "PYTHONUNBUFFERED": "1"}
        self._environment = clean_environment(**encoder, **own, **faked, **environment)
        self._process: Optional[subprocess.Popen] = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> "Replica":
        """Begin to start; `ready` waits, so that several can start at once."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen([sys.executable, "-m", "bot", "serve", "--port", str(self.port)], cwd=ROOT, env=self._environment, stdout=log, stderr=log)
        return self

    def ready(self) -> "Replica":
        """Wait until it can be used. Raises BenchError when it ends or takes too long."""
        end = time.monotonic() + START_SECONDS
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() > end:
                raise BenchError(f"{self.name} did not start:\n" + "\n".join(self.log().splitlines()[-8:]))
            time.sleep(0.2)
        return self

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/ready", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def content(self) -> str:
        """The version of the content that it serves."""
        return requests.get(f"{self.url}/ready", timeout=5).json()["content"]["version"]

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, what: signal.Signals) -> None:
        """Send the server itself a signal."""
        self._process.send_signal(what)

    def wait(self) -> int:
        """Wait for its end. Returns the exit code."""
        return self._process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """End it as a crash does."""
        self.tell(signal.SIGKILL)
        self.wait()

    def set_clock(self, seconds: float) -> None:
        """Put its own clock forward, or back (libfaketime)."""
        self._clock.write_text(f"{seconds:+.0f}\n", encoding="utf-8")

    def actions(self) -> psutil.Process:
        """Its action server. Raises BenchError where there is none."""
        for child in psutil.Process(self.pid).children():
            if "rasa_sdk" in child.cmdline():
                return child
        raise BenchError(f"{self.name} has no action server")

    def remove(self) -> None:
        """End it, however it is, and delete its folder."""
        if self._process and self._process.poll() is None:
            for process in reversed(tree_of(self.pid)):
                process.kill()
            self.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def unrecorded(self) -> int:
        """Alerts on its disk that the records do not have yet."""
        return sum(1 for _ in (self.folder / "escalations").glob("*.json"))

    def cpu(self) -> float:
        """CPU seconds of its processes."""
        return cpu_of(tree_of(self.pid))

    def memory(self) -> int:
        """Bytes of memory of its processes."""
        return sum(map(memory_of, tree_of(self.pid)))

    def descriptors(self) -> int:
        """Open file descriptors of the server."""
        return psutil.Process(self.pid).num_fds()


class Topology:
    """All of it, serving a signed release. Use it as a context manager: what was started ends with it. `own_clocks`: each Ivy has
    a clock that can be set. Raises BenchError where that needs libfaketime and it is not installed."""

    def __init__(self, replicas: int, more: Mapping[str, str] | None = None, own_clocks: bool = False) -> None:
        if own_clocks and not FAKETIME:
            raise BenchError("a clock can be set for one process only with libfaketime; install libfaketime, or leave this drill out with --drill")
        self._folder = Path(tempfile.mkdtemp(prefix="ivy-releases-"))
        self.releases = Releases(self._folder)
        self.redis, self.postgres = RedisServer(), PostgresServer()
        shared = {**self.releases.environment, "IVY_DATABASE": self.postgres.address("records"), "IVY_TRACKERS": self.postgres.address("conversations"), "IVY_REDIS": self.redis.url,
                  "IVY_SECRET": secrets.token_hex(32), "IVY_ADDRESS_LIMIT": "0", "SANIC_PROXIES_COUNT": "1", **(more or {})}
        self.environment = shared
        self.replicas = [Replica(f"replica{number}", shared, own_clocks) for number in range(1, replicas + 1)]
        self.front = NginxServer(lambda folder, port: write_front(folder, [f"{LOOPBACK}:{replica.port}" for replica in self.replicas], f"{LOOPBACK}:{port}"))

    def __enter__(self) -> "Topology":
        try:
            self.redis.start()
            self.postgres.start()
            self.releases.install(0, self.postgres.address("records"))
            for replica in self.replicas:
                replica.start()
            for replica in self.replicas:
                replica.ready()
            self.front.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def record_all(self) -> None:
        """Wait until no Ivy has an alert that the records do not have, RECORD_SECONDS at the most."""
        end = time.monotonic() + RECORD_SECONDS
        while any(replica.unrecorded() for replica in self.replicas) and time.monotonic() < end:
            time.sleep(0.1)

    def logs(self) -> list[Path]:
        """The log files of every part."""
        return [path for part in (self.front, *self.replicas, self.postgres, self.redis) for path in sorted(part.folder.glob("*log"))]

    def __exit__(self, *_: object) -> None:
        for part in (self.front, *self.replicas, self.postgres, self.redis):
            part.remove()
        shutil.rmtree(self._folder, ignore_errors=True)
