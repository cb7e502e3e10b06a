"""The linters find nothing in deploy/. Each is skipped, with the reason, where it could not be installed."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from bot.project import ROOT

TOOLS = ROOT / ".tools" / "lint" / "bin"
RUN = ROOT / "tools" / "lint" / "run"
LINTERS = re.search(r"\$\{\*:-([^}]+)\}", RUN.read_text(encoding="utf-8"))[1].split()


@pytest.mark.parametrize("linter", LINTERS)
def test_linter_finds_nothing(linter):
    _must_be_there(linter)
    done = subprocess.run([RUN, linter], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("linter", "path", "broken"), [
    ("hadolint", "deploy/Containerfile", lambda text: text.replace("USER 10001:10001", "USER root")),
    ("kubernetes-validate", "deploy/kubernetes/ivy.yml", lambda text: text.replace("readinessProbe:", "readyProbe:")),
    ("check-jsonschema", "deploy/compose.yml", lambda text: text.replace("read_only: true", "read_onlyy: true")),
    ("promtool", "deploy/prometheus/alerts.yml", lambda text: text.replace("expr: ", "expr: )", 1)),
    ("yamllint", "deploy/kubernetes/jobs.yml", lambda text: text.replace("kind: CronJob", "kind: CronJob\nkind: CronJob", 1)),
])
def test_linter_finds_what_is_broken(linter, path, broken, tmp_path):
    """Else a linter that looks at nothing would pass."""
    _must_be_there(linter)
    (tmp_path / ".tools").mkdir()
    (tmp_path / ".tools" / "lint").symlink_to(ROOT / ".tools" / "lint")
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    shutil.copytree(ROOT / "tools" / "lint", tmp_path / "tools" / "lint")
    text = (tmp_path / path).read_text(encoding="utf-8")
    assert broken(text) != text
    (tmp_path / path).write_text(broken(text), encoding="utf-8")
    assert subprocess.run([tmp_path / "tools" / "lint" / "run", linter], capture_output=True).returncode == 1


def _must_be_there(linter: str) -> None:
    if not (TOOLS / linter).exists():
        pytest.skip(f"{linter} is not in .tools/lint: tools/lint/setup could not install it here")
