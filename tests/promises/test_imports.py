"""Imports point one way: what is ours outlives Rasa."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bot.project import ROOT


def test_import_contracts_are_kept():
    """The contracts of pyproject.toml."""
    run = subprocess.run([Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0 and " 0 broken" in run.stdout, run.stdout + run.stderr
