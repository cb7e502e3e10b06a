"""`ivy release`: from a key to a served folder and back, each step with its exit code and a sentence."""

from __future__ import annotations

import pytest

from bot.__main__ import main
from bot.records.database import database_url, open_database


@pytest.fixture
def ivy(capsys, monkeypatch, tmp_path):
    """Run a command with a state folder of the test's own: its exit code and what it printed."""
    monkeypatch.setenv("IVY_STATE", str(tmp_path / "state"))
    monkeypatch.setattr("bot.training.stale_parts", lambda: [])
    monkeypatch.setattr("bot.project.MODELS", tmp_path / "models")
    (tmp_path / "models" / "safety").mkdir(parents=True)
    (tmp_path / "models" / "ivy.tar.gz").write_bytes(b"a model")
    (tmp_path / "models" / "safety" / "classifier.json").write_text("{}")

    def _ivy(*words) -> tuple[int, str]:
        code = main(["release", *map(str, words)])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return _ivy


@pytest.fixture
def made(ivy, tmp_path):
    assert ivy("key", tmp_path / "key")[0] == 0
    assert ivy("make", tmp_path / "a.ivy", "--key", tmp_path / "key")[0] == 0
    return tmp_path / "a.ivy", tmp_path / "key.pub"


def test_release_is_made_verified_installed_and_listed(ivy, made, tmp_path):
    file, public = made
    code, printed = ivy("verify", file, "--public-key", public)
    assert code == 0 and "the signature and" in printed and "lexicon" in printed
    code, printed = ivy("install", file, "--public-key", public)
    assert code == 0 and "0 approvals were new" in printed and f"IVY_RELEASE={tmp_path / 'state' / 'releases' / 'current'}" in printed
    assert ivy("list")[1].rstrip().endswith("current")


def test_key_is_taken_from_the_environment(ivy, made, monkeypatch):
    assert ivy("verify", made[0]) == (2, "no public key: name one with --public-key, or set IVY_RELEASE_KEY\n")
    monkeypatch.setenv("IVY_RELEASE_KEY", str(made[1]))
    assert ivy("verify", made[0])[0] == 0


def test_going_back_is_one_command(ivy, made, tmp_path, monkeypatch):
    monkeypatch.setenv("IVY_RELEASE_KEY", str(made[1]))
    ivy("install", made[0])
    assert ivy("rollback")[0] == 2
    (tmp_path / "models" / "ivy.tar.gz").write_bytes(b"another model")
    ivy("make", tmp_path / "b.ivy", "--key", tmp_path / "key")
    ivy("install", tmp_path / "b.ivy")
    code, printed = ivy("rollback")
    assert code == 0 and "is the current one again. Restart the server" in printed
    first, second = sorted(ivy("list")[1].splitlines(), key=lambda line: "current" not in line)
    assert first.endswith("current") and second.endswith("previous")


def test_altered_file_is_refused_with_an_exit_code(ivy, made, tmp_path):
    content = bytearray(made[0].read_bytes())
    content[len(content) // 2] ^= 1
    made[0].write_bytes(content)
    code, printed = ivy("install", made[0], "--public-key", made[1])
    assert code == 2 and "was not used" in printed and "Traceback" not in printed
    assert ivy("list") == (0, "")


def test_stale_models_make_no_release(ivy, made, tmp_path, monkeypatch):
    monkeypatch.setattr("bot.training.stale_parts", lambda: ["topics"])
    code, printed = ivy("make", tmp_path / "b.ivy", "--key", tmp_path / "key")
    assert code == 2 and "topics" in printed and "ivy train" in printed


def test_public_key_signs_nothing(ivy, made, tmp_path):
    code, printed = ivy("make", tmp_path / "b.ivy", "--key", made[1])
    assert code == 2 and "is not the key that belongs here" in printed


def test_ledger_of_the_release_is_in_the_records_of_the_server(ivy, made, tmp_path, monkeypatch):
    from bot.library.approvals import all_rows, append

    append(open_database(database_url()), "voice/greet", "Hello.", "Dr. Ada Test", "clinician", "accuracy", None, "propose")
    ivy("make", tmp_path / "b.ivy", "--key", tmp_path / "key")
    monkeypatch.setenv("IVY_STATE", str(tmp_path / "server"))
    assert "1 approvals were new" in ivy("install", tmp_path / "b.ivy", "--public-key", made[1])[1]
    assert "0 approvals were new" in ivy("install", tmp_path / "b.ivy", "--public-key", made[1])[1]
    assert len(all_rows(open_database(database_url()))) == 1
