"""Each threat of docs/threat-model.md names what stops it, and a test that is there."""

from __future__ import annotations

import re

import pytest
from deployment import text

from bot.project import ROOT

MODEL = text(ROOT / "docs" / "threat-model.md")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in MODEL.splitlines() if line.startswith("| ") and not line.startswith("| Who")]
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
PEOPLE = set(re.findall(r"\*\*(\w+)\*\*", MODEL.split("Each row")[0]))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1][:40])
def test_threat_says_who_what_how_stopped_and_names_its_test(row):
    who, what, stopped, shown = row
    assert who in PEOPLE and what and stopped
    assert _TEST.search(shown) or shown.startswith("not tested: ")


@pytest.mark.parametrize(("path", "name"), sorted(set(_TEST.findall(MODEL))))
def test_named_test_is_there(path, name):
    assert (ROOT / path).exists()
    assert not name or re.search(rf"^(async )?def {name}\(", text(ROOT / path), re.M)


def test_model_has_rows_and_names_tests():
    assert len(ROWS) > 20 and len(_TEST.findall(MODEL)) > 30 and len(PEOPLE) == 6
