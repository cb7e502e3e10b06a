"""`ivy bench` as its operator meets it: what is missing is said with the repair, the report is kept."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bot.bench import report
from bot.project import ROOT


def ivy(*arguments: str, **settings: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "bot", "bench", *arguments], cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("arguments", [("turns",), ("parts",), ("public", "no/such/folder")])
def test_what_is_missing_is_named_with_the_repair(arguments, tmp_path):
    ended = ivy(*arguments, IVY_MODELS=str(tmp_path))
    assert ended.returncode == 2 and "Traceback" not in ended.stderr
    assert "run `ivy train`" in ended.stderr if arguments[0] != "public" else "banking77/train_10.json" in ended.stderr


@pytest.mark.parametrize("share", ["0", "1.5", "-1"])
def test_share_that_is_none_is_refused(share):
    ended = ivy("turns", "--share", share)
    assert ended.returncode == 2 and f"{share} is no share" in ended.stderr


def test_report_is_printed_and_kept_with_the_load(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(report, "ROOT", tmp_path)
    report.write_report("bench_x", "A title", report.table(["a", "b"], [["one", 1]]))
    kept = (tmp_path / "results" / "bench_x.md").read_text()
    assert kept in capsys.readouterr().out
    assert kept.startswith("# A title") and kept.count("oad average") == 2 and "| one | 1 |" in kept


def test_percentiles_are_milliseconds():
    assert report.percentiles([0.001 * number for number in range(101)]) == ["50.0", "95.0", "99.0"]
    assert report.percentiles([]) == ["-", "-", "-"]
