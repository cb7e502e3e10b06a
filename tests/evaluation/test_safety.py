"""`ivy evaluate safety` says what it measures, and refuses rows that it could not count."""

from __future__ import annotations

from argparse import Namespace
from types import SimpleNamespace

import pytest

from bot.evaluation import safety
from bot.library.problems import ContentError

ROWS = '{"text": "my neck is so stiff today", "tier": "urgent"}\n{"text": "it is a pain in the neck", "tier": "none", "kind": "idiom"}\n'


@pytest.fixture
def measured(tmp_path, monkeypatch, triage):
    """Run the report on rows, by the rules alone; no detector is there."""
    monkeypatch.setattr(safety, "safety_dialogue", lambda: SimpleNamespace(triage=triage))

    def report(rows: str = ROWS, **more) -> list[str]:
        path = tmp_path / "rows.jsonl"
        path.write_text(rows)
        return list(safety.report(Namespace(**{"set": [path], "rules_only": False, "public": None, "show": 3, **more})))

    return report


def test_missing_detector_is_said_first(measured):
    first = measured()[0]
    assert "rules alone" in first and str(safety.FOLDER) in first and "run `ivy train`" in first


def test_rules_only_needs_no_detector(measured):
    lines = measured(rules_only=True)
    assert lines[0].startswith("the rules say") and any("none, rules alone" in line for line in lines)


def test_report_needs_no_kind(measured):
    """Also where it is missed, and listed as such."""
    assert any(line.startswith("missed: what is it") for line in measured('{"text": "what is it", "tier": "urgent"}\n'))


def test_rows_without_tier_or_kind_are_all_named(measured):
    with pytest.raises(ContentError) as raised:
        measured('{"text": "a", "tier": "none"}\n{"text": "b"}\n{"text": "c", "tier": "grave"}\n{"text": "d", "tier": ["urgent"]}\n')
    said = str(raised.value).splitlines()
    assert [part in line for part, line in zip(('1: has no "kind"', '2: has no "tier"', "3: tier 'grave'", "4: tier '['urgent']'"), said)] == [True] * 4
    assert "none, routine, urgent, emergency" in said[-1]


def test_problems_of_sets_and_public_folder_come_together(measured, tmp_path):
    with pytest.raises(ContentError, match="(?s)none_here:1: is no folder.*rows.jsonl:1: holds no row"):
        measured("", public=tmp_path / "none_here")
