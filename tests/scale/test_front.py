"""nginx in front: its configuration is right, and while no Ivy is up it says whom to call, in a form that the chat understands."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest
import requests
from waiting import eventually

from bot.bench.ports import free_port
from bot.bench.report import BenchError
from bot.bench.services import LOOPBACK, NginxServer
from bot.channels.replies import WANTED
from bot.front import outage_conf, write_front
from bot.project import ROOT


class Behind(ThreadingHTTPServer):
    """Stands where an Ivy stands. `breaks`: takes the request and closes the connection without an answer; `thinks`: seconds before it."""

    daemon_threads = True

    def __init__(self, name: str) -> None:
        super().__init__((LOOPBACK, 0), _Answers)
        self.name, self.breaks, self.thinks, self.got = name, False, 0.0, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.got.append((self.path, dict(self.headers), body))
        if self.server.breaks:
            self.close_connection = True
            return
        time.sleep(self.server.thinks)
        words = json.dumps({"by": self.server.name}).encode()
        self.send_response(503 if self.path == "/api/history" else 200)
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        self.wfile.write(words)

    def log_message(self, *_) -> None:
        pass


@pytest.fixture(scope="module")
def behind(installed):
    servers = [Behind("ada"), Behind("bea")]
    yield servers
    for server in servers:
        server.shutdown()


@pytest.fixture(scope="module")
def front(behind):
    server = NginxServer(lambda folder, port: write_front(folder, [one.address for one in behind], f"{LOOPBACK}:{port}")).start()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def alone(installed):
    """nginx with no Ivy behind it."""
    server = NginxServer(lambda folder, port: write_front(folder, [f"{LOOPBACK}:{free_port()}", f"{LOOPBACK}:{free_port()}"], f"{LOOPBACK}:{port}")).start()
    yield server
    server.remove()


@pytest.fixture
def strict(behind):
    """Starts an nginx that limits an address to four requests. `proxies`: those that it believes; `servers`: whom it asks."""
    started = []

    def start(proxies=(), servers=()):
        def write(folder, port):
            main = write_front(folder, servers or [one.address for one in behind], f"{LOOPBACK}:{port}", proxies)
            words = main.read_text().replace("rate=50r/s", "rate=1r/m").replace("burst=200", "burst=3")
            assert "rate=1r/m" in words and "burst=3" in words
            main.write_text(words)
            return main

        started.append(NginxServer(write).start())
        return started[-1]

    yield start
    for server in started:
        server.remove()


@pytest.fixture(autouse=True)
def whole(behind):
    yield
    for server in behind:
        server.breaks, server.thinks, server.got[:] = False, 0.0, []


def ask(front, conversation=None, path="/api/message", forwarded=None, **more):
    headers = {name: value for name, value in (("Ivy-Conversation", conversation), ("X-Forwarded-For", forwarded)) if value}
    return requests.post(front.url + path, json={"text": "hello"}, headers=headers, **{"timeout": 10, **more})


def test_configuration_is_one_that_nginx_takes(front):
    assert "test is successful" in front.checked()


def test_tls_example_is_one_that_nginx_takes(front):
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed; it makes the certificate that nginx asks for")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "c.pem", "-subj", "/CN=localhost", "-days", "1"], cwd=front.folder, check=True, capture_output=True)
    example = (ROOT / "deploy/nginx/tls.conf.example").read_text(encoding="utf-8")
    words = example.replace("/etc/nginx/certificates/fullchain.pem", f"{front.folder}/c.pem").replace("/etc/nginx/certificates/privkey.pem", f"{front.folder}/k.pem").replace("8443", str(free_port()))
    tls = front.folder / "tls.conf"
    tls.write_text(words, encoding="utf-8")
    try:
        assert "test is successful" in front.checked()
        tls.write_text(words + "nonsense on;\n", encoding="utf-8")
        with pytest.raises(BenchError, match="nonsense"):
            front.checked()  # what is written there is read
    finally:
        tls.unlink()


def test_conversation_stays_with_one_ivy_and_conversations_are_spread(front):
    by = {name: {ask(front, name).json()["by"] for _ in range(4)} for name in (f"conversation-{n}" for n in range(24))}
    assert all(len(who) == 1 for who in by.values()) and set.union(*by.values()) == {"ada", "bea"}


def test_person_without_the_header_stays_with_one_ivy(front):
    assert len({ask(front, path="/plain").json()["by"] for _ in range(6)}) == 1


def test_messaging_app_stays_with_one_ivy_whoever_writes(front):
    assert len({ask(front, f"c{n}", "/webhooks/telegram").json()["by"] for n in range(12)}) == 1


def test_ivy_that_breaks_off_is_followed_by_the_other_with_the_same_message(front, behind):
    ada, bea = behind
    ada.breaks = True
    assert {ask(front, f"conversation-{n}").json()["by"] for n in range(12)} == {"bea"}
    assert ada.got and ada.got[0][2] == bea.got[0][2]


def test_ivys_that_all_failed_a_moment_ago_are_asked_all_the_same(front, behind):
    """nginx leaves a server alone that failed twice; with all of them left alone, nobody would be asked."""
    for server in behind:
        server.breaks = True
    assert {ask(front, f"conversation-{n}").status_code for n in range(8)} == {503}
    for server in behind:
        server.breaks = False
    assert {ask(front, f"conversation-{n}").status_code for n in range(8)} == {200}


def test_answer_of_ivys_that_are_all_slow_comes_late_rather_than_not_at_all(front, behind):
    for server in behind:
        server.thinks = 5.0
    answer = ask(front, "conversation-1", timeout=25)
    assert answer.status_code == 200 and answer.json()["by"] in ("ada", "bea")


def test_trouble_that_an_ivy_tells_of_itself_is_passed_on_and_not_asked_twice(front, behind):
    assert ask(front, "conversation-1", "/api/history").status_code == 503
    assert sum(len(server.got) for server in behind) == 1


def test_ivy_learns_the_patients_address_and_the_name_that_was_asked_for(front, behind):
    ask(front, "conversation-1")
    (_, headers, _), = [got for server in behind for got in server.got]
    assert headers["X-Forwarded-For"] == LOOPBACK and headers["Host"] == f"{LOOPBACK}:{front.port}"


def test_patients_behind_a_named_proxy_are_limited_each_and_not_as_one(strict, behind):
    front = strict(proxies=[LOOPBACK, "198.51.100.0/24"])
    assert [ask(front, forwarded="203.0.113.1").status_code for _ in range(6)] == [200] * 4 + [503] * 2
    assert ask(front, forwarded="203.0.113.2").status_code == 200
    assert ask(front, forwarded="203.0.113.1, 198.51.100.7").status_code == 503  # through two proxies


def test_ivy_learns_of_the_patient_behind_a_named_proxy_and_not_of_whom_he_names(strict, behind):
    """Ivy, told of one proxy, takes the last address of the header (sanic/headers.py, `parse_xforwarded`)."""
    ask(strict(proxies=[LOOPBACK]), forwarded="192.0.2.9, 203.0.113.1")
    (_, headers, _), = [got for server in behind for got in server.got]
    assert headers["X-Forwarded-For"].split(", ")[-1] == "203.0.113.1"


def test_address_that_a_stranger_gives_is_not_believed(strict):
    front = strict()
    assert [ask(front, forwarded=f"203.0.113.{n}").status_code for n in range(6)] == [200] * 4 + [503] * 2


def test_metrics_are_not_to_be_seen_from_outside(front, behind):
    assert requests.get(front.url + "/metrics", timeout=10).status_code == 404 and not any(server.got for server in behind)


def test_body_that_no_message_has_is_refused(front, behind):
    assert requests.post(front.url + "/api/message", data=b"x" * 300_000, timeout=10).status_code == 413 and not any(server.got for server in behind)


def test_log_holds_neither_words_nor_conversation_nor_address(front):
    log = front.folder / "access.log"
    ask(front, "conversation-quillfeather", "/api/logged?text=quillfeather")
    eventually(lambda: "/api/logged 200" in log.read_text())  # it is written after the answer
    written = log.read_text()
    assert "quillfeather" not in written and f"{LOOPBACK} " not in written


def test_error_log_holds_neither_words_nor_conversation_nor_address_whatever_goes_wrong(strict, behind):
    """An Ivy that refuses, one that breaks off, and a patient who writes too much: nginx tells of each in its access log only."""
    behind[0].breaks = True
    refuses = f"{LOOPBACK}:{free_port()}"
    front = strict(servers=[refuses, behind[0].address])
    for n in range(6):
        ask(front, f"quillfeather-{n}", "/api/message?text=quillfeather")
    eventually(lambda: (front.folder / "access.log").read_text().count("\n") >= 6)
    told = [line.split(" ", 4)[3:] for line in (front.folder / "access.log").read_text().splitlines()]
    assert any(status == "503" and f"{refuses}" in rest and behind[0].address in rest for status, rest in told), "none was refused and broken off"
    assert any(rest.split()[2] == "-" for _, rest in told), "none was too much"
    errors = "".join((front.folder / name).read_text() for name in ("log", "error.log") if (front.folder / name).exists())
    assert not any(word in errors for word in ("quillfeather", "client", LOOPBACK)), errors


def test_patient_gets_the_numbers_while_no_ivy_is_up(alone, library):
    got = ask(alone, "conversation-1")
    clinic = library.clinic
    (reply,) = got.json()["replies"]
    assert got.status_code == 503 and got.headers["Content-Type"].startswith("application/json") and got.headers["Cache-Control"] == "no-store"
    assert all(number in reply["text"] and number in reply["html"] for number in (clinic.phone, clinic.after_hours_phone, clinic.emergency_number))
    assert {*WANTED, "text", "html", "buttons", "sources", "words", "lang"} == set(reply)


@pytest.mark.parametrize("path", ["/", "/plain", "/demo"])
def test_page_without_an_ivy_is_a_page_with_the_numbers(alone, library, path):
    got = requests.get(alone.url + path, timeout=10)
    assert got.status_code == 503 and got.headers["Content-Type"].startswith("text/html")
    assert library.clinic.phone in got.text and library.clinic.emergency_number in got.text and "<script" not in got.text and "http" not in got.text.replace("</html>", "")


def test_outage_page_is_printed_for_nginx():
    done = subprocess.run([sys.executable, "-m", "bot", "outage-page"], cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout == outage_conf()


def test_outage_page_is_not_printed_in_clinic_mode_while_nobody_signed_its_words(tmp_path):
    environment = {"PATH": "/usr/bin:/bin", "IVY_MODE": "clinic", "IVY_STATE": str(tmp_path)}
    done = subprocess.run([sys.executable, "-m", "bot", "outage-page"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and not done.stdout and "clinic mode cannot start" in done.stderr


def test_nothing_of_nginx_is_left_when_it_is_removed(installed):
    server = NginxServer(lambda folder, port: write_front(folder, [f"{LOOPBACK}:{free_port()}"], f"{LOOPBACK}:{port}")).start()
    workers = eventually(psutil.Process(server.pid).children)  # the port is open before they are there
    server.remove()
    assert not any(psutil.pid_exists(worker.pid) for worker in psutil.wait_procs(workers, 5)[1])


def test_dollar_and_quote_in_content_break_nothing(monkeypatch, installed):
    """nginx would read a dollar sign as the beginning of a variable."""
    monkeypatch.setattr("bot.front._text", lambda: "It's $free \\ \"call\" {now}")
    server = NginxServer(lambda folder, port: write_front(folder, [f"{LOOPBACK}:{free_port()}"], f"{LOOPBACK}:{port}")).start()
    try:
        assert ask(server, "c").json()["replies"][0]["text"] == "It's $free \\ \"call\" {now}"
    finally:
        server.remove()
