"""A backup that was restored is the installation it was made of, or it was refused and nothing was touched."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import tarfile
import threading
from datetime import date, datetime

import pytest
import sqlalchemy as sa
from alembic import command
from databases import emptied

from bot.__main__ import main
from bot.library.approvals import all_rows, append, verify
from bot.rasa.tracker_store import IvyTrackerStore
from bot.records import backup, postgres, upgrading
from bot.records.archive import as_said, keep
from bot.records.backup import BackupError, make_backup, restore_backup, stores
from bot.records.conversations import said_in
from bot.records.database import database_url, open_database, tracker_url
from bot.records.escalations import count_escalations, record_escalation
from bot.records.outbox import count_notices

GREETED = {"text": "Hello there.", "metadata": {"content": "voice/greet", "version": "a" * 64, "state": "draft", "block": "short"}}
LATER = date(2031, 5, 31)


@pytest.fixture(params=["sqlite", "postgresql"])
def install(request, tmp_path, monkeypatch):
    """Turn to an installation by its name: its state folder, or its PostgreSQL database."""
    opened = []

    def _turn_to(name: str) -> None:
        open_database.cache_clear()
        monkeypatch.setenv("IVY_STATE", str(tmp_path / name))
        for setting in ("IVY_TRACKERS", "IVY_DATABASE"):
            monkeypatch.delenv(setting, raising=False)
        if request.param == "postgresql":
            url = sa.engine.make_url(request.getfixturevalue("_postgres_server"))
            if name not in opened:
                _make_database(url, name)
            for setting in ("IVY_TRACKERS", "IVY_DATABASE"):
                monkeypatch.setenv(setting, url.set(database=name).render_as_string(hide_password=False))
        opened.append(name)

    _turn_to.kind = request.param
    yield _turn_to
    open_database.cache_clear()


def _make_database(url: sa.engine.URL, name: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if not connection.exec_driver_sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'").first():
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    emptied(url.set(database=name).render_as_string(hide_password=False))


def sign(item="voice/greet", act="approve") -> None:
    append(open_database(database_url()), item, "Hello.", "Dr. Ada Test", "clinician", "accuracy", LATER if act == "approve" else None, act)


def talk(conversation: str, text="It is a drip.") -> None:
    store = IvyTrackerStore()
    with store.engine.begin() as connection:
        for kind, data in (("user", {"text": "what is it"}), ("bot", {**GREETED, "text": text})):
            connection.execute(store.SQLEvent.__table__.insert().values(sender_id=conversation, type_name=kind, timestamp=datetime.now().timestamp(), data=json.dumps(data)))
    store.engine.dispose()


@pytest.fixture
def first(install, monkeypatch):
    """An installation that has been in use: signatures, alerts, a notice, what was said, a conversation."""
    install("first")
    monkeypatch.setenv("IVY_NOTIFY_WEBHOOK", "https://clinic.example/ivy")
    sign()
    engine = open_database(database_url())
    record_escalation(engine, "m1", "urgent", ["fever"], "safety/urgent", "web", "guard")
    keep(engine, [(as_said({**GREETED["metadata"], "text": "Hello there."}), date(2027, 3, 1))])
    talk("web-1")
    return engine


@pytest.fixture
def file(first, tmp_path):
    make_backup(tmp_path / "ivy.backup")
    return tmp_path / "ivy.backup"


def everything() -> dict:
    """Every row of both databases."""
    found = {}
    for store in stores():
        engine = sa.create_engine(store.url)
        with engine.connect() as connection:
            for table in store.tables:
                found[table] = sorted(map(str, connection.execute(sa.text(f"SELECT * FROM {table}")).all()))
        engine.dispose()
    return found


def test_restored_installation_is_the_one_that_was_backed_up(install, file):
    before = everything()
    install("second")
    restored = restore_backup(file)
    assert everything() == before and (restored.events, restored.approvals, restored.carried, restored.wrong) == (2, 1, 0, ())


def test_restored_installation_can_be_used(install, file):
    """Read, and written on: numbers of rows go on where they were."""
    install("second")
    restore_backup(file)
    engine = open_database(database_url())
    assert [reply.said.text for reply in said_in(tracker_url(), "web-1")] == ["It is a drip."]
    sign("voice/thanks")
    talk("web-2")
    assert verify(all_rows(engine)) == [] and len(all_rows(engine)) == 2 and len(said_in(tracker_url(), "web-2")) == 1
    assert count_notices(engine)["waiting"] == 1 and count_escalations(engine) == 1


def test_backup_of_an_installation_in_use_is_whole(install, first, tmp_path):
    stop = threading.Event()

    def writes() -> None:
        while not stop.is_set():
            try:
                sign()
            except sa.exc.OperationalError:
                continue  # busy for a moment: the clinician tries again

    writer = threading.Thread(target=writes)
    writer.start()
    try:
        for number in range(3):
            make_backup(tmp_path / f"{number}.backup")
    finally:
        stop.set()
        writer.join()
    install("second")
    for number in range(3):
        assert restore_backup(tmp_path / f"{number}.backup", replace=number > 0).wrong == ()


def test_backup_is_for_its_owners_eyes_and_overwrites_nothing(file):
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(BackupError, match="is there already"):
        make_backup(file)


def test_installation_in_which_something_is_kept_is_not_replaced_unasked(install, file):
    install("second")
    sign("voice/other")
    talk("web-9")
    before = everything()
    with pytest.raises(BackupError) as error:
        restore_backup(file)
    assert "conversations: " in str(error.value) and "2 in events" in str(error.value) and "1 in approvals" in str(error.value) and "--replace" in str(error.value)
    assert everything() == before


def test_installation_that_only_was_started_is_empty(install, file):
    install("second")
    open_database(database_url())
    IvyTrackerStore().engine.dispose()
    assert restore_backup(file).approvals == 1


def test_withdrawal_since_the_backup_outlives_it(install, file):
    """Words that somebody withdrew must not come back by a restore."""
    sign(act="withdraw")
    talk("web-2")
    restored = restore_backup(file, replace=True)
    rows = all_rows(open_database(database_url()))
    assert restored.carried == 1 and [row.act for row in rows] == ["approve", "withdraw"] and verify(rows) == []
    assert said_in(tracker_url(), "web-2") == []


def test_ledger_that_went_another_way_is_replaced_and_told(install, file):
    install("second")
    sign("voice/other")
    restored = restore_backup(file, replace=True)
    assert restored.approvals == 1 and "went apart" in restored.wrong[0]


def test_backup_of_an_older_ivy_is_brought_up_to_date(install, first, tmp_path):
    install("older")
    engine = sa.create_engine(database_url(), future=True)
    config = upgrading._config()
    with engine.connect() as connection, upgrading.one_at_a_time(connection):
        config.attributes["connection"] = connection
        command.upgrade(config, "r0004")
    append(engine, "voice/greet", "Hello.", "Dr. Ada Test", "clinician", "accuracy", LATER)
    engine.dispose()
    talk("web-1")
    make_backup(tmp_path / "old.backup")
    install("second")
    open_database(database_url())  # its tables are newer than the backup's
    assert restore_backup(tmp_path / "old.backup").wrong == ()
    assert len(all_rows(open_database(database_url()))) == 1 and count_notices(open_database(database_url()))["waiting"] == 0


def rewritten(file, change) -> None:
    """The backup with other members."""
    with tarfile.open(file) as tar:
        members = {info.name: tar.extractfile(info).read() for info in tar}
    change(members)
    with tarfile.open(file, "w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def manifest(**changes):
    def change(members) -> None:
        members["manifest.json"] = json.dumps({**json.loads(members["manifest.json"]), **changes}).encode()

    return change


def parts(**changes):
    def change(members) -> None:
        found = json.loads(members["manifest.json"])
        found["parts"]["records"].update(changes)
        members["manifest.json"] = json.dumps(found).encode()

    return change


def altered(members) -> None:
    name = next(name for name in members if name.startswith("records"))
    members[name] = members[name][:-1] + bytes([members[name][-1] ^ 1])


def shorter(members) -> None:
    name = next(name for name in members if name.startswith("records"))
    members[name] = members[name][:-1]


def without_one(members) -> None:
    del members[next(name for name in members if name.startswith("records"))]


@pytest.mark.parametrize(("change", "told"), [
    (altered, "was altered"), (shorter, "bytes and not"), (without_one, "is missing"),
    (lambda members: members.update({"more": b"x"}), "'more', which its manifest does not name"),
    (lambda members: members.update({"../conversations.db": b"x"}), "no plain file inside it"),
    (manifest(format=2), "newer Ivy"), (manifest(kind="ivy release"), "is no ivy backup"), (manifest(parts={}), "which its manifest does not name"), (manifest(parts=[]), "its manifest is not one"),
    (parts(revision="r9999"), "newer Ivy.*r9999"), (parts(engine="oracle"), "the backup is of oracle"),
], ids=["altered", "shorter", "missing", "added", "outside", "newer form", "other kind", "no parts", "no parts at all", "newer tables", "other database"])
def test_backup_that_is_not_as_it_was_made_is_refused_and_nothing_is_touched(install, file, change, told):
    before = everything()
    rewritten(file, change)
    with pytest.raises(BackupError, match=f"(?s){told}.*Nothing was changed"):
        restore_backup(file, replace=True)
    assert everything() == before


@pytest.mark.parametrize("content", [b"", b"no tar at all" * 100], ids=["empty", "something else"])
def test_file_that_is_no_backup_is_refused(install, first, tmp_path, content):
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(BackupError, match="Nothing was changed"):
        restore_backup(tmp_path / "other", replace=True)


def test_backup_cut_short_anywhere_is_refused(install, file):
    whole = file.read_bytes()
    for share in (0.01, 0.2, 0.4, 0.6):  # the end of a tar is empty
        file.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(BackupError, match="Nothing was changed"):
            restore_backup(file, replace=True)


def test_installation_without_databases_has_nothing_to_back_up(install, tmp_path):
    install("nothing")
    with pytest.raises(BackupError, match="conversations: .* has nothing to keep yet.*IVY_TRACKERS"):
        make_backup(tmp_path / "ivy.backup")
    assert not list(tmp_path.glob("*backup*"))


def test_command_tells_what_it_did_and_how_it_ended(install, first, tmp_path, capsys):
    file = str(tmp_path / "ivy.backup")
    assert main(["backup", file]) == 0 and "sha256" in capsys.readouterr().out
    assert main(["backup", file]) == 2 and "is there already" in capsys.readouterr().err
    assert main(["restore", file]) == 2 and "--replace" in capsys.readouterr().err
    assert main(["restore", file, "--replace"]) == 0 and "2 conversation events, 1 rows of approvals" in capsys.readouterr().out


def test_folder_gets_a_named_file_and_loses_only_old_backups(install, first, tmp_path, capsys):
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in ("ivy-20200101T000000Z.backup", "ivy-20200102T000000Z.backup", "somebody-elses.backup"):
        (folder / name).write_text("x")
        os.utime(folder / name, (0, 0))
    (folder / "ivy-20200102T000000Z.backup").touch()
    assert main(["backup", str(folder), "--keep", "30"]) == 0 and "deleted 1 older backups" in capsys.readouterr().out
    (new,) = [path for path in folder.iterdir() if path.stat().st_size > 1]
    assert sorted(path.name for path in folder.iterdir() if path != new) == ["ivy-20200102T000000Z.backup", "somebody-elses.backup"]
    assert main(["restore", str(new), "--replace"]) == 0
    assert main(["backup", str(tmp_path / "file"), "--keep", "30"]) == 2 and not (tmp_path / "file").exists()


def test_backup_with_a_damaged_ledger_is_restored_and_the_damage_is_told(install, first, tmp_path, capsys):
    with first.begin() as connection:
        connection.exec_driver_sql("UPDATE approvals SET until = '2999-01-01'")
    make_backup(tmp_path / "ivy.backup")
    install("second")
    assert main(["restore", str(tmp_path / "ivy.backup")]) == 1
    assert "its content was changed after it was written" in capsys.readouterr().out


# ---- one kind of database alone ----

on_sqlite = pytest.mark.parametrize("install", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize("install", ["postgresql"], indirect=True)


@on_sqlite
def test_backup_of_another_kind_of_database_is_refused(install, file, monkeypatch):
    monkeypatch.setenv("IVY_DATABASE", "postgresql://ivy:hush-hush@127.0.0.1:9/ivy")
    with pytest.raises(BackupError, match="the backup is of sqlite, IVY_DATABASE names postgresql"):
        restore_backup(file)


@on_sqlite
def test_damaged_file_is_replaced_and_kept_aside(install, file, tmp_path):
    records = tmp_path / "first" / "records.db"
    open_database(database_url()).dispose()
    records.write_bytes(b"this was a database once\n" * 400)
    with pytest.raises(BackupError, match="it cannot be read.*--replace"):
        restore_backup(file)
    assert restore_backup(file, replace=True).approvals == 1
    assert [path.read_bytes()[:4] for path in records.parent.glob("records.db.damaged-*")] == [b"this"]


@on_sqlite
def test_database_that_is_in_use_is_told_and_left(install, file, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "BUSY_PATIENCE", 0.5)
    other = sqlite3.connect(tmp_path / "first" / "records.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(BackupError, match="could not be replaced.*locked.*Stop Ivy"):
        restore_backup(file, replace=True)
    other.execute("ROLLBACK")
    other.close()
    assert restore_backup(file, replace=True).wrong == ()


@on_postgres
def test_missing_tools_are_named(install, file, tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "find", lambda _: None)
    with pytest.raises(BackupError, match="pg_dump is not installed here"):
        make_backup(tmp_path / "another.backup")
    with pytest.raises(BackupError, match="pg_restore is not installed here.*is as it was"):
        restore_backup(file, replace=True)


@on_postgres
def test_password_is_neither_shown_nor_on_a_command_line(install, file, monkeypatch):
    run, seen = postgres.subprocess.run, []
    monkeypatch.setattr(postgres.subprocess, "run", lambda command, **how: seen.append((command, how["env"].get("PGPASSWORD"))) or run(command, **how))
    url = sa.engine.make_url(database_url()).set(password="hush-hush").render_as_string(hide_password=False)
    monkeypatch.setenv("IVY_DATABASE", url)
    restore_backup(file, replace=True)
    assert seen[0][1] == "hush-hush" and not [word for command, _ in seen for word in command if "hush-hush" in word]


@on_postgres
def test_other_tables_of_the_same_database_are_left_alone(first, tmp_path, install):
    with first.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE somebody_elses (id INTEGER)")
        connection.exec_driver_sql("INSERT INTO somebody_elses VALUES (7)")
    make_backup(tmp_path / "ivy.backup")
    restore_backup(tmp_path / "ivy.backup", replace=True)
    with first.connect() as connection:
        assert connection.exec_driver_sql("SELECT id FROM somebody_elses").scalar() == 7
    install("second")
    restore_backup(tmp_path / "ivy.backup")
    assert not sa.inspect(open_database(database_url())).has_table("somebody_elses")
