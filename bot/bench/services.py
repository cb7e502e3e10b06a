"""PostgreSQL, Redis and nginx of one's own, on free loopback ports, in a folder that goes with them."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Callable, Optional, Sequence

import sqlalchemy as sa
from redis import Redis
from redis.exceptions import RedisError

from bot.bench.ports import free_port
from bot.bench.report import BenchError
from bot.records.postgres import find

LOOPBACK = "127.0.0.1"
START_SECONDS = 30
USER = "ivy"
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def why_missing() -> Optional[str]:
    """Which of the three servers is not installed, or None."""
    missing = [name for name, found in (("PostgreSQL", find("initdb")), ("redis-server", shutil.which("redis-server")), ("nginx", _nginx())) if not found]
    return f"not installed: {', '.join(missing)}; tools/services installs them on Debian and Ubuntu" if missing else why_no_postgres()


def why_no_postgres() -> Optional[str]:
    """Why no PostgreSQL can be started here, or None."""
    if not find("initdb"):
        return "not installed: PostgreSQL; tools/services installs it on Debian and Ubuntu"
    if os.geteuid() == 0 and _other_user() is None:
        return "PostgreSQL does not run as root, and there is no other user to run it"
    return None


class Service:
    """A server process. `start` returns when it answers; raises BenchError when it does not."""

    name = "service"

    def __init__(self) -> None:
        self.folder, self.port = Path(tempfile.mkdtemp(prefix=f"ivy-{self.name}-")), free_port()
        self._process: Optional[subprocess.Popen] = None

    def start(self) -> "Service":
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command(), cwd=self.folder, stdout=log, stderr=log)
        _wait(self._answers, f"{self.name} did not start:\n{(self.folder / 'log').read_text(errors='replace')[-2000:]}")
        return self

    def stop(self) -> None:
        """End it as its operator does; what it has stored stays."""
        self._end(self._gentle)

    def kill(self) -> None:
        """End it as a crash does."""
        self._end(signal.SIGKILL)

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, what: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(what)

    def remove(self) -> None:
        """End it and delete what it has stored."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    _gentle = signal.SIGTERM

    def _end(self, how: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(START_SECONDS)

    def _command(self) -> Sequence[str]:
        raise NotImplementedError

    def _answers(self) -> bool:
        raise NotImplementedError


class RedisServer(Service):
    """Keeps nothing on disk."""

    name = "redis"

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

    def _command(self) -> Sequence[str]:
        return ["redis-server", "--port", str(self.port), "--bind", LOOPBACK, "--save", "", "--appendonly", "no"]

    def _answers(self) -> bool:
        try:
            with Redis.from_url(self.url, socket_timeout=1) as redis:
                return redis.ping()
        except RedisError:
            return False


class PostgresServer(Service):
    """Two empty databases, records and conversations."""

    name = "postgresql"
    _gentle = signal.SIGINT  # "fast": open connections are ended (postgresql.org/docs, "Shutting Down the Server")

    def __init__(self) -> None:
        super().__init__()
        user = _other_user() if os.geteuid() == 0 else None  # it refuses to run as root
        self._as_user = ["setpriv", f"--reuid={user}", "--clear-groups"] if user else []
        if user:
            shutil.chown(self.folder, user)
        self._data = self.folder / "data"
        subprocess.run([*self._as_user, find("initdb"), "-D", str(self._data), "-U", USER, "-A", "trust"], check=True, cwd=self.folder, **QUIET)

    def start(self) -> "PostgresServer":
        first = self._process is None
        super().start()
        if first:
            engine = sa.create_engine(self.address("postgres"), isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                for name in ("records", "conversations"):
                    connection.exec_driver_sql(f"CREATE DATABASE {name}")
            engine.dispose()
        return self

    def address(self, database: str) -> str:
        return f"postgresql://{USER}@{LOOPBACK}:{self.port}/{database}"

    def _command(self) -> Sequence[str]:
        return [*self._as_user, find("postgres"), "-D", str(self._data), "-p", str(self.port), "-k", str(self._data), "-c", f"listen_addresses={LOOPBACK}",
                # or it logs each statement that fails, and each row that it refuses, with the patient's words (postgresql.org/docs, "Error Reporting and Logging")
                "-c", "log_min_error_statement=panic", "-c", "log_error_verbosity=terse"]

    def _answers(self) -> bool:
        return subprocess.run([find("pg_isready"), "-q", "-h", LOOPBACK, "-p", str(self.port)], **QUIET).returncode == 0

    def kill(self) -> None:
        """Its children end with it: immediate shutdown, as after a power cut."""
        self._end(signal.SIGQUIT)


class NginxServer(Service):
    """The front of `replicas`. `write`: makes its configuration in a folder, and returns the file."""

    name = "nginx"
    _gentle = signal.SIGQUIT

    def __init__(self, write: Callable[[Path, int], Path]) -> None:
        super().__init__()
        self.folder.chmod(0o755)
        self.configuration = write(self.folder, self.port)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def checked(self) -> str:
        """What `nginx -t` says; raises BenchError where it refuses."""
        done = subprocess.run([*self._command(), "-t"], capture_output=True, text=True)
        if done.returncode:
            raise BenchError(done.stderr)
        return done.stderr

    def kill(self) -> None:
        """Its workers end with it: killed, it would leave them behind (nginx.org, "Controlling nginx")."""
        self._end(signal.SIGTERM)

    def _command(self) -> Sequence[str]:
        return [_nginx(), "-p", str(self.folder), "-c", str(self.configuration), "-e", str(self.folder / "error.log"), "-g", "daemon off;"]

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((LOOPBACK, self.port)) == 0


def _nginx() -> Optional[str]:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def _other_user() -> Optional[str]:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names and shutil.which("setpriv")), None)


def _wait(happens: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + START_SECONDS
    while not happens():
        if time.monotonic() > end:
            raise BenchError(otherwise)
        time.sleep(0.05)
