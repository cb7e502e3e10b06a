"""The bench on public sets: what is missing is named, and accuracy is that of the given sentences."""

from __future__ import annotations

import argparse
import json
import os

import numpy as np
import pytest

from bot.bench.public import KeptEncoders, report
from bot.bench.report import BenchError
from bot.understanding.encoders import shared_encoders

LINES = {
    "cost": ["what does it cost", "who pays the bill", "is it expensive", "the price of two bags"],
    "time": ["how long does it take", "how many hours is that", "when am i finished", "is it quick"],
    "pain": ["does that hurt much", "is the needle painful", "will it sting", "how sore is it"],
}
ROWS = [[text, label] for label, texts in LINES.items() for text in texts]
NONE_RIGHT = [[text, {"cost": "time", "time": "pain", "pain": "cost"}[label]] for text, label in ROWS]


def arguments(folder, **more) -> argparse.Namespace:
    return argparse.Namespace(**{"folder": folder, "set": ["clinc150"], "train": ["train_10"], "rows": None, "diet": False, **more})


@pytest.fixture
def folder(tmp_path):
    """A set whose sentences are tested on themselves, with wrong labels where the typos would be."""
    files = {"train_10": ROWS, "test": ROWS, "test_typo10": NONE_RIGHT, "test_typo30": ROWS[:6], "val": ROWS, "oos_test": [["the capital of peru", "oos"], ["zzz", "oos"]]}
    (tmp_path / "clinc150").mkdir()
    for name, rows in files.items():
        (tmp_path / "clinc150" / f"{name}.json").write_text(json.dumps(rows))
    return tmp_path


def test_missing_files_are_all_named_with_the_repair(tmp_path):
    with pytest.raises(BenchError) as raised:
        list(report(arguments(tmp_path, set=["hwu64", "banking77"])))
    said = str(raised.value)
    assert "hwu64/train_10.json" in said and "banking77/test_typo30.json" in said and "--set" in said


@pytest.mark.parametrize("content", ["no json", '{"a": 1}', "[1, 2]", '[["text"]]'])
def test_file_of_another_kind_is_named(folder, content):
    path = folder / "clinc150" / "train_10.json"
    path.write_text(content)
    with pytest.raises(BenchError, match="train_10.json is not a JSON list of"):
        list(report(arguments(folder)))


def test_accuracy_is_that_of_the_given_labels(folder):
    said = "\n".join(report(arguments(folder)))
    assert "12/12" in said and "0/12" in said and "6/6" in said
    row = next(line for line in said.splitlines() if line.startswith("| clinc150 train_10"))
    assert "| 100.0 (75." in row and "| 100.0 |" in row  # all are lost where the labels are wrong
    assert "| no |" in row  # and so the target is not met


def test_out_of_scope_is_reported_where_the_set_has_it(folder):
    assert any("out of scope" in line and "/2" in line for line in report(arguments(folder)))
    (folder / "clinc150" / "oos_test.json").unlink()
    assert not any("out of scope" in line for line in report(arguments(folder)))


def test_process_goes_on_with_the_encoders_it_was_set_to(folder, monkeypatch):
    monkeypatch.delenv("IVY_ENCODER", raising=False)
    list(report(arguments(folder)))
    assert "IVY_ENCODER" not in os.environ


def test_rows_spreads_a_smaller_test_evenly(folder):
    said = "\n".join(report(arguments(folder, rows=3)))
    assert "3/3" in said and "12/12" not in said


def test_kept_vectors_are_the_encoders_own():
    kept = KeptEncoders(shared_encoders())
    texts = ["what does it cost", "is it quick"]
    computed = kept.encode_all(texts)
    assert np.array_equal(np.hstack([kept.english(texts[1]), kept.multilingual(texts[1])]), computed[1])
    assert np.hstack([kept.english("a new one"), kept.multilingual("a new one")]) == pytest.approx(shared_encoders().encode_all(["a new one"])[0], abs=1e-4)
