"""`ivy evaluate` as its operator meets it: what is wrong is said in a message, with exit code 2."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bot.__main__ import main


def ivy(folder, *arguments: str, **settings: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "bot", "evaluate", *arguments], cwd=folder, env={**os.environ, **settings}, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("what", ["safety", "topics", "thresholds"])
def test_bad_set_ends_with_a_message(tmp_path, what):
    (tmp_path / "set.jsonl").write_text('{"text": "hello there", "tier": "grave", "topic": "no_such_topic"}\n')
    ended = ivy(tmp_path, what, "--set", "set.jsonl", "--set", "none.jsonl")
    assert ended.returncode == 2 and ended.stdout == "" and "Traceback" not in ended.stderr
    first, second = ended.stderr.splitlines()
    assert first.startswith(f"{tmp_path}/none.jsonl:1: cannot be read") and second.startswith(f"{tmp_path}/set.jsonl:1: ")


def test_set_is_found_from_the_folder_where_the_command_is_typed(tmp_path):
    """And what stands first on the output is that there is no detector."""
    (tmp_path / "set.yml").write_text("- tier: urgent\n  text: my neck is so stiff today\n")
    ended = ivy(tmp_path, "safety", "--set", "set.yml", "--public", ".", IVY_MODELS=str(tmp_path / "none"))
    assert ended.returncode == 0 and ended.stdout.startswith(f"no usable safety detector at {tmp_path}/none/safety")
    assert "set.yml: 1 messages" in ended.stdout and f"not in {tmp_path}" in ended.stdout


@pytest.mark.parametrize("what", ["topics", "thresholds"])
@pytest.mark.parametrize("content", [None, b"no archive"], ids=["missing", "damaged"])
def test_model_that_cannot_be_used_is_named_with_the_repair(tmp_path, what, content):
    if content:
        (tmp_path / "ivy.tar.gz").write_bytes(content)
    ended = ivy(tmp_path, what, IVY_MODELS=str(tmp_path))
    assert ended.returncode == 2 and len(ended.stderr.splitlines()) == 1
    assert str(tmp_path / "ivy.tar.gz") in ended.stderr and "run `ivy train`" in ended.stderr


@pytest.mark.parametrize(("arguments", "refused"), [
    (("topics", "--rules-only", "--public", "x"), ("--rules-only has no effect on topics", "--public has no effect on topics")),
    (("thresholds", "--public", "x"), ("--public has no effect on thresholds",)),
    (("safety", "--data"), ("--data has no effect on safety",)),
    (("thresholds", "--data", "--show", "3"), ("--data has no effect on thresholds", "--show has no effect on thresholds")),
    (("topics", "--data", "--set", "x"), ("--set has no effect beside --data",)),
    (("topics", "--show", "-1"), ("-1 is no number of lines",)),
])
def test_option_without_effect_is_refused(arguments, refused, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", *arguments])
    said = capsys.readouterr().err
    assert ended.value.code == 2 and all(words in said for words in refused)
