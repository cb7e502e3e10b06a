"""What the image promises: a maintained base, no root, no compiler, nothing in it that does not belong there."""

from __future__ import annotations

import re

import pytest
import tomli
from deployment import CONTAINERFILE, images, stages, text

from bot.project import ROOT

COMPILERS = re.compile(r"\b(gcc|g\+\+|clang|build-essential|make|cmake|rustc|cargo|python3?[.\d]*-dev)\b")


def copied() -> list[str]:
    """What .dockerignore lets into the build."""
    return [line[1:] for line in text(ROOT / ".dockerignore").splitlines() if line.startswith("!")]


def test_every_stage_starts_from_the_ubuntu_that_maintains_python_3_10():
    assert [stage.split()[1] for stage in stages()] == ["ubuntu:22.04"] * 2


@pytest.mark.parametrize(("where", "image"), images().items())
def test_image_has_a_version_and_not_latest(where, image):
    default = re.sub(r"\$\{\w+:-([^}]+)\}", r"\1", image)
    assert re.fullmatch(r"[\w./-]+:\d[\w.-]*", default), f"{where}: {image}"


def test_server_runs_as_a_user_that_is_not_root_and_by_number():
    """A number, so that Kubernetes can see that it is not root (runAsNonRoot)."""
    assert re.findall(r"(?m)^USER (.+)$", stages()[-1]) == ["10001:10001"]


def test_no_compiler_in_any_stage():
    assert not COMPILERS.search("\n".join(stages()))


def test_packages_are_installed_by_their_hashes():
    assert re.search(r"(?m)^RUN .*tools/setup$", CONTAINERFILE) and "--require-hashes" in text(ROOT / "tools" / "setup")
    assert not re.search(r"pip install", CONTAINERFILE)


def test_what_only_tests_need_is_taken_out():
    extra = tomli.loads(text(ROOT / "pyproject.toml"))["project"]["optional-dependencies"]["test"]
    taken_out = re.search(r"pip uninstall .*?bin/python ([^\\\n]+)", CONTAINERFILE)[1].split()
    assert set(taken_out) == {re.match(r"[\w-]+", requirement)[0] for requirement in extra}


def test_health_is_asked_of_live_and_not_of_ready():
    """A server whose database is away still answers with the safety net: a restart would silence it."""
    check = re.search(r"HEALTHCHECK [^\n]*\\\n[^\n]*", CONTAINERFILE)[0]
    assert "/live'" in check and "/ready" not in check


@pytest.mark.parametrize("path", copied())
def test_what_the_build_copies_is_there(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("needed", ["config.yml", "domain.yml", "endpoints.yml", "credentials.yml", "pyproject.toml", "requirements.lock", ".python-version", "bot", "actions", "content", "data", "tools/setup"])
def test_what_the_server_and_its_build_need_is_copied(needed):
    assert needed in copied()


def test_nothing_is_copied_that_was_not_asked_for():
    """Models of unknown origin, databases and secrets of the machine that builds stay where they are."""
    first = next(line for line in text(ROOT / ".dockerignore").splitlines() if line and not line.startswith("#"))
    assert first == "*" and not {"models", ".ivy", ".venv", "deploy", "deploy/.env", "tests", ".git", "."} & set(copied())
