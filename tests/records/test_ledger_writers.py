"""The ledger under people who sign at once, processes killed while they write, and a disk that is full: no row
that was reported is lost, and the chain stays whole."""

from __future__ import annotations

import os
import resource
import signal
import time
from datetime import date

import pytest
import sqlalchemy as sa
from apart import processes

from bot.library.approvals import all_rows, append, verify
from bot.records import database
from bot.records.database import open_database

KILLS = 20


def sign(engine, name: str, turn: int = 0):
    return append(engine, "voice/greet", f"Hello, says {name} for the {turn}th time. " * 500, name, "clinician", "accuracy", date(2031, 5, 31))


def writes(url: str, name: str, times: int, written, largest_file: int = 0) -> None:
    """Sign so many times, and report each row once it is written."""
    if largest_file:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    database.BUSY_SECONDS = 60  # writers wait for each other as long as a busy machine needs
    open_database.cache_clear()
    engine = open_database(url)
    try:
        for turn in range(times):
            written.send(sign(engine, name, turn).hash)
    except sa.exc.DatabaseError as error:
        written.send(f"refused: {error.orig}")
    written.close()


class Writer:
    """A process that signs."""

    def __init__(self, url: str, name: str, times: int, largest_file: int = 0) -> None:
        self._reports, written = processes.Pipe(duplex=False)
        self._process = processes.Process(target=writes, args=(url, name, times, written, largest_file), daemon=True)
        self._process.start()
        written.close()
        self.reported: list[str] = []

    def wait_for_a_row(self) -> None:
        self.reported.append(self._reports.recv())

    def kill(self) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        self.finish()

    def finish(self) -> list[str]:
        """Every row that it reported, and last why it was refused, if it was."""
        while True:
            try:
                self.reported.append(self._reports.recv())
            except EOFError:
                self._process.join(60)
                return self.reported


@pytest.fixture
def ledger(empty_database):
    open_database.cache_clear()
    engine = open_database(empty_database)
    yield engine
    engine.dispose()


def test_processes_that_sign_at_once_make_one_chain(ledger, empty_database):
    writers = [Writer(empty_database, name, 30) for name in ("Ada", "Bea", "Cleo")]
    reported = [row for writer in writers for row in writer.finish()]
    rows = all_rows(ledger)
    assert verify(rows) == [] and len(rows) == 90 and {row.hash for row in rows} == set(reported)


def test_kill_in_the_middle_of_a_write_loses_no_reported_row_and_breaks_nothing(ledger, empty_database):
    reported = []
    for turn in range(KILLS):
        writer = Writer(empty_database, f"Ada {turn}", 10_000)
        writer.wait_for_a_row()
        time.sleep(turn % 10 * 0.003)
        writer.kill()
        reported += writer.reported
        rows = all_rows(ledger)
        assert verify(rows) == [] and set(reported) <= {row.hash for row in rows}
        assert len(rows) <= len(reported) + turn + 1, "at most the row it was writing is there without a report"
    last = sign(ledger, "Bea")  # PostgreSQL may finish the last row of a writer that is gone: before this one, or never
    rows = all_rows(ledger)
    assert verify(rows) == [] and rows[-1] == last


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{tmp_path / 'records.db'}"


def test_full_disk_refuses_the_row_and_keeps_the_others(sqlite_url):
    """The system refuses to let the files grow, as a full disk does."""
    ledger = open_database(sqlite_url)
    sign(ledger, "Ada")
    *reported, last = Writer(sqlite_url, "Bea", 200, largest_file=600_000).finish()
    assert last.startswith("refused: ") and reported
    rows = all_rows(ledger)
    assert verify(rows) == [] and [row.hash for row in rows[1:]] == reported
    assert sign(ledger, "Ada", 1).number == len(rows) + 1 and verify(all_rows(ledger)) == []


def test_database_that_may_not_grow_refuses_the_row_and_keeps_the_others(sqlite_url):
    ledger = open_database(sqlite_url)
    sign(ledger, "Ada")
    full = sa.create_engine(sqlite_url, future=True)
    sa.event.listen(full, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count=40"))
    with pytest.raises(sa.exc.OperationalError, match="full"):
        for turn in range(100):
            sign(full, "Bea", turn)
    rows = all_rows(ledger)
    assert turn > 0 and len(rows) == turn + 1 and verify(rows) == []
    assert sign(ledger, "Ada", 1).number == len(rows) + 1
