"""What the documents name is there: each path, each `make` and `ivy` command, each setting, each template name."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from bot.__main__ import COMMANDS, name_of
from bot.configuration import page
from bot.library.render import CHANNELS, CONDITIONS
from bot.project import ROOT
from bot.settings import NAMES

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "content/README.md", "deploy/README.md", *sorted(f"docs/{path.relative_to(ROOT / 'docs')}" for path in (ROOT / "docs").rglob("*.md")))
ENDINGS = (".md", ".yml", ".py", ".js", ".html", ".css", ".toml", ".lock")
_SPAN = re.compile(r"`([^`\n]+)`")
_FENCE = re.compile(r"^ *```\n(.*?)^ *```$", re.S | re.M)
_SETTING = re.compile(r"\b(?:IVY_[A-Z_]+|ACTION_PORT)\b")
_CODE_SETTING = re.compile(r"(?:environ(?:\.get\(|\[)|whole_number\()\s*[\"'](\w+)")


def text(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def code(words: str) -> list[str]:
    """What stands in code: spans, and the lines of fenced blocks without their comments."""
    fenced = [line.split("  #")[0].strip() for block in _FENCE.findall(words) for line in block.splitlines()]
    return [part.strip() for part in [*_SPAN.findall(_FENCE.sub("", words)), *fenced] if part.strip()]


def paths(words: str) -> set[str]:
    """Paths inside the project. `/live` is an address of the server, `<topic>` stands for any name."""
    parts = {part.split("::")[0] for part in code(words) if " " not in part and "://" not in part and not part.startswith(("/", "[", "{"))}
    return {part for part in parts if part.endswith(ENDINGS) or "/" in part}


def commands(words: str, program: str) -> set[str]:
    """Command lines of a program, with arguments."""
    parts = [part.split(" > ")[0].strip() for line in code(words) for part in line.split(" && ")]
    return {found[1] for part in parts if (found := re.fullmatch(rf"(?:[A-Z]+=\S+ )?({program} .+)", part))}


def exists(path: str) -> bool:
    """True for what is there, and for what .gitignore says that Ivy makes itself."""
    made = {line.strip().strip("/") for line in text(".gitignore").splitlines()}
    return any(ROOT.glob(re.sub(r"<[^>]*>", "*", path).rstrip("/"))) or path.split("/")[0] in made


def ivy_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ivy", exit_on_error=False)
    parsers = parser.add_subparsers(dest="command", required=True)
    for module in COMMANDS:
        module.add_arguments(parsers.add_parser(name_of(module)))
    return parser


def named(find, *more) -> list[tuple[str, str]]:
    return [(document, found) for document in DOCUMENTS for found in sorted(find(text(document), *more))]


@pytest.mark.parametrize(("document", "path"), named(paths))
def test_path_is_there(document, path):
    assert exists(path), f"{document} names {path}"


@pytest.mark.parametrize(("document", "command"), named(commands, "make"))
def test_make_command_is_a_target(document, command):
    targets = re.findall(r"^([a-z]+):", text("Makefile"), re.M)
    assert command.split()[1] in targets, f"{document} names {command}"


@pytest.mark.parametrize(("document", "command"), named(commands, "ivy"))
def test_ivy_command_is_understood(document, command):
    words = shlex.split(command)[1:]
    if words[-1] == "--sign":  # named as an option, without the sign
        words.append("stiff_neck")
    try:
        chosen = ivy_parser().parse_args(words)
    except (SystemExit, argparse.ArgumentError) as error:
        pytest.fail(f"{document} names {command}: {error}")
    assert not getattr(chosen, "sign", None) or (ROOT / f"content/safety/signs/{chosen.sign}.yml").exists()


def test_every_command_of_ivy_is_in_the_readme():
    listed = {command.split()[1] for command in commands(text("README.md"), "ivy")}
    assert listed == {name_of(module) for module in COMMANDS}


def test_settings_in_the_readme_are_settings():
    assert set(_SETTING.findall(text("README.md"))) <= set(NAMES)


def test_settings_that_the_code_reads_are_declared():
    read = {name for path in (ROOT / "bot").rglob("*.py") for name in _CODE_SETTING.findall(path.read_text(encoding="utf-8"))}
    assert read <= set(NAMES) and len(read) > 20


def test_setting_that_nothing_reads_is_not_declared():
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py") if path.name != "settings.py" or path.parent.name != "bot")
    assert [name for name in NAMES if name.startswith("IVY_") and f'"{name}"' not in code] == []


def test_page_of_settings_is_the_one_that_is_made():
    assert text("docs/settings.md") == page(), "run: ivy settings --page > docs/settings.md"


@pytest.mark.parametrize("name", [*CONDITIONS, *CHANNELS])
def test_template_names_are_listed_for_writers(name):
    assert f"`{name}`" in text("CONTRIBUTING.md")


@pytest.mark.parametrize("invented", ["bot/nowhere.py", "content/answers/<family>/nothing_of_the_kind.md", "nowhere/", "NOWHERE.md"])
def test_invented_path_is_noticed(invented):
    assert paths(f"see `{invented}` there") == {invented} and not exists(invented)


@pytest.mark.parametrize("document", DOCUMENTS[:2])
def test_documents_name_paths_and_commands(document):
    """Else the tests above would hold for an empty page."""
    assert len(paths(text(document))) > 20 and commands(text(document), "make") and commands(text(document), "ivy")


def test_license_is_whole():
    words = text("LICENSE")
    assert "Apache License" in words and "END OF TERMS AND CONDITIONS" in words and "[name of copyright owner]" in words


def test_documents_stay_short():
    assert len(text("README.md").splitlines()) <= 135 and Path(ROOT / "content/README.md").stat().st_size < 6_000
