"""The clinic's own facts (content/clinic.yml): names, numbers, hours. One item, approved on its own."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Mapping, Optional
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.library.problems import ContentError, Problem, line_of, read_yaml, shown_path

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
REQUIRED = {"name", "phone", "after_hours_phone", "hours", "hours_text", "time_zone", "country", "fictional"}
OPTIONAL = {"portal"}
#: Text that patients read. A number without quotes can change as YAML reads it: 000 is 0, 0123 is 83.
TEXTS = ("name", "phone", "after_hours_phone", "hours_text")


@dataclass(frozen=True)
class Lines:
    """A country's public numbers. Where a line is not known the text says the emergency number instead."""

    emergency_number: str
    crisis_line: Optional[str] = None
    poison_line: Optional[str] = None
    violence_line: Optional[str] = None


@dataclass(frozen=True)
class Clinic:
    """What templates may say about the clinic. `call` is the number to ring at the given moment."""

    name: str
    phone: str
    after_hours_phone: str
    hours: Mapping[str, Optional[str]]
    hours_text: str
    time_zone: str
    country: str
    fictional: bool
    lines: Lines
    portal: Optional[str] = None
    open_now: bool = True

    @property
    def call(self) -> str:
        return self.phone if self.open_now else self.after_hours_phone

    @property
    def emergency_number(self) -> str:
        return self.lines.emergency_number

    def at(self, moment: datetime) -> "Clinic":
        """The clinic as of a moment (time zone aware): open, or closed and reached after hours."""
        local = moment.astimezone(ZoneInfo(self.time_zone))
        span = self.hours.get(DAYS[local.weekday()])
        if not span:
            return replace(self, open_now=False)
        opens, closes = _span(span)
        return replace(self, open_now=opens <= local.time() < closes)


def read_clinic(root: Path, country: Optional[str] = None) -> Clinic:
    """Read content/clinic.yml and the country's lines. `country` overrides the file's.

    Raises ContentError with every problem."""
    path, public = root / "clinic.yml", root / "countries.yml"
    facts, countries = read_yaml(path), read_yaml(public)
    facts["country"] = str(country or facts.get("country") or "").upper()
    problems = [Problem(shown_path(path), line_of(path, f"{key}:"), problem, repair) for key, problem, repair in _problems(facts, countries)]
    problems += [Problem(shown_path(public), line_of(public, f"{facts['country']}:"), problem, repair) for problem, repair in _line_problems(countries.get(facts["country"], {"emergency_number": "-"}))]
    if problems:
        raise ContentError(problems)
    return Clinic(lines=Lines(**countries[facts["country"]]), **facts)


def _problems(facts: Mapping, countries: Mapping):
    for key in sorted(REQUIRED - set(facts)):
        yield "", f"lacks '{key}'", f"add a line '{key}: ...'"
    for key in sorted(set(facts) - REQUIRED - OPTIONAL, key=str):
        yield key, f"key '{key}' is not known", f"use one of: {', '.join(sorted(REQUIRED | OPTIONAL))}"
    for key in TEXTS:
        if key in facts and not _is_text(facts[key]):
            yield key, f"'{key}' is not text", f'write {key}: "..." in quotes'
    if facts.get("portal") is not None and not _is_text(facts["portal"]):
        yield "portal", "'portal' is not text", 'write portal: "https://...", or null'
    if not isinstance(facts.get("fictional", True), bool):
        yield "fictional", "'fictional' is neither true nor false", "write fictional: false once the numbers are real"
    if facts["country"] not in countries:
        yield "country", f"country '{facts['country']}' is not known", f"use one of: {', '.join(sorted(map(str, countries)))}, or add it to content/countries.yml"
    hours = facts.get("hours", {})
    if not isinstance(hours, dict):
        yield "hours", "'hours' is not a list of day: span", 'write lines like monday: "08:00-17:00"'
        hours = {}
    for day, span in hours.items():
        if day not in DAYS or not (span is None or _is_span(span)):
            yield "hours", f"hours '{day}: {span}' cannot be read", 'write e.g. monday: "08:00-17:00", or null for closed'
    try:
        ZoneInfo(str(facts.get("time_zone")))
    except (OSError, ZoneInfoNotFoundError, ValueError):
        yield "time_zone", f"time_zone '{facts.get('time_zone')}' is not known", "use a name like America/New_York"


def _line_problems(lines: object):
    known = [field.name for field in fields(Lines)]
    if not isinstance(lines, dict) or "emergency_number" not in lines or set(lines) - set(known):
        yield "the country's lines cannot be read", f"give it an emergency_number and, where known, {', '.join(known[1:])}"
        return
    for key, line in lines.items():
        if not (_is_text(line) or line is None and key != "emergency_number"):
            yield f"'{key}' is not text", f'write {key}: "..." in quotes'


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_span(span: object) -> bool:
    try:
        opens, closes = _span(str(span))
    except ValueError:
        return False
    return opens < closes


@lru_cache(maxsize=64)  # the clinic's hours are asked for several times a message
def _span(span: str) -> tuple[time, time]:
    opens, closes = (datetime.strptime(part, "%H:%M").time() for part in span.split("-"))
    return opens, closes
