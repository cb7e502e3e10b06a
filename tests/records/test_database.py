"""The records: opened where the installation says, and Ivy goes on answering while they are away."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.library import approvals
from bot.records import escalations
from bot.records.database import database_url, installed_records, open_database, records
from bot.records.upgrading import RecordsError


@pytest.fixture
def state(monkeypatch, tmp_path):
    """A state folder of the test's own, and no database named by the environment."""
    monkeypatch.setenv("IVY_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("IVY_DATABASE", raising=False)
    return tmp_path / "state"


def test_records_lie_in_the_state_folder(state):
    assert database_url() == f"sqlite:///{state / 'records.db'}"


def test_environment_names_another_database(state, monkeypatch):
    monkeypatch.setenv("IVY_DATABASE", "postgresql://records.example/ivy")
    assert database_url() == "postgresql://records.example/ivy"


def test_fresh_database_has_its_tables(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'new.db'}")
    assert {approvals.approvals.name, escalations.escalations.name} <= set(sa.inspect(engine).get_table_names())


def test_sqlite_lets_a_reader_and_a_writer_work_at_once(tmp_path):
    with open_database(f"sqlite:///{tmp_path / 'new.db'}").connect() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"


def test_second_opening_keeps_what_was_written(tmp_path):
    url = f"sqlite:///{tmp_path / 'new.db'}"
    escalations.record_escalation(open_database(url), "m1", "urgent", ["fever"], "safety/urgent", "web", "guard")
    open_database.cache_clear()
    with open_database(url).connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(escalations.escalations)).scalar() == 1


def test_records_are_those_of_the_state_folder(state):
    assert str(records().url.database) == str(state / "records.db")


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all/records.db", "nosuchdatabase://here"], ids=["no such folder", "no such kind"])
def test_unreachable_records_are_none_and_not_an_error(state, monkeypatch, url):
    monkeypatch.setenv("IVY_DATABASE", url)
    assert records() is None


def test_state_folder_that_cannot_be_made_is_none_and_not_an_error(state):
    state.write_text("a file stands where the folder should")
    assert records() is None


def test_file_that_is_no_database_is_none_and_not_an_error(state):
    state.mkdir()
    (state / "records.db").write_text("these are no records at all, only words " * 50)
    assert records() is None


def test_records_that_come_back_are_used(state):
    state.write_text("in the way")
    assert records() is None
    state.unlink()
    assert records() is not None


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all/records.db", "postgresql://ivy:hush-hush@127.0.0.1:9/ivy"], ids=["no such folder", "server down"])
def test_command_that_needs_the_records_names_them_and_the_repair(state, monkeypatch, url):
    monkeypatch.setenv("IVY_DATABASE", url)
    with pytest.raises(RecordsError, match="cannot be used.*IVY_DATABASE") as error:
        installed_records()
    assert "hush-hush" not in str(error.value)
