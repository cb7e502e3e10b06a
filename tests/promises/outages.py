"""Ways in which parts of a running Ivy break. Each is a context manager that repairs what it broke."""

from __future__ import annotations

import resource
import signal
import sqlite3
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from server import RunningIvy, send, wait_for


@contextmanager
def nothing_broken(ivy: RunningIvy):
    yield


@contextmanager
def actions_stopped(ivy: RunningIvy):
    ivy.kill_actions()
    yield
    ivy.restart_actions()


@contextmanager
def actions_hanging(ivy: RunningIvy):
    """It takes connections and never answers."""
    pids = ivy.action_pids()
    assert pids, "there is no action server to stop"
    for pid in pids:
        send(pid, signal.SIGSTOP)
    yield
    for pid in pids:
        send(pid, signal.SIGCONT)


@contextmanager
def understanding_hanging(ivy: RunningIvy):
    """The process in which messages are understood answers no more. The server ends it, and does its work from then on."""
    hangs = ivy.understanding_pid()
    send(hangs, signal.SIGSTOP)
    yield
    wait_for(lambda: ivy.say("how long does one bag take") and hangs not in ivy.started())


def actions_are_asked(ivy: RunningIvy) -> bool:
    """Whether a request lies unread at the action server's port."""
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(address.endswith(f":{ivy.action_port:04X}") and not queues.endswith(":00000000") for _, address, _, _, queues, *_ in sockets)


@contextmanager
def locked(database: Path, readers_too: bool):
    """Somebody else's transaction that does not end. In WAL mode it keeps readers out only where it locks the whole file."""
    connection = sqlite3.connect(database, isolation_level=None, timeout=20)
    if readers_too:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


def conversations_locked_for_writing(ivy: RunningIvy):
    return locked(ivy.conversations, readers_too=False)


@contextmanager
def conversations_locked(ivy: RunningIvy):
    """The file that Ivy has open cannot be locked for readers, but one that was put in its place can."""
    with moved_away(ivy.conversations), locked(ivy.conversations, readers_too=True):
        yield


def records_locked(ivy: RunningIvy):
    return locked(ivy.records, readers_too=True)


@contextmanager
def both_locked(ivy: RunningIvy):
    """As where both databases live on one server, and that server is down."""
    with conversations_locked(ivy), records_locked(ivy):
        yield


@contextmanager
def moved_away(database: Path):
    """The file is gone under the running server."""
    away = database.parent / "away"
    away.mkdir()
    for file in database.parent.glob(f"{database.name}*"):
        file.rename(away / file.name)
    yield
    for file in database.parent.glob(f"{database.name}*"):
        file.rmdir() if file.is_dir() else file.unlink()
    for file in away.iterdir():
        file.rename(database.parent / file.name)
    away.rmdir()


def conversations_deleted(ivy: RunningIvy):
    return moved_away(ivy.conversations)


@contextmanager
def conversations_a_directory(ivy: RunningIvy):
    with moved_away(ivy.conversations):
        ivy.conversations.mkdir()
        yield


@contextmanager
def conversations_overwritten(ivy: RunningIvy):
    with moved_away(ivy.conversations):
        ivy.conversations.write_bytes(b"this was a database once\n" * 400)
        yield


@contextmanager
def disk_full(ivy: RunningIvy):
    """Nothing can be written any more, not even the log."""
    before = resource.prlimit(ivy.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    yield
    resource.prlimit(ivy.pid, resource.RLIMIT_FSIZE, before)


#: What a broken action server may answer: status, type, body; None for an answer that breaks off.
RUBBISH = {
    "a_page": (200, "text/html", b"<html><h1>It works!</h1></html>"),
    "another_shape": (200, "application/json", b"[1, 2, 3]"),
    "nothing_at_all": (200, "application/json", b"null"),
    "no_json": (200, "application/json", b"{"),
    "a_stack_trace": (500, "text/plain", b"Traceback (most recent call last):\n  File \"actions/action_escalate.py\", line 1\nKeyError"),
    "unknown_events": (200, "application/json", b'{"events": [{"event": "nonsense"}], "responses": [{"response": "utter_no_such_thing"}]}'),
    "words_of_its_own": (200, "application/json", b'{"events": [], "responses": [{"text": "Take two of your neighbour\'s pills."}]}'),
    "broken_off": None,
}


class StandIn(ThreadingHTTPServer):
    """Takes the action server's place and answers whatever `answer` is."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Answers)
        self.answer = RUBBISH["nothing_at_all"]
        self.asked = 0


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked += 1
        status, kind, body = self.server.answer or (200, "application/json", b'{"events": [')
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) + (1000 if self.server.answer is None else 0)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_) -> None:
        pass


@contextmanager
def stand_in(ivy: RunningIvy):
    """A stand-in for the action server, on its port."""
    with actions_stopped(ivy):
        server = StandIn(ivy.action_port)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
        server.server_close()
