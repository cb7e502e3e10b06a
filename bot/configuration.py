"""Reads the settings from the environment and one file, and says everything that is wrong with them at once."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import Iterator, Mapping, MutableMapping

from bot.settings import NAMES, SECRET_LENGTH, SETTINGS, SettingError

#: Settings of the tests, not of Ivy.
TESTS = "IVY_TEST_"
PATHS = frozenset({"IVY_CONFIG", "IVY_STATE", "IVY_CONTENT", "IVY_MODELS", "IVY_RELEASE"})


def apply_settings(environment: MutableMapping[str, str], serving: bool = False) -> None:
    """Add what the file of IVY_CONFIG says to the environment, which wins, and check all of it; `serving`: also
    whether the settings fit together for a server. Raises SettingError with every problem, a line each."""
    found = []
    for place, name, value in _read_file(environment, found):
        if name not in NAMES:
            found.append(f"{place}: {_unknown(name)}")
        elif name not in environment:
            environment[name] = value
    for name in NAMES & environment.keys():
        if not environment[name].strip():  # `IVY_STATE=` says nothing, and not "this folder"
            del environment[name]
        elif name in PATHS:  # as typed: later the process works in Ivy's own folder
            environment[name] = os.path.abspath(environment[name])
    found += [_unknown(name) for name in sorted(environment) if name.startswith("IVY_") and name not in NAMES and not name.startswith(TESTS)]
    found += [f"{setting.name} {wrong}" for setting in SETTINGS if environment.get(setting.name) and (wrong := setting.check(environment[setting.name]))]
    if serving:
        found += [*_unfit_together(environment), *_of_channels(), *_of_notices()]
    if found:
        raise SettingError("\n".join(dict.fromkeys(found)))


def distributed(environment: Mapping[str, str]) -> bool:
    """Whether this is one of several servers."""
    return bool(environment.get("IVY_REDIS"))


def _read_file(environment: Mapping[str, str], found: list[str]) -> Iterator[tuple[str, str, str]]:
    """Place, name and value of each line; what cannot be read is added to `found`."""
    path = environment.get("IVY_CONFIG")
    if not path:
        return
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        found.append(f"IVY_CONFIG names {path}, which cannot be read ({type(error).__name__}); correct the path, or unset it")
        return
    for number, line in enumerate(lines, 1):
        name, sign, value = (part.strip() for part in re.sub(r"(^|\s)#.*", "", line).partition("="))
        if sign and name:
            yield f"{path}:{number}", name, value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
        elif line.strip() and not line.lstrip().startswith("#"):
            found.append(f"{path}:{number}: not a setting; write NAME=value, or # before a remark")


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, NAMES, 1)
    return f"{name} is no setting of Ivy" + (f"; did you mean {near[0]}?" if near else "; docs/settings.md lists them")


def _unfit_together(environment: Mapping[str, str]) -> Iterator[str]:
    """What several servers need: databases and a secret that all of them have."""
    if not distributed(environment):
        return
    for name, what in (("IVY_DATABASE", "records"), ("IVY_TRACKERS", "conversations")):
        if not environment.get(name, "").startswith("postgresql"):
            yield f"{name} must name a PostgreSQL database where IVY_REDIS is set: a SQLite file of {what} is seen by one machine only. Set it to postgresql://..., or unset IVY_REDIS"
    if not environment.get("IVY_SECRET"):
        yield f"IVY_SECRET must be set where IVY_REDIS is, to the same {SECRET_LENGTH} or more characters on every server: a session that one signs must be good at the others. openssl rand -hex 32 makes one"


def _of_channels() -> Iterator[str]:
    """What is wrong with the website's and the messaging apps' settings."""
    from bot.channels.origins import Origins
    from bot.channels.settings import APPS, problems

    try:
        Origins.of_this_installation()
    except SettingError as error:
        yield str(error)
    yield from (f"{app}: {problem}" for app in APPS for problem in problems(app))


def _of_notices() -> Iterator[str]:
    """What is wrong with how the clinic is told of alerts."""
    from bot.records.notices import check_settings, read_settings

    try:
        check_settings(read_settings())
    except SettingError as error:
        yield from str(error).splitlines()


def listing(environment: Mapping[str, str]) -> Iterator[str]:
    """Each setting that is set, and its value unless it is a secret."""
    for setting in SETTINGS:
        if environment.get(setting.name):
            yield f"{setting.name}={'(set; not shown)' if setting.secret else environment[setting.name]}"


def page() -> str:
    """docs/settings.md: every setting with its meaning and default."""
    rows = [f"| `{setting.name}` | {_linked(setting.meaning)} | {setting.default} |" for setting in SETTINGS]
    return "\n".join([_HEAD, *rows]) + "\n"


def _linked(meaning: str) -> str:
    return f"`{meaning}`" if meaning.startswith("docs/") else meaning


_HEAD = f"""# Settings

Settings are environment variables, or lines `NAME=value` of the file that `IVY_CONFIG` names (`#` at the beginning or behind a space begins a remark). The environment
wins over the file. A wrong value, a missing one or an unknown name ends the start, and all of them are named at once.
`ivy settings` shows what is set; secrets are not shown. `ivy settings --page` writes this page, from `bot/settings.py`.

**Embedded** (the default): set nothing. One process, SQLite in the state folder.

**Distributed**: the same program on several machines. All of them get the same
```
IVY_DATABASE=postgresql://ivy:...@database.example/records
IVY_TRACKERS=postgresql://ivy:...@database.example/conversations
IVY_REDIS=rediss://:...@redis.example:6379/0
IVY_SECRET=...        # {SECRET_LENGTH} or more characters, the same everywhere
```
What Ivy keeps in Redis it can lose: no need for Redis to write to disk (`save ""`, `appendonly no`). `docs/scaling.md` has the rest.

| Setting | Meaning | Default |
|---|---|---|"""
