"""The clinic's own facts (content/clinic.yml): names, numbers, hours. One item, approved on its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Mapping, Optional
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from bot.library.problems import ContentError, Problem, shown_path

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
REQUIRED = {"name", "phone", "after_hours_phone", "hours", "hours_text", "time_zone", "country", "fictional"}
OPTIONAL = {"portal"}


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
        opens, closes = span.split("-")
        return replace(self, open_now=opens <= local.strftime("%H:%M") < closes)


def read_clinic(root: Path, country: Optional[str] = None) -> Clinic:
    """Read content/clinic.yml and the country's lines. `country` overrides the file's.

    Raises ContentError with every problem."""
    path = root / "clinic.yml"
    facts = yaml.safe_load(path.read_text(encoding="utf-8"))
    countries = yaml.safe_load((root / "countries.yml").read_text(encoding="utf-8"))
    facts["country"] = (country or facts.get("country") or "").upper()
    problems = [Problem(shown_path(path), 1, problem, repair) for problem, repair in _problems(facts, countries)]
    if problems:
        raise ContentError(problems)
    return Clinic(lines=Lines(**countries[facts["country"]]), **facts)


def _problems(facts: Mapping, countries: Mapping):
    for key in sorted(REQUIRED - set(facts)):
        yield f"lacks '{key}'", f"add a line '{key}: ...'"
    for key in sorted(set(facts) - REQUIRED - OPTIONAL):
        yield f"key '{key}' is not known", f"use one of: {', '.join(sorted(REQUIRED | OPTIONAL))}"
    if facts["country"] not in countries:
        yield f"country '{facts['country']}' is not known", f"use one of: {', '.join(sorted(countries))}, or add it to content/countries.yml"
    for day, span in (facts.get("hours") or {}).items():
        if day not in DAYS or not (span is None or _is_span(str(span))):
            yield f"hours '{day}: {span}' cannot be read", 'write e.g. monday: "08:00-17:00", or null for closed'
    try:
        ZoneInfo(str(facts.get("time_zone")))
    except (ZoneInfoNotFoundError, ValueError):
        yield f"time_zone '{facts.get('time_zone')}' is not known", "use a name like America/New_York"


def _is_span(span: str) -> bool:
    try:
        opens, closes = (datetime.strptime(part, "%H:%M") for part in span.split("-"))
    except ValueError:
        return False
    return opens < closes
