"""The files of deploy/ as data."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from bot.project import ROOT

DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def resources(kind: str = "") -> list[dict]:
    """Every Kubernetes resource, or those of a kind."""
    every = [tree for path in sorted((DEPLOY / "kubernetes").glob("*.yml")) for tree in yaml.safe_load_all(text(path))]
    return [tree for tree in every if not kind or tree["kind"] == kind]


def pods() -> dict[str, dict]:
    """The pod of each Deployment and CronJob, by name."""
    jobs = {job["metadata"]["name"]: job["spec"]["jobTemplate"]["spec"]["template"] for job in resources("CronJob")}
    return {tree["metadata"]["name"]: tree["spec"]["template"] for tree in resources("Deployment")} | jobs


def compose() -> dict:
    return yaml.safe_load(text(DEPLOY / "compose.yml"))


def stages() -> list[str]:
    """The Containerfile, cut at each FROM."""
    return re.split(r"(?m)^(?=FROM )", "\n".join(line for line in CONTAINERFILE.splitlines() if not line.startswith("#")))[1:]


def images() -> dict[str, str]:
    """Every image that is named, with where."""
    found = {f"compose {name}": service["image"] for name, service in compose()["services"].items()}
    found |= {f"kubernetes {name} {box['name']}": box["image"] for name, pod in pods().items() for box in [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]}
    return found | {f"stage {number}": stage.split()[1] for number, stage in enumerate(stages())}
