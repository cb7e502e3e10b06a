"""The web channel over HTTP: who may ask, how often, what is refused, and what a retry and a reload get."""

from __future__ import annotations

import json
import uuid

import pytest
import requests
from web_stand_in import REVIEWED


@pytest.fixture()
def post(served):
    def _post(name: str, body: object = None, **headers: str) -> requests.Response:
        return requests.post(f"{served.url}/api/{name}", data=body if isinstance(body, bytes) else json.dumps(body if body is not None else {}), headers=headers, timeout=20)

    return _post


@pytest.fixture()
def session(post) -> str:
    return post("session").json()["session"]


@pytest.fixture()
def listed(site) -> str:
    return f"http://127.0.0.1:{site.server_port}"


def test_listed_site_passes_the_preflight_and_may_read(served, listed, post):
    asked = requests.options(f"{served.url}/api/message", headers={"Origin": listed, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}, timeout=10)
    assert asked.status_code == 204
    assert (asked.headers["Access-Control-Allow-Origin"], asked.headers["Access-Control-Allow-Methods"], asked.headers["Access-Control-Allow-Headers"]) == (listed, "POST", "Content-Type, Ivy-Conversation")
    assert post("session", Origin=listed).headers["Access-Control-Allow-Origin"] == listed
    assert "Origin" in asked.headers["Vary"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_site_that_is_not_listed_gets_no_session_and_may_not_read(post, library, origin):
    answer = post("session", Origin=origin)
    assert (answer.status_code, answer.json()["error"], "session" in answer.json()) == (403, "origin", False)
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert library.clinic.emergency_number in answer.json()["replies"][0]["text"]


def test_refusals_can_be_read_by_a_listed_site_too(post, session, listed):
    for body in (b"not json", json.dumps({"session": session, "id": "1", "text": "a " * 100_000}).encode(), json.dumps({"session": session}).encode(), b'{"session": "forged", "text": "x"}'):
        answer = post("message", body, Origin=listed)
        assert answer.status_code in (400, 401, 413) and answer.headers["Access-Control-Allow-Origin"] == listed


@pytest.mark.parametrize(("body", "problems"), [
    ({"text": 5}, ["text: type string"]),
    ({"text": "x", "id": 5}, ["id: type string"]),
    ({"text": "x", "id": ""}, ["id: minLength 1"]),
    ({"text": "x", "id": "i" * 65}, ["id: maxLength 64"]),
    ({"text": "x", "button": {"a": 1}}, ["button: type string"]),
    ({"text": "   "}, ["body: needs a text or a button"]),
    ({}, ["body: needs a text or a button"]),
    ({"text": 5, "id": 5, "button": "b" * 200}, ["button: maxLength 120", "id: type string", "text: type string"]),
], ids=str)
def test_body_of_another_shape_is_refused_kindly_and_every_problem_is_named(post, session, library, body, problems):
    answer = post("message", {"session": session, **body})
    assert (answer.status_code, answer.json()["error"], answer.json()["problems"]) == (400, "not_text", problems)
    assert library.clinic.emergency_number in answer.json()["replies"][0]["text"]


def test_problems_never_repeat_what_was_typed(post, session):
    assert "secret words" not in json.dumps(post("message", {"session": session, "id": ["secret words"], "text": "secret words"}).json()["problems"])


def test_unknown_door_is_refused_kindly(post, session):
    assert post("tracker", {"session": session}).status_code == 404


def test_retry_is_one_message_in_the_history(post, session):
    message = {"session": session, "id": uuid.uuid4().hex, "text": "what is it"}
    first, retry = post("message", message).json(), post("message", message).json()
    assert retry["replies"] == first["replies"]
    assert [next(iter(line)) for line in post("history", {"session": session}).json()["history"]] == ["you", "ivy"]


def test_history_is_that_of_the_session_alone(post, session):
    post("message", {"session": session, "id": "1", "text": "what is it"})
    other = post("session").json()["session"]
    assert post("history", {"session": other}).json()["history"] == []
    assert post("history", {"session": "web-1"}).status_code == 401


def test_forgotten_conversation_has_no_history(post, session):
    post("message", {"session": session, "id": "1", "text": "what is it"})
    assert post("forget", {"session": session}).json()["replies"][0]["content"] == "voice/forget_done"
    assert post("history", {"session": session}).json()["history"] == []


def test_too_many_messages_of_a_conversation_get_the_line_for_that(post, session, library):
    answers = [post("message", {"session": session, "id": str(n), "text": "what is it"}) for n in range(33)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429] * 3
    assert library.clinic.emergency_number in answers[-1].json()["replies"][0]["text"]


def test_helpful_is_counted_only_for_words_that_were_said(post, session):
    version = post("message", {"session": session, "id": "1", "text": "what is it"}).json()["replies"][0]["version"]
    good = {"session": session, "content": REVIEWED, "version": version, "helpful": True}
    assert post("helpful", good).json()["counted"] is True
    for wrong in ({"version": "0" * 64}, {"content": "voice/start"}, {"content": "answers/no/such"}, {"helpful": "yes"}, {"helpful": None}):
        assert post("helpful", {**good, **wrong}).status_code == 400
    assert post("helpful", {**good, "session": "forged"}).status_code == 401


def test_answer_tells_the_number_of_this_hour(post, library):
    line = post("session").json()["clinic_line"]
    assert library.clinic.phone in line or library.clinic.after_hours_phone in line


@pytest.mark.parametrize("path", ["/", "/ivy.js", "/static/ivy.css", "/static/page.css", "/static/favicon.svg", "/plain", "/demo"])
def test_page_comes_with_a_strict_policy(served, path):
    policy = requests.get(served.url + path, timeout=10).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy and "*" not in policy


@pytest.mark.parametrize("path", ["/static/../web.py", "/static/index.html", "/static/%2e%2e/plain.html", "/static/element.js"])
def test_no_other_file_can_be_fetched(served, path):
    assert requests.get(served.url + path, timeout=10).status_code == 404
