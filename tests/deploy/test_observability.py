"""The dashboard and the alert rules ask for what is there, in words that Prometheus understands."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
import yaml
from deployment import DEPLOY, resources, text

from bot.channels.health import NOT_NEEDED
from bot.project import ROOT

DASHBOARD = json.loads(text(DEPLOY / "grafana" / "ivy.json"))
RULES = [rule for group in yaml.safe_load(text(DEPLOY / "prometheus" / "alerts.yml"))["groups"] for rule in group["rules"]]
PROMTOOL = ROOT / ".tools" / "lint" / "bin" / "promtool"
RUNBOOKS = text(ROOT / "docs" / "operations.md")


def panels() -> list[dict]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def queries() -> list[str]:
    """Every expression of the dashboard."""
    return [target["expr"] for panel in panels() for target in panel["targets"]]


def query_of(title: str) -> str:
    (panel,) = [panel for panel in panels() if panel["title"] == title]
    return panel["targets"][0]["expr"]


def cluster_job() -> dict:
    """What Prometheus scrapes in a cluster."""
    (job,) = yaml.safe_load(text(DEPLOY / "prometheus" / "kubernetes.yml"))["scrape_configs"]
    return job


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_alert_says_how_urgent_it_is_and_where_its_runbook_is(rule):
    assert rule["labels"]["severity"] in ("page", "ticket") and rule["annotations"]["summary"]
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"
    assert re.search(rf"^### {rule['alert']}\n\S", RUNBOOKS, re.M), "it has no words there"


def test_runbook_has_no_alert_that_is_gone():
    assert set(re.findall(r"^### (\w+)$", RUNBOOKS, re.M)) == {rule["alert"] for rule in RULES}


def test_prometheus_understands_every_query(tmp_path):
    if not PROMTOOL.exists():
        pytest.skip("promtool is not in .tools/lint: tools/lint/setup could not install it here")
    plain = [query.replace("$__rate_interval", "5m").replace("$job", "ivy") for query in queries()]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "q", "rules": [{"record": f"q{number}", "expr": query} for number, query in enumerate(plain)]}]}))
    done = subprocess.run([PROMTOOL, "check", "rules", tmp_path / "rules.yml"], capture_output=True, text=True)
    assert len(plain) > 20 and done.returncode == 0, done.stderr


def test_alerts_fire_when_they_should_and_only_then():
    """tests/deploy/alerts.yml plays each situation to the rules."""
    if not PROMTOOL.exists():
        pytest.skip("promtool is not in .tools/lint: tools/lint/setup could not install it here")
    done = subprocess.run([PROMTOOL, "test", "rules", "tests/deploy/alerts.yml"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_understands_what_it_is_to_scrape_in_a_cluster(tmp_path):
    """But for how pods are found: Debian's promtool is built without that. The tests of the cluster's job below look at it."""
    if not PROMTOOL.exists():
        pytest.skip("promtool is not in .tools/lint: tools/lint/setup could not install it here")
    known = {key: value for key, value in cluster_job().items() if key != "kubernetes_sd_configs"}
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump({"scrape_configs": [known]}))
    done = subprocess.run([PROMTOOL, "check", "config", "--syntax-only", tmp_path / "prometheus.yml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_played():
    played = yaml.safe_load(text(ROOT / "tests" / "deploy" / "alerts.yml"))["tests"]
    firing = {case["alertname"] for test in played for case in test["alert_rule_test"] if case.get("exp_alerts")}
    quiet = {case["alertname"] for test in played for case in test["alert_rule_test"] if not case.get("exp_alerts")}
    assert firing == quiet == {rule["alert"] for rule in RULES}


def test_panels_lie_beside_each_other():
    taken = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken and at["x"] + at["w"] <= 24, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_scaling_asks_for_what_the_adapter_makes():
    (scaler,) = resources("HorizontalPodAutoscaler")
    asked = {metric["pods"]["metric"]["name"] for metric in scaler["spec"]["metrics"] if metric["type"] == "Pods"}
    made = {rule["name"]["as"] for rule in yaml.safe_load(text(DEPLOY / "prometheus" / "adapter.yml"))["rules"]["custom"]}
    assert asked == made


def test_cluster_gives_the_labels_that_the_adapter_looks_for():
    (rule,) = yaml.safe_load(text(DEPLOY / "prometheus" / "adapter.yml"))["rules"]["custom"]
    given = {step["target_label"] for step in cluster_job()["relabel_configs"] if "target_label" in step}
    assert set(re.findall(r'(\w+)!=""', rule["seriesQuery"])) == set(rule["resources"]["overrides"]) == given


def test_cluster_job_finds_the_servers_and_the_alerts_know_it_by_name():
    found, (ivy,) = cluster_job()["kubernetes_sd_configs"][0], [tree for tree in resources("Deployment") if tree["metadata"]["name"] == "ivy"]
    label, value = found["selectors"][0]["label"].split("=")
    assert ivy["spec"]["template"]["metadata"]["labels"][label] == value
    assert found["namespaces"]["names"] == [ivy["metadata"]["namespace"]]
    ports = [port["name"] for box in ivy["spec"]["template"]["spec"]["containers"] for port in box["ports"]]
    assert [step["regex"] for step in cluster_job()["relabel_configs"] if step.get("action") == "keep"] == ports
    assert cluster_job()["job_name"] == "ivy" and any('up{job="ivy"}' in rule["expr"] for rule in RULES)


def test_replica_without_what_it_does_not_need_is_shown_as_ready():
    """As /ready says (bot/channels/health.py)."""
    apart = f'part!~"{"|".join(sorted(NOT_NEEDED))}"'
    assert apart in query_of("Replicas ready")
    assert [rule["expr"] for rule in RULES if rule["alert"] == "IvyReplicaNotReady" and apart in rule["expr"]]


def test_notices_are_not_counted_once_for_each_replica():
    """Each tells the same table's count."""
    assert query_of("Notices not delivered").startswith("max(")


def test_message_that_got_the_line_for_trouble_is_not_shown_as_one_without_a_reply():
    assert 'outcome="silent"' in query_of("Messages without a reply, today")
