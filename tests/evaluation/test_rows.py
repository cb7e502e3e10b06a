"""A set is read row by row; whatever is wrong with it is said at once, with file, line and repair."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from bot.evaluation.rows import checked_rows, read_all
from bot.evaluation.sets import own_sets, read_set
from bot.library.problems import ContentError


def said(path: Path) -> list[str]:
    with pytest.raises(ContentError) as raised:
        read_set(path)
    return str(raised.value).splitlines()


def test_json_lines_and_yaml_of_the_same_rows_read_alike(tmp_path):
    (tmp_path / "a.jsonl").write_text('\ufeff{"text": "one\u2028two", "topic": "x"}\r\n\n{"text": "three"}\n', encoding="utf-8")
    (tmp_path / "a.yaml").write_text('- text: "one\\u2028two"\n  topic: x\n- text: three\n')
    assert read_set(tmp_path / "a.jsonl") == read_set(tmp_path / "a.yaml") == [{"text": "one\u2028two", "topic": "x"}, {"text": "three"}]


def test_own_sets_are_read_whole():
    assert all(len(read_set(path)) >= 250 for what in ("safety", "topics") for path in own_sets(what))


@pytest.mark.parametrize(("name", "content", "problem"), [
    ("a.jsonl", "", "holds no row"),
    ("a.yml", "", "holds no row"),
    ("a.yml", "# nothing yet\n[]\n", "holds no row"),
    ("a.yml", "a: [1", "is not YAML"),
    ("a.yml", "text: one\n", "is no list of rows"),
    ("a.jsonl", '{"text": "one"}\nnot json\n', "a.jsonl:2: is not JSON"),
    ("a.jsonl", '{"text": "one"}\n[1]\n', "a.jsonl:2: is no row"),
    ("a.yml", "- text: one\n- topic: x\n", 'a.yml:2: has no "text"'),
    ("a.yml", "- text: one\n\n- text: no\n", 'a.yml:3: "text" is False'),
    ("a.jsonl", '{"text": " "}\n', 'a.jsonl:1: "text" is \' \''),
])
def test_what_is_wrong_is_said_with_line_and_repair(tmp_path, name, content, problem):
    (tmp_path / name).write_text(content)
    lines = said(tmp_path / name)
    assert len(lines) == 1 and problem in lines[0] and "; " in lines[0]


def test_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "latin.yml").write_bytes(b"- text: caf\xe9\n")
    for path, problem in ((tmp_path / "none.yml", "No such file"), (tmp_path, "Is a directory"), (tmp_path / "latin.yml", "UTF-8")):
        assert [str(path) in line and problem in line for line in said(path)] == [True]


def test_what_is_wrong_alike_on_many_lines_is_said_once(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"topic": "x"}\n' * 30 + "zzz\n")
    lines = said(path)
    assert len(lines) == 2 and "a.jsonl:1: " in lines[0] and "lines 2, 3, " in lines[0] and "19 more" in lines[0] and "a.jsonl:31: " in lines[1]


def test_problems_of_all_files_come_together(tmp_path):
    (tmp_path / "good.jsonl").write_text('{"text": "one"}\n')
    with pytest.raises(ContentError) as raised:
        read_all([partial(checked_rows, tmp_path / name) for name in ("none.jsonl", "good.jsonl", "nor_this.jsonl")])
    assert [Path(problem.path).name for problem in raised.value.problems] == ["none.jsonl", "nor_this.jsonl"]
