"""Settings and secrets in deploy/: each is one that Ivy reads, and no secret has a value."""

from __future__ import annotations

import re

import pytest
from deployment import DEPLOY, compose, resources, text

from bot.project import ROOT
from bot.settings import NAMES

SECRETS = {"IVY_SECRET", "IVY_DATABASE", "IVY_TRACKERS", "IVY_REDIS", "IVY_METRICS_TOKEN"}
#: Settings of the Compose file itself.
COMPOSE_OWN = {"IVY_IMAGE", "IVY_HTTP_PORT"}
SUFFIXES = {".yml", ".yaml", ".example", ".conf", ".json", ".md"}
FILES = sorted(path for path in DEPLOY.rglob("*") if path.suffix in SUFFIXES or path.name == "Containerfile")
#: Three random bytes in four letters: what `openssl rand -base64 24` or `-hex 16` prints, or a key's first line.
_RANDOM = re.compile(r"\b(?=\w*\d)(?=\w*[a-z])[A-Za-z0-9+/]{32,}\b|-----BEGIN")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_setting_is_one_that_ivy_reads(path):
    assert set(re.findall(r"\b(?:IVY|SANIC)_[A-Z][A-Z_]+\b", text(path))) <= set(NAMES) | COMPOSE_OWN


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_that_is_named_is_there(path):
    named = set(re.findall(r"(?<![\w./-])(?:bot|content|deploy|docs|tests|tools)/[\w./-]+\w", text(path))) - {"deploy/.env"}
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_holds_nothing_like_a_key(path):
    assert not _RANDOM.search(text(path))


def test_template_of_the_secret_has_its_keys_and_no_value():
    (secret,) = resources("Secret")
    assert set(secret["stringData"]) == SECRETS and not any(secret["stringData"].values()) and "data" not in secret


def test_example_of_the_composes_settings_has_no_secret_value():
    lines = dict(line.split("=", 1) for line in text(DEPLOY / "env.example").splitlines() if "=" in line and not line.startswith("#"))
    assert {"IVY_SECRET", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "IVY_METRICS_TOKEN"} <= set(lines)
    assert not any(value for name, value in lines.items() if re.search("SECRET|PASSWORD|TOKEN", name))


def test_each_setting_of_the_example_is_read():
    asked = set(re.findall(r"\$\{(\w+)", text(DEPLOY / "compose.yml")))
    assert set(re.findall(r"(?m)^(\w+)=", text(DEPLOY / "env.example"))) <= asked


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_compose_refuses_to_start_without_a_secret(name):
    asked = compose()["services"]["ivy-1"]["environment"][name]
    assert re.search(r"\$\{\w+(:\?[^}]+)?\}", asked)
    for setting in re.findall(r"\$\{(\w+)", asked):
        assert f"${{{setting}:?" in text(DEPLOY / "compose.yml"), f"an empty {setting} would be taken"


def test_filled_in_settings_are_never_committed():
    assert "deploy/.env" in text(ROOT / ".gitignore").splitlines()


@pytest.mark.parametrize("invented", ["key: 9f86d081884c7d659a2feaa0c55ad015", "-----BEGIN PRIVATE KEY-----"])
def test_a_key_would_be_noticed(invented):
    assert _RANDOM.search(invented)
