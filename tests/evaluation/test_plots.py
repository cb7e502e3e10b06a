"""The plots are written, and the calibration error is what its definition says."""

from __future__ import annotations

import pytest

from bot.evaluation.plots import coverage_and_precision, reliability


def test_calibration_error_is_the_gap_between_said_and_was(tmp_path):
    """Four at .95 of which two are right, four at .55 of which two are right: (.45 + .05) / 2."""
    error = reliability([0.95] * 4 + [0.55] * 4, [True, True, False, False] * 2, "set", tmp_path / "new" / "r.svg")
    assert error == pytest.approx(0.25) and "<svg" in (tmp_path / "new" / "r.svg").read_text()


@pytest.mark.parametrize("chosen", [0.7, 1.1], ids=["some are answered", "none is answered"])
def test_coverage_is_drawn(tmp_path, chosen):
    coverage_and_precision([0.9, 0.8, 0.5], [True, True, False], chosen, "set", tmp_path / "c.svg")
    assert "<svg" in (tmp_path / "c.svg").read_text()
