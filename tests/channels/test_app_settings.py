"""Settings of messaging apps: off unless set, and what is half set is named with its repair, all at once."""

from __future__ import annotations

import pytest
import stand_ins

from bot.__main__ import main
from bot.channels.courier import Courier
from bot.channels.reachable import look, look_at_ourselves
from bot.channels.settings import APPS, is_on, open_channels, problems, settings
from bot.project import ROOT, SettingError

WHOLE = {
    "telegram": {"IVY_TELEGRAM_TOKEN": stand_ins.TOKEN, "IVY_TELEGRAM_SECRET": stand_ins.SECRET},
    "messenger": {"IVY_MESSENGER_TOKEN": stand_ins.TOKEN, "IVY_MESSENGER_APP_SECRET": stand_ins.APP_SECRET, "IVY_MESSENGER_VERIFY_TOKEN": stand_ins.VERIFY},
    "twilio": {"IVY_TWILIO_ACCOUNT_SID": stand_ins.ACCOUNT, "IVY_TWILIO_AUTH_TOKEN": stand_ins.TOKEN},
    "slack": {"IVY_SLACK_TOKEN": stand_ins.TOKEN, "IVY_SLACK_SIGNING_SECRET": "s"},
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for app in APPS:
        for name in settings(app):
            monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("IVY_PUBLIC_URL", raising=False)


@pytest.fixture
def given(monkeypatch):
    return lambda **values: [monkeypatch.setenv(name, value) for name, value in values.items()]


@pytest.fixture
async def courier():
    courier = Courier(timeout=10, first_wait=0.01)
    yield courier
    await courier.close()


def test_nothing_is_open_on_a_fresh_machine():
    assert open_channels() == [] and not any(map(is_on, APPS))


@pytest.mark.parametrize("app", APPS)
def test_app_that_is_set_up_is_opened(given, app):
    given(**WHOLE[app], IVY_PUBLIC_URL="https://ivy.clinic.example")
    assert [channel.name() for channel in open_channels()] == [app]


@pytest.mark.parametrize(("app", "name"), [(app, name) for app in APPS for name in WHOLE[app]])
def test_app_that_is_half_set_up_is_named_with_what_is_missing(given, app, name):
    given(**{key: value for key, value in WHOLE[app].items() if key != name}, IVY_PUBLIC_URL="https://ivy.clinic.example")
    with pytest.raises(SettingError, match=f"{app}: {name} is not set"):
        open_channels()


def test_all_that_is_missing_is_named_at_once(given):
    given(IVY_TELEGRAM_TOKEN="t", IVY_SLACK_TOKEN="t", **WHOLE["twilio"])
    with pytest.raises(SettingError) as error:
        open_channels()
    assert all(name in str(error.value) for name in ("IVY_TELEGRAM_SECRET", "IVY_SLACK_SIGNING_SECRET", "IVY_PUBLIC_URL"))


def test_secret_itself_is_never_in_the_message(given):
    given(IVY_TELEGRAM_TOKEN="a-real-token", IVY_TELEGRAM_SECRET="not allowed!")
    assert not any("a-real-token" in problem or "not allowed!" in problem for problem in problems("telegram")) and problems("telegram")


@pytest.mark.parametrize("url", ["http://ivy.clinic.example", "ivy.clinic.example", "https://"])
def test_public_address_that_no_platform_sends_to_is_named(given, url):
    given(**WHOLE["twilio"], IVY_PUBLIC_URL=url)
    assert any("https://" in problem for problem in problems("twilio"))


@pytest.mark.parametrize("app", APPS)
def test_page_of_an_app_names_its_settings(app):
    page = (ROOT / "docs" / "channels" / f"{app}.md").read_text(encoding="utf-8")
    assert all(name in page for name in [*settings(app), "IVY_PUBLIC_URL", "ivy channels check", f"/webhooks/{app}"])


# ---- ivy channels check ----

def test_check_on_a_fresh_machine_names_each_app_and_is_content(capsys):
    assert main(["channels", "check"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(APPS)


def test_check_of_a_half_set_up_app_ends_with_1(given, capsys):
    given(IVY_SLACK_TOKEN="t")
    assert main(["channels", "check"]) == 1
    assert "IVY_SLACK_SIGNING_SECRET is not set" in capsys.readouterr().out


STAND_INS = {"telegram": stand_ins.Telegram, "messenger": stand_ins.Messenger, "twilio": stand_ins.Twilio, "slack": stand_ins.Slack}


async def check(app, courier) -> list:
    platform = await STAND_INS[app]().start()
    try:
        return await look(app, courier, {app: platform.url})
    finally:
        await platform.stop()


@pytest.mark.parametrize("app", APPS)
async def test_check_says_that_an_app_is_off(courier, app):
    (finding,) = await check(app, courier)
    assert finding.works is None and f"docs/channels/{app}.md" in finding.says


@pytest.mark.parametrize("app", APPS)
async def test_check_says_that_the_platform_answers(given, courier, app):
    given(**WHOLE[app], IVY_PUBLIC_URL="https://ivy.clinic.example")
    assert [finding.works for finding in await check(app, courier)][:2] == [True, True]


@pytest.mark.parametrize("app", APPS)
async def test_check_names_the_secret_that_the_platform_refuses(given, courier, app):
    token = next(name for name in WHOLE[app] if name.endswith("TOKEN"))
    given(**{**WHOLE[app], token: "guessed"}, IVY_PUBLIC_URL="https://ivy.clinic.example")
    refused = (await check(app, courier))[-1]
    assert refused.works is False and token in refused.says and "guessed" not in refused.says


@pytest.mark.parametrize("app", APPS)
async def test_check_says_that_the_platform_cannot_be_reached(given, courier, app):
    given(**WHOLE[app], IVY_PUBLIC_URL="https://ivy.clinic.example")
    last = (await look(app, courier, {app: "http://127.0.0.1:9"}))[-1]
    assert last.works is False and "cannot be reached" in last.says


@pytest.mark.parametrize(("app", "what"), [("telegram", "webhook"), ("twilio", "text messages")])
async def test_check_says_that_the_platform_sends_elsewhere(given, courier, app, what):
    given(**WHOLE[app], IVY_PUBLIC_URL="https://ivy.clinic.example")
    (finding,) = [finding for finding in await check(app, courier) if finding.what == what]
    assert finding.works is False and f"https://ivy.clinic.example/webhooks/{app}" in finding.says


async def test_check_says_that_this_server_is_not_seen_from_outside(given, courier):
    given(IVY_PUBLIC_URL="http://127.0.0.1:9")
    assert (await look_at_ourselves(courier)).works is False
