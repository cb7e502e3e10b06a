"""What the dashboard and the alerts ask of Ivy is what a running server tells."""

from __future__ import annotations

import json
import re

import outages
import pytest
import yaml
from server import RunningIvy
from waiting import eventually

from bot.project import ROOT

#: Told by Prometheus itself and by its blackbox exporter.
OTHERS = {"up", "probe_ssl_earliest_cert_expiry"}
PARTS = [f'ivy_ready{{part="{part}"}}' for part in ("model", "content", "conversations", "records")]
_NAME = re.compile(r"\b(?:ivy|process|probe)_[a-z_]+\b|\bup(?=\{)")


@pytest.fixture(scope="module")
def told(running) -> dict[str, str]:
    """Every sample of the server's metrics, after an answer, an alert and something that nobody could answer."""
    for words in ("is this stuff made from other peoples blood", "my lips and throat are getting bigger and i wheeze", "who won the football last night"):
        assert running.say(words).status == 200

    def all_of_it() -> str:
        """What is looked at in the background takes a while, parts that were busy at the first look a quarter of a minute more."""
        body = running.get("/metrics").body
        return body if all(f"{part} 1.0" in body for part in PARTS) and "ivy_approvals_ending{" in body else ""

    return dict(re.findall(r"(?m)^([a-z]\S*?(?:\{.*\})?) (\S+)$", eventually(all_of_it, 60)))


def asked() -> set[str]:
    """Names of metrics in the dashboard, the alert rules and the adapter."""
    dashboard = json.loads((ROOT / "deploy/grafana/ivy.json").read_text(encoding="utf-8"))
    rules = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8"))
    adapter = yaml.safe_load((ROOT / "deploy/prometheus/adapter.yml").read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    queries += [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    return {name for query in [*queries, *(rule["seriesQuery"] for rule in adapter["rules"]["custom"])] for name in _NAME.findall(query)}


def test_dashboard_and_alerts_ask_for_what_is_told(running, told):
    types = dict(re.findall(r"(?m)^# TYPE (\S+) (\S+)$", running.get("/metrics").body))
    names = {f"{name}_bucket" if kind == "histogram" else name for name, kind in types.items()}
    assert len(asked()) > 12 and asked() - OTHERS <= names


def test_server_tells_which_parts_work(told):
    assert {name for name, value in told.items() if name.startswith("ivy_ready{") and value == "1.0"} >= set(PARTS)


def test_server_tells_what_runs(told):
    (build,) = [name for name in told if name.startswith("ivy_build_info{")]
    assert re.search(r'version="\d', build) and re.search(r'model="\w', build)


def test_server_tells_how_long_arrivals_wait_and_that_nobody_waits_now(told):
    assert float(told["ivy_queue_seconds_count"]) > 0 and told["ivy_messages_in_hand"] == "0.0"


def test_message_that_nobody_could_answer_is_counted_by_why(told):
    assert any(name.startswith("ivy_unanswered_total{") and float(value) >= 1 for name, value in told.items())


def test_signatures_that_end_are_told_by_how_soon(told):
    assert {f'ivy_approvals_ending{{days="{days}"}}' for days in (30, 7, 1, 0)} <= set(told)


def ended(ivy: RunningIvy, outcome: str) -> float:
    """How many messages ended so."""
    return sum(float(count) for count in re.findall(rf'(?m)^ivy_messages_total{{.*outcome="{outcome}".*}} (\S+)$', ivy.get("/metrics").body))


def test_deletion_that_failed_is_no_message_without_a_reply(running):
    """The patient got the line for trouble: that is a ticket, and wakes nobody as silence does (IvyFailed, IvySilent)."""
    session, failed, silent = running.session(), ended(running, "failed"), ended(running, "silent")
    with outages.conversations_locked_for_writing(running):
        answer = running.post("/api/forget", {"session": session})
    assert answer.contents == ["voice/service_down"]
    assert (ended(running, "failed"), ended(running, "silent")) == (failed + 1, silent)
