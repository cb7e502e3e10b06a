"""Settings: from the environment and one file; what is wrong is named at once, with its repair, and never with a secret."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.configuration import apply_settings, listing
from bot.project import ROOT
from bot.settings import SETTINGS, SettingError

TOGETHER = {"IVY_REDIS": "redis://cache.example", "IVY_DATABASE": "postgresql://ivy:hush@db.example/r", "IVY_TRACKERS": "postgresql://ivy:hush@db.example/c", "IVY_SECRET": "s" * 32}


def wrong(environment, serving=False) -> list[str]:
    with pytest.raises(SettingError) as error:
        apply_settings(environment, serving)
    return str(error.value).splitlines()


@pytest.fixture
def file(tmp_path):
    def _file(text: str) -> dict:
        path = tmp_path / "ivy.env"
        path.write_text(text, encoding="utf-8")
        return {"IVY_CONFIG": str(path)}

    return _file


def test_nothing_set_is_an_ivy_on_one_machine():
    environment: dict = {}
    apply_settings(environment, serving=True)
    assert environment == {}


def test_file_is_read_and_the_environment_wins(file):
    environment = {**file('# who may show the chat\nIVY_ORIGINS="https://a.example https://b.example"\n\nIVY_MODE=clinic\nACTION_PORT = 9001\n'), "IVY_MODE": "demo"}
    apply_settings(environment)
    assert (environment["IVY_ORIGINS"], environment["IVY_MODE"], environment["ACTION_PORT"]) == ("https://a.example https://b.example", "demo", "9001")


def test_all_that_is_wrong_is_named_at_once_with_file_and_line(file):
    found = wrong({**file("IVY_MODE=live\nIVY_MOED=demo\nhello\nPATH=/bin\n"), "IVY_KEEP_DAYS": "a month", "IVY_COUNTRY": "gb"})
    assert len(found) == 6
    assert any("ivy.env:2: IVY_MOED" in line and "did you mean IVY_MODE?" in line for line in found)
    assert any("ivy.env:3:" in line and "NAME=value" in line for line in found) and any("ivy.env:4: PATH" in line for line in found)
    assert any("IVY_MODE" in line and "demo, clinic" in line for line in found) and any("whole number" in line for line in found)


def test_file_that_is_not_there_is_named():
    (found,) = wrong({"IVY_CONFIG": "/nowhere/ivy.env"})
    assert "/nowhere/ivy.env" in found


def test_mistyped_name_in_the_environment_is_no_silent_default():
    (found,) = wrong({"IVY_DATABSE": "postgresql://x"})
    assert "did you mean IVY_DATABASE?" in found


def test_settings_of_the_tests_are_left_alone():
    apply_settings({"IVY_TEST_POSTGRES": "postgresql://x"})


@pytest.mark.parametrize(("name", "value"), [("IVY_DATABASE", "mysql://root:hush@x/y"), ("IVY_REDIS", "cache.example:6379 hush"), ("IVY_DATABASE", "postgresql//ivy:hush@x"), ("IVY_REDIS", "http://[hush")])
def test_address_of_the_wrong_kind_is_named_without_its_password(name, value):
    (found,) = wrong({name: value})
    assert name in found and "://" in found and "hush" not in found


@pytest.mark.parametrize("value", ["sqlite:////var/x.db", "postgresql://x/y", "postgresql+psycopg2://x/y"])
def test_address_of_the_right_kind_is_taken(value):
    apply_settings({"IVY_TRACKERS": value})


def test_servers_that_share_need_all_four_settings():
    apply_settings(dict(TOGETHER), serving=True)


@pytest.mark.parametrize("name", ["IVY_DATABASE", "IVY_TRACKERS", "IVY_SECRET"])
def test_what_several_servers_lack_is_named_with_the_repair(name):
    (found,) = wrong({key: value for key, value in TOGETHER.items() if key != name}, serving=True)
    assert name in found and ("postgresql://..." in found or "openssl rand" in found)


def test_sqlite_beside_redis_is_refused():
    (found,) = wrong({**TOGETHER, "IVY_TRACKERS": "sqlite:///conversations.db"}, serving=True)
    assert "IVY_TRACKERS" in found and "one machine only" in found


def test_short_secret_is_refused_and_not_repeated():
    (found,) = wrong({**TOGETHER, "IVY_SECRET": "tooshort"}, serving=True)
    assert "IVY_SECRET" in found and "32" in found and "tooshort" not in found


def test_websites_and_messaging_apps_are_named_beside_the_rest(monkeypatch):
    monkeypatch.setenv("IVY_ORIGINS", "www.clinic.example")
    monkeypatch.setenv("IVY_SLACK_TOKEN", "t")
    found = wrong({"IVY_MODE": "live"}, serving=True)
    assert len(found) == 3 and all(any(name in line for line in found) for name in ("IVY_ORIGINS", "IVY_SLACK_SIGNING_SECRET", "IVY_MODE"))


def test_listing_shows_what_is_set_and_no_secret():
    shown = "\n".join(listing({**TOGETHER, "IVY_MODE": "demo"}))
    assert "IVY_MODE=demo" in shown and "IVY_SECRET" in shown and "hush" not in shown and "sss" not in shown


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_setting_says_what_it_means(setting):
    assert setting.meaning and "|" not in setting.meaning + setting.default
    assert not setting.meaning.startswith("docs/") or (ROOT / setting.meaning).exists()


@pytest.mark.parametrize("command", [["serve", "--port", "1"], ["settings"], ["purge"]])
def test_command_with_a_wrong_setting_ends_with_2_and_what_is_wrong(command):
    done = subprocess.run([sys.executable, "-m", "bot", *command], cwd=ROOT, env={"PATH": "/usr/bin:/bin", "IVY_MOED": "demo"}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "IVY_MODE" in done.stderr and "Traceback" not in done.stderr


def test_remark_behind_a_value_is_no_part_of_it(file):
    environment = file("IVY_COUNTRY=GB   # where the clinic is\nIVY_SECRET=abc#def" + "0" * 30 + "\n")
    apply_settings(environment)
    assert (environment["IVY_COUNTRY"], environment["IVY_SECRET"]) == ("GB", "abc#def" + "0" * 30)


def test_empty_setting_is_one_that_is_not_set(tmp_path):
    environment = {"IVY_STATE": "", "IVY_MODE": " ", "IVY_COUNTRY": "GB"}
    apply_settings(environment, serving=True)
    assert environment == {"IVY_COUNTRY": "GB"}


def test_relative_folder_is_the_one_where_the_command_was_typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environment = {"IVY_STATE": "st"}
    apply_settings(environment)
    assert environment["IVY_STATE"] == str(tmp_path / "st")


@pytest.mark.parametrize("name, value", [
    ("IVY_SECRET", "short"), ("IVY_KEEP_DAYS", "99999999"), ("IVY_PUBLIC_URL", "foo"), ("IVY_DATABASE", "postgresql://u:p@h:notaport/x"), ("IVY_DATABASE", "sqlite:foo"), ("IVY_TRACKERS", "sqlite://"),
])
def test_value_that_would_fail_later_is_named_at_the_start(name, value):
    (found,) = wrong({name: value})
    assert found.startswith(name)
