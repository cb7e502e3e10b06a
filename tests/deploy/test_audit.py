"""The list of vulnerabilities that Ivy lives with: complete, and looked at again in time. And what makes `make audit` fail."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from datetime import date, timedelta

import pytest

from bot.project import ROOT

_spec = importlib.util.spec_from_file_location("audit", ROOT / "tools" / "lint" / "audit.py")
audit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(audit)

TODAY = date(2027, 1, 1)
ENTRY = {"id": "CVE-2026-0001", "package": "rasa", "why": "not reached", "source": "https://example.org", "review": TODAY}
FAULT = {"name": "rasa", "version": "3.6.21", "vulns": [{"id": "PYSEC-2026-1", "aliases": ["CVE-2026-0001"], "fix_versions": ["4.0"]}]}


def test_list_is_complete_and_no_entry_is_overdue():
    assert audit.read_allowed() and not audit.problems_of_list(audit.read_allowed(), date.today(), audit.locked_packages())


@pytest.mark.parametrize("key", audit.KEYS)
def test_entry_without_a_key_is_a_problem(key):
    assert audit.problems_of_list([{name: value for name, value in ENTRY.items() if name != key}], TODAY, ["rasa"])


@pytest.mark.parametrize("review", [TODAY - timedelta(1), TODAY + timedelta(400), "soon"])
def test_review_that_has_passed_or_is_too_far_or_no_date_is_a_problem(review):
    assert len(audit.problems_of_list([{**ENTRY, "review": review}], TODAY, ["rasa"])) == 1


def test_entry_of_a_package_that_is_gone_or_that_stands_twice_is_a_problem():
    assert len(audit.problems_of_list([ENTRY], TODAY, ["spacy"])) == 1
    assert len(audit.problems_of_list([ENTRY, ENTRY], TODAY, ["rasa"])) == 1


def test_vulnerability_on_the_list_is_no_problem_by_any_of_its_names():
    assert audit.problems_of_audit([FAULT], [ENTRY]) == []


@pytest.mark.parametrize("allowed", [[], [{**ENTRY, "package": "spacy"}], [{**ENTRY, "id": "CVE-2026-0002"}]])
def test_vulnerability_that_is_not_on_the_list_is_named_with_its_repair(allowed):
    (problem,) = audit.problems_of_audit([FAULT], allowed)
    assert "PYSEC-2026-1" in problem and "4.0" in problem


def test_package_that_could_not_be_looked_up_is_a_problem():
    """pip-audit ends with 0 for it, even when it could look up none at all."""
    (problem,) = audit.problems_of_audit([{"name": "rasa", "skip_reason": "not found"}, FAULT], [ENTRY])
    assert problem.startswith("1 of 2 packages could not be looked up")


def test_bill_of_materials_names_every_locked_package(tmp_path):
    made = ROOT / ".tools" / "lint" / "bin" / "cyclonedx-py"
    if not made.exists():
        pytest.skip("cyclonedx-py is not in .tools/lint: tools/lint/setup could not install it here")
    subprocess.run([made, "requirements", "--of", "JSON", "-o", tmp_path / "sbom.json", ROOT / "requirements.lock"], check=True, capture_output=True)
    listed = json.loads((tmp_path / "sbom.json").read_text())
    assert listed["bomFormat"] == "CycloneDX" and {part["name"] for part in listed["components"]} == set(audit.locked_packages())
