"""Ivy's web channel over a script, a clinic's page on another origin, and a browser."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from patient import WIDE, Visit

from bot.bench.ports import free_port
from bot.project import ROOT

START_SECONDS = 120


class Served:
    """The stand-in, as a process that can be stopped, woken and killed."""

    def __init__(self, port: int, site: str) -> None:
        self.port, self.url, self.folder = port, f"http://127.0.0.1:{port}", Path(tempfile.mkdtemp(prefix="ivy-web-"))
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("IVY_")}
        self._env = {**inherited, "IVY_STATE": str(self.folder), "IVY_ORIGINS": site, "PYTHONPATH": str(ROOT)}
        self.start()

    def start(self) -> None:
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen([sys.executable, str(Path(__file__).with_name("web_stand_in.py")), str(self.port)], cwd=ROOT, env=self._env, stdout=log, stderr=log)

    def ready(self) -> "Served":
        end = time.monotonic() + START_SECONDS
        while not listens(self.port):
            assert self._process.poll() is None and time.monotonic() < end, (self.folder / "log").read_text(errors="replace")
            time.sleep(0.1)
        return self

    def send(self, what: signal.Signals) -> None:
        self._process.send_signal(what)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(20)


class Site(BaseHTTPRequestHandler):
    """The clinic's own website: another origin, with as strict a policy as a site can have. `/no-html` names no
    policy of Ivy's in its Trusted Types."""

    def do_GET(self) -> None:
        ivy = self.server.ivy
        types = "other" if self.path == "/no-html" else "ivy"
        page = (f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>A clinic</title>'
                f'<script src="{ivy}/ivy.js" data-server="{ivy}" defer></script></head><body><main><h1>A clinic</h1><p id="words">Words of the clinic. <a href="/about">About us</a></p></main></body></html>')
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", f"default-src 'none'; script-src {ivy}/ivy.js; connect-src {ivy}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types {types}")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_) -> None:
        pass


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def site():
    """The address of the clinic's website."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="session")
def served(site):
    """The stand-in, running."""
    served = Served(free_port(), f"http://127.0.0.1:{site.server_port}")
    site.ivy = served.url
    yield served.ready()
    served.kill()


@pytest.fixture(scope="session")
def browser(chromium):
    return chromium


@pytest.fixture()
def arrive(browser, served, site):
    """Come to the clinic's website, or with `own=True` to Ivy's own page; more are options of Playwright's context."""
    contexts = []

    def _arrive(own: bool = False, path: str = "/", **options) -> Visit:
        contexts.append(browser.new_context(**{"viewport": WIDE, **options}))
        visit = Visit(contexts[-1].new_page())
        visit.page.goto((served.url if own else f"http://127.0.0.1:{site.server_port}") + path)
        return visit

    yield _arrive
    for context in contexts:
        context.close()


@pytest.fixture()
def visit(arrive):
    """The widget on the clinic's website: opened, agreed to, greeted."""
    visit = arrive()
    visit.open()
    visit.agree()
    return visit
