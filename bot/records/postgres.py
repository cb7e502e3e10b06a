"""PostgreSQL's own tools for backup: pg_dump and pg_restore, where they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Mapping, Optional, Sequence

import sqlalchemy as sa

LOCK_SECONDS = 10  # how long restoring waits for a table that somebody uses


class ToolError(RuntimeError):
    """A tool is missing or failed; the message says why, without a password."""


def dump(url: sa.engine.URL, to: Path, tables: Sequence[str]) -> None:
    """Write tables, as they stand at one moment, in pg_dump's custom form. Raises ToolError."""
    _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={to}", *(f"--table={table}" for table in tables)], url)


def restore(url: sa.engine.URL, copy: Path, extra: Sequence[str]) -> None:
    """Put the tables of a dump in the place of those that are there, in one transaction; then drop the `extra` ones, which an
    older dump does not have. Raises ToolError."""
    _run(["pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", f"--dbname={url.database}", str(copy)], url)
    engine = sa.create_engine(url, future=True)
    try:
        with engine.begin() as connection:
            for table in extra:
                connection.execute(sa.schema.DropTable(sa.Table(table, sa.MetaData()), if_exists=True))
    except sa.exc.SQLAlchemyError as error:
        raise ToolError(str(getattr(error, "orig", error)).splitlines()[0]) from error
    finally:
        engine.dispose()


def _run(command: Sequence[str], url: sa.engine.URL) -> None:
    program = find(command[0])
    if not program:
        raise ToolError(f"{command[0]} is not installed here; install your PostgreSQL's client programs")
    ended = subprocess.run([program, *command[1:]], env={**os.environ, **_settings(url)}, capture_output=True, text=True)
    if ended.returncode:
        raise ToolError((ended.stderr.strip() or f"{command[0]} ended with {ended.returncode}").splitlines()[0])


def find(program: str) -> Optional[str]:
    """Debian keeps the newest of them outside the path."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: float(path.parts[4]), reverse=True)
    return str(kept[0]) if kept else shutil.which(program)


def _settings(url: sa.engine.URL) -> Mapping[str, str]:
    """The address as libpq's environment variables: a password has no business on a command line."""
    query = {key: value if isinstance(value, str) else value[0] for key, value in url.query.items()}
    wanted = {"PGHOST": url.host or query.get("host"), "PGPORT": url.port and str(url.port), "PGUSER": url.username, "PGPASSWORD": url.password, "PGDATABASE": url.database,
              "PGSSLMODE": query.get("sslmode"), "PGSSLROOTCERT": query.get("sslrootcert"), "PGOPTIONS": f"-c lock_timeout={LOCK_SECONDS * 1000}"}
    return {key: value for key, value in wanted.items() if value}
