"""`make audit`: known vulnerabilities of the locked packages, beside the list of those that were looked at.

Runs pip-audit over requirements.lock. Ends with 1 when a vulnerability is not on the list, when an entry of the list is
incomplete or overdue, or when a package could not be looked up: pip-audit itself counts what it could not look up as
free of faults."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Mapping, Sequence

import yaml

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
ALLOWED = ROOT / "deploy" / "security" / "allowed-vulnerabilities.yml"
KEYS = ("id", "package", "why", "source", "review")
AT_MOST = timedelta(days=366)
PIP_AUDIT = (str(Path(sys.executable).parent / "pip-audit"), "-r", str(LOCK), "--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off")


def problems_of_list(entries: Sequence[Mapping[str, Any]], today: date, locked: Sequence[str]) -> list[str]:
    """What is wrong with the list: a key missing, a package that is not locked, an entry twice or past its review."""
    found = []
    for number, entry in enumerate(entries, 1):
        name = f"entry {number} ({entry.get('id', 'without id')})"
        found += [f"{name} has no '{key}'" for key in KEYS if not entry.get(key)]
        found += [f"{name} has '{key}', which is not known" for key in entry if key not in KEYS]
        review = entry.get("review")
        if review and not isinstance(review, date):
            found.append(f"{name}: review is '{review}'; write a date such as 2027-05-31")
        elif review and review > today + AT_MOST:
            found.append(f"{name}: review is {review}; a year ahead is the most")
        elif review and review < today:
            found.append(f"{name} was to be looked at again by {review}; do, and set a new date or remove it")
        if entry.get("package") and entry["package"] not in locked:
            found.append(f"{name}: {entry['package']} is not in requirements.lock any more; remove the entry")
    standing = Counter((entry.get("id"), entry.get("package")) for entry in entries)
    return found + [f"{name} of {package} stands {times} times" for (name, package), times in standing.items() if times > 1]


def problems_of_audit(dependencies: Sequence[Mapping[str, Any]], allowed: Sequence[Mapping[str, Any]]) -> list[str]:
    """What pip-audit's report says that the list does not answer. `dependencies`: of its JSON format."""
    not_looked_up = [entry["name"] for entry in dependencies if "skip_reason" in entry]
    found = [f"{len(not_looked_up)} of {len(dependencies)} packages could not be looked up ({', '.join(not_looked_up[:3])} ...): the vulnerability service cannot be "
             "reached from here or does not know them. Run `make audit` where PyPI itself can be reached"] if not_looked_up else []
    known = {(entry.get("id"), entry.get("package")) for entry in allowed}
    for dependency in dependencies:
        for fault in dependency.get("vulns", ()):
            if not known & {(name, dependency["name"]) for name in (fault["id"], *fault.get("aliases", ()))}:
                repaired = ", ".join(fault.get("fix_versions", ())) or "no version yet"
                found.append(f"{dependency['name']} {dependency['version']}: {fault['id']} (repaired in {repaired}) is not on the list")
    return found


def read_allowed() -> list[dict]:
    return yaml.safe_load(ALLOWED.read_text(encoding="utf-8")) or []


def locked_packages() -> list[str]:
    return [line.split("==")[0] for line in LOCK.read_text(encoding="utf-8").splitlines() if line[:1].isalnum() and "==" in line]


def main() -> int:
    allowed = read_allowed()
    problems = problems_of_list(allowed, date.today(), locked_packages())
    done = subprocess.run(PIP_AUDIT, capture_output=True, text=True)
    try:
        dependencies = json.loads(done.stdout)["dependencies"]
    except (json.JSONDecodeError, KeyError):
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        problems.append(f"pip-audit gave no report (exit {done.returncode}): {last[:300]}")
    else:
        problems += problems_of_audit(dependencies, allowed)
    for problem in problems:
        print(f"audit: {problem}", file=sys.stderr)
    if not problems:
        print(f"audit: {len(dependencies)} packages looked up, nothing but the {len(allowed)} entries of {ALLOWED.relative_to(ROOT)}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
