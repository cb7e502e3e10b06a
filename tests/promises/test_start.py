"""Starting: a part that is missing ends the start with one sentence; what starts listens on this machine only."""

from __future__ import annotations

import sqlite3

import outages
import pytest
from server import NOBODY_THERE, PASSWORD, RunningIvy, listens, wait_for

from bot.rasa.tracker_database import TrackerDatabaseError
from bot.rasa.tracker_store import IvyTrackerStore


def said(ivy: RunningIvy) -> list[str]:
    """What the operator reads, without the line that says that it is starting."""
    return [line for line in ivy.log().splitlines() if line and not line.startswith("Ivy is starting")]


def test_database_that_is_down_ends_the_start_with_one_sentence(without_database):
    assert without_database.exit_code() == 2
    assert len(said(without_database)) == 1
    assert f":{NOBODY_THERE}/ivy cannot be used" in said(without_database)[0] and "IVY_TRACKERS" in said(without_database)[0]
    assert PASSWORD not in said(without_database)[0]
    assert not listens("127.0.0.1", without_database.action_port)


@pytest.mark.parametrize("which", ["page", "action server"])
def test_busy_port_ends_the_start_with_one_sentence(running, which):
    taken = running.port if which == "page" else running.action_port
    ivy = RunningIvy.start(port=taken) if which == "page" else RunningIvy.start({"ACTION_PORT": str(taken)})
    assert ivy.exit_code() == 2
    assert len(said(ivy)) == 1
    assert f"port {taken} is in use" in said(ivy)[0]


def _missing_folder(path):
    return path / "nowhere" / "conversations.db"


def _a_folder(path):
    return path


def _something_else(path):
    (path / "conversations.db").write_bytes(b"this was a database once\n" * 400)
    return path / "conversations.db"


@pytest.mark.parametrize("where", [_missing_folder, _a_folder, _something_else])
def test_file_that_cannot_be_a_database_is_named(tmp_path, where):
    path = where(tmp_path)
    with pytest.raises(TrackerDatabaseError, match=str(path)):
        IvyTrackerStore(host=f"sqlite:///{path}")


def test_locked_database_ends_the_start(tmp_path):
    """Rasa itself would wait for it without end."""
    path = tmp_path / "conversations.db"
    sqlite3.connect(path).execute("CREATE TABLE other (id)").connection.close()
    with outages.locked(path, readers_too=True), pytest.raises(TrackerDatabaseError, match="locked"):
        IvyTrackerStore(host=f"sqlite:///{path}")


@pytest.mark.parametrize("server", ["page", "action server"])
def test_only_the_loopback_address_is_listened_on(running, server):
    """127.0.0.2 is this machine too, but another address: who listens on all of them answers there."""
    port = running.port if server == "page" else running.action_port
    wait_for(lambda: listens("127.0.0.1", port))
    assert not listens("127.0.0.2", port)


@pytest.mark.parametrize("path", ["/webhooks/rest/webhook", "/conversations/x/tracker", "/model", "/model/parse", "/domain", "/status", "/version", "/webhook"])
def test_rasas_own_doors_are_closed(running, path):
    assert running.get(path).status == 404
    assert running.post(path, {"sender": "x", "message": "hi"}).status == 404


def test_liveness_and_readiness_are_told(running):
    assert running.get("/live").status == 200
    wait_for(lambda: running.get("/ready").status == 200)  # a database that is busy just now is not ready


def test_server_without_a_model_is_alive_but_not_ready(without_model):
    assert (without_model.get("/live").status, without_model.get("/ready").status) == (200, 503)


@pytest.mark.kills_ivy
def test_ctrl_c_ends_all_of_it(with_broken_templates):
    with_broken_templates.interrupt()
    assert with_broken_templates.exit_code() == 0
    assert "Traceback" not in with_broken_templates.log()
    assert not listens("127.0.0.1", with_broken_templates.action_port)


@pytest.mark.kills_ivy
def test_action_server_does_not_outlive_a_crash(without_model):
    """It would keep its port, and the next start would fail for that."""
    assert listens("127.0.0.1", without_model.action_port)
    without_model.crash()
    wait_for(lambda: not listens("127.0.0.1", without_model.action_port))


def test_conversations_are_one_whole_file_when_ivy_has_left():
    ivy = RunningIvy.start().ready()
    try:
        assert ivy.say("how many hours does the bag take").status == 200
        ivy.interrupt()
        ivy.exit_code()
        assert [file.name for file in ivy.folder.glob(f"{ivy.conversations.name}*")] == [ivy.conversations.name]
    finally:
        ivy.stop()
