"""nginx and PostgreSQL as deploy/ starts them: no file that nginx includes is missing, and PostgreSQL's log keeps no patient's words."""

from __future__ import annotations

import os
import re
import subprocess

import psycopg2
import pytest
from deployment import DEPLOY, compose, pods, text

from bot.bench.services import LOOPBACK, USER, PostgresServer, why_no_postgres
from bot.project import ROOT

#: What writes nginx' configuration before it starts.
SCRIPTS = {"compose": compose()["services"]["front"]["command"][-1].replace("$$", "$"), "kubernetes": pods()["nginx"]["spec"]["initContainers"][0]["args"][0]}


@pytest.fixture
def made(tmp_path):
    """Runs a script, with a stand-in for `ivy`. Returns the folder that it wrote."""
    def run(where, **environment):
        stand_in = tmp_path / "bin" / "ivy"
        for folder in ("bin", "front"):
            (tmp_path / folder).mkdir()
        stand_in.write_text("#!/bin/sh\necho \"# $*\"\n")
        stand_in.chmod(0o755)
        subprocess.run(["sh", "-ec", SCRIPTS[where].replace("/front/", f"{tmp_path}/front/")], cwd=ROOT, env={"PATH": f"{stand_in.parent}:{os.environ['PATH']}", **environment}, check=True)
        return tmp_path / "front"

    return run


@pytest.mark.parametrize("where", SCRIPTS)
def test_every_file_that_nginx_includes_is_made(made, where):
    folder, included = made(where), re.findall(r"(?m)^\s*include (\S+);", text(DEPLOY / "nginx" / "ivy.conf"))
    assert len(included) > 4
    assert [name for name in included if not list(folder.glob(name))] == ["tls*.conf"]  # TLS ends in front of it


@pytest.mark.parametrize("where", SCRIPTS)
def test_nobody_is_believed_about_the_patients_address_unless_named(made, where):
    assert (made(where, TRUSTED_PROXIES="") / "real_ip.conf").read_text() == ""


@pytest.mark.parametrize("where", SCRIPTS)
def test_named_proxies_are_believed(made, where):
    named = made(where, TRUSTED_PROXIES="192.0.2.1 10.244.0.0/16")
    assert (named / "real_ip.conf").read_text() == "set_real_ip_from 192.0.2.1;\nset_real_ip_from 10.244.0.0/16;\n"


def test_proxies_are_asked_of_whoever_installs_it():
    assert compose()["services"]["front"]["environment"]["TRUSTED_PROXIES"] == "${TRUSTED_PROXIES:-}"
    assert "TRUSTED_PROXIES: \"\"" in text(DEPLOY / "kubernetes" / "settings.yml")


class Composed(PostgresServer):
    """PostgreSQL with its own defaults, and then what deploy/compose.yml adds."""

    def _command(self):
        return [*super()._command(), "-c", "log_min_error_statement=error", "-c", "log_error_verbosity=default", *self.added]

    added = tuple(compose()["services"]["postgres"]["command"][1:])


@pytest.mark.parametrize(("added", "kept"), [(Composed.added, False), ((), True)], ids=["as composed", "by default"])
def test_composed_postgresql_keeps_no_words_of_a_statement_that_fails(monkeypatch, added, kept):
    """By default they stand in its log twice: in the statement, and in the row that was refused."""
    if why_no_postgres():
        pytest.skip(why_no_postgres())
    monkeypatch.setattr(Composed, "added", added)
    server = Composed()
    try:
        server.start()
        connection = psycopg2.connect(host=LOOPBACK, port=server.port, user=USER, dbname="records")
        with pytest.raises(psycopg2.errors.NotNullViolation), connection, connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE said (words text, at int NOT NULL)")
            cursor.execute("INSERT INTO said VALUES (%s, NULL)", ("quillfeather",))
        connection.close()
        log = (server.folder / "log").read_text()
        assert "violates not-null constraint" in log and log.count("quillfeather") == 2 * kept
    finally:
        server.remove()
