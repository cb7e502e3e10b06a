"""What the Kubernetes manifests promise: pods that may do little, that are watched, and that leave in good order."""

from __future__ import annotations

import re

import pytest
import yaml
from deployment import DEPLOY, compose, pods, resources, text

from bot.project import ROOT

PODS = pods()
SERVERS = {name: pod for name, pod in PODS.items() if name in ("ivy", "nginx")}


def box(pod: dict) -> dict:
    """The one container of a pod."""
    (only,) = pod["spec"]["containers"]
    return only


def find(kind: str, name: str) -> dict:
    return next(tree for tree in resources(kind) if tree["metadata"]["name"] == name)


def seconds(probe: dict) -> int:
    return probe["periodSeconds"] * probe.get("failureThreshold", 3)


@pytest.mark.parametrize("name", PODS)
def test_pod_is_no_root_and_cannot_become_it(name):
    whole, own = PODS[name]["spec"]["securityContext"], box(PODS[name])["securityContext"]
    assert whole["runAsNonRoot"] and whole["runAsUser"] > 0 and whole["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own["allowPrivilegeEscalation"] is False and own["readOnlyRootFilesystem"] is True and own["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("name", PODS)
def test_pod_gets_no_key_to_the_cluster(name):
    assert PODS[name]["spec"]["automountServiceAccountToken"] is False


@pytest.mark.parametrize("name", PODS)
def test_pod_asks_for_what_it_needs_and_its_memory_has_an_end(name):
    resources_of = box(PODS[name])["resources"]
    assert {"cpu", "memory"} <= set(resources_of["requests"]) and "memory" in resources_of["limits"]


@pytest.mark.parametrize("name", SERVERS)
def test_server_has_three_probes_and_time_to_leave(name):
    probed, pod = box(SERVERS[name]), SERVERS[name]["spec"]
    assert all(probe in probed for probe in ("startupProbe", "readinessProbe", "livenessProbe"))
    wait = int(re.search(r"\d+", " ".join(probed["lifecycle"]["preStop"]["exec"]["command"]))[0])
    assert pod["terminationGracePeriodSeconds"] >= wait + 10


def test_ivy_is_restarted_on_live_alone():
    ivy = box(PODS["ivy"])
    assert ivy["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert {ivy[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe")} == {"/live"}


def test_ivy_may_take_three_minutes_to_start():
    assert seconds(box(PODS["ivy"])["startupProbe"]) >= 180


def test_patients_are_answered_while_no_replica_is_ready():
    """Without its database every replica is unready, and each still answers with the safety net."""
    assert find("Service", "ivy")["spec"]["publishNotReadyAddresses"] is True


def test_old_replicas_stay_until_new_ones_are_ready():
    assert find("Deployment", "ivy")["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


@pytest.mark.parametrize("name", SERVERS)
def test_a_drained_node_leaves_one_server(name):
    budget = find("PodDisruptionBudget", name)["spec"]
    assert budget["minAvailable"] == 1 and budget["selector"]["matchLabels"].items() <= PODS[name]["metadata"]["labels"].items()


def test_replicas_follow_waiting_time_and_cpu():
    scaler = find("HorizontalPodAutoscaler", "ivy")["spec"]
    assert scaler["minReplicas"] >= 2 and "replicas" not in find("Deployment", "ivy")["spec"]
    assert {metric["type"] for metric in scaler["metrics"]} == {"Pods", "Resource"}


def test_nothing_may_talk_to_anything_unless_a_policy_says_so():
    assert find("NetworkPolicy", "deny-all")["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize("name", PODS)
def test_each_pod_has_a_policy_of_its_own(name):
    labels = PODS[name]["metadata"]["labels"].items()
    chosen = [tree["spec"]["podSelector"].get("matchLabels") for tree in resources("NetworkPolicy")]
    assert any(selector and selector.items() <= labels for selector in chosen)


def test_outside_is_reached_without_the_clusters_own_addresses():
    outside = [to["ipBlock"] for tree in resources("NetworkPolicy") for rule in tree["spec"].get("egress", ()) for to in rule.get("to", ()) if to.get("ipBlock", {}).get("cidr") == "0.0.0.0/0"]
    assert outside and all({"10.0.0.0/8", "169.254.0.0/16"} <= set(block["except"]) for block in outside)


def test_webhooks_and_mail_with_tls_are_let_out():
    """https, and both ways of docs/notifications.md to a mail server."""
    (outside,) = [rule for tree in resources("NetworkPolicy") for rule in tree["spec"].get("egress", ()) if any(to.get("ipBlock", {}).get("cidr") == "0.0.0.0/0" for to in rule.get("to", ()))]
    assert {port["port"] for port in outside["ports"]} == {443, 465, 587}


@pytest.mark.parametrize("path", ["README.md", "kubernetes/scaling.yml"])
def test_connections_that_postgresql_must_take_are_told(path):
    """22 of each replica (docs/scaling.md) while an update starts one more, and 10."""
    most = find("HorizontalPodAutoscaler", "ivy")["spec"]["maxReplicas"] + find("Deployment", "ivy")["spec"]["strategy"]["rollingUpdate"]["maxSurge"]
    words = " ".join(text(DEPLOY / path).split())
    assert "max_connections" in words and f"{22 * most + 10}" in words


def test_replica_gets_the_memory_that_was_measured_and_half_as_much_again():
    measured = re.search(r"memory \(([\d.]+) GB each, measured\)", text(ROOT / "docs" / "scaling.md"))[1]
    asked, most = (int(box(PODS["ivy"])["resources"][which]["memory"].removesuffix("Mi")) for which in ("requests", "limits"))
    assert asked * 2**20 >= float(measured) * 1e9 and most == 1.5 * asked
    assert compose()["services"]["ivy-1"]["mem_limit"] == f"{most}m" and f"needs {measured} GB of memory" in text(DEPLOY / "README.md")


def test_purge_and_backup_run_each_day_and_one_at_a_time():
    commands = {job["metadata"]["name"]: job["spec"] for job in resources("CronJob")}
    assert set(commands) == {"ivy-purge", "ivy-backup"}
    assert all(re.fullmatch(r"\d+ \d+ \* \* \*", job["schedule"]) and job["concurrencyPolicy"] == "Forbid" for job in commands.values())


def test_kustomization_takes_every_file_but_the_secrets_template():
    listed = yaml.safe_load(text(DEPLOY / "kustomization.yaml"))["resources"]
    assert set(listed) == {f"kubernetes/{path.name}" for path in (DEPLOY / "kubernetes").glob("*.yml")} - {"kubernetes/secret.template.yml"}


@pytest.mark.parametrize("name", ["ivy-1", "ivy-2"])
def test_composed_server_is_as_locked_down(name):
    service = compose()["services"][name]
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["user"] == "10001:10001" and "/tmp" in service["tmpfs"]
    assert "no-new-privileges:true" in service["security_opt"] and "ports" not in service


def test_only_nginx_is_reached_from_outside():
    assert [name for name, service in compose()["services"].items() if "ports" in service] == ["nginx"]
