"""Two pictures of a measured classifier as SVG: how right it is where it answers, and whether its confidence can be believed."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402
import numpy as np  # noqa: E402

BINS = 10


def coverage_and_precision(confidence: Sequence[float], right: Sequence[bool], chosen: float, title: str, path: Path) -> None:
    """Share answered against share right among the answered, over all thresholds; the chosen one is marked."""
    order = np.argsort(-np.asarray(confidence), kind="stable")
    sure, hits = np.asarray(confidence)[order], np.asarray(right)[order]
    coverage, precision = np.arange(1, len(hits) + 1) / len(hits), np.cumsum(hits) / np.arange(1, len(hits) + 1)
    at = int((sure >= chosen).sum()) - 1
    figure, axes = pyplot.subplots(figsize=(6, 4))
    axes.plot(coverage, precision)
    if at >= 0:
        axes.plot(coverage[at], precision[at], "o", label=f"answering from {chosen:.2f}: {coverage[at]:.0%} answered, {precision[at]:.1%} of them right")
        axes.legend(loc="lower left")
    axes.set(xlabel="messages answered at once", ylabel="of these, right", title=title, xlim=(0, 1), ylim=(min(0.6, float(precision[len(hits) // 20 :].min())), 1.005))
    _write(figure, path)


def reliability(confidence: Sequence[float], right: Sequence[bool], title: str, path: Path) -> float:
    """Confidence against truth in ten bins, with how many sentences are in each. Returns the expected calibration error."""
    sure, hits = np.asarray(confidence, float), np.asarray(right, float)
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    filled = [(sure[bins == place].mean(), hits[bins == place].mean(), int((bins == place).sum())) for place in range(BINS) if (bins == place).any()]
    error = sum(count * abs(said - was) for said, was, count in filled) / len(sure)
    figure, axes = pyplot.subplots(figsize=(6, 4))
    axes.plot([0, 1], [0, 1], "--", color="grey")
    axes.plot([said for said, _, _ in filled], [was for _, was, _ in filled], "o-")
    for said, was, count in filled:
        axes.annotate(str(count), (said, was), textcoords="offset points", xytext=(4, -12), fontsize=8)
    axes.set(xlabel="confidence of the first guess", ylabel="share right", title=f"{title}: calibration error {error:.3f}", xlim=(0, 1), ylim=(0, 1.02))
    _write(figure, path)
    return error


def _write(figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
