"""The clinic's facts: which number is said when, and that a wrong fact is refused before it is said."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from bot.library.clinic import Lines, read_clinic
from bot.library.problems import ContentError


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


MOMENTS = {
    "monday noon": ("2026-07-06T16:00", True),
    "monday at the opening minute, summer time": ("2026-07-06T12:00", True),
    "monday a minute before": ("2026-07-06T11:59", False),
    "monday the same hour in winter": ("2026-01-05T12:00", False),
    "monday at the opening minute, winter time": ("2026-01-05T13:00", True),
    "monday at the closing minute": ("2026-07-06T21:00", False),
    "monday still, but tuesday in UTC": ("2026-07-07T00:30", False),
    "friday morning, hours written 8:30": ("2026-07-10T13:00", True),
    "friday before half past eight": ("2026-07-10T12:15", False),
    "sunday, closed": ("2026-07-05T16:00", False),
    "tuesday, a day nobody listed": ("2026-07-07T16:00", False),
}


@pytest.mark.parametrize(("moment", "is_open"), MOMENTS.values(), ids=MOMENTS)
def test_hours_decide_whether_the_clinic_is_open(small, moment, is_open):
    assert small.clinic.at(utc(moment)).open_now is is_open


def test_open_clinic_is_called_on_its_own_number(small):
    assert small.clinic.at(utc("2026-07-06T16:00")).call == small.clinic.phone


def test_closed_clinic_is_called_after_hours(small):
    assert small.clinic.at(utc("2026-07-05T16:00")).call == small.clinic.after_hours_phone


def test_emergency_number_follows_the_clinics_country(small):
    assert small.clinic.emergency_number == "911"


def test_country_of_the_installation_goes_over_the_files(content):
    assert content.library(country="es").clinic.lines == Lines("112", crisis_line=None)


WRONG = {
    "lacking number": ("clinic.yml", "phone: 555-0111\n", "", 1, "lacks 'phone'"),
    "misspelt key": ("clinic.yml", "country: US", "country: US\nportl: null", 11, "'portl' is not known"),
    "empty number": ("clinic.yml", "after_hours_phone: 555-0122", "after_hours_phone:", 3, "'after_hours_phone' is not text"),
    "number that YAML reads as octal": ("clinic.yml", "phone: 555-0111", "phone: 01234567", 2, "'phone' is not text"),
    "number written twice": ("clinic.yml", "name: Orchard Clinic", "name: Orchard Clinic\nphone: 555-0133", 3, "'phone' is written twice"),
    "fictional in words": ("clinic.yml", "fictional: true", "fictional: 'no'", 11, "'fictional'"),
    "portal that is no text": ("clinic.yml", "country: US", "country: US\nportal: 7", 11, "'portal'"),
    "unknown country": ("clinic.yml", "country: US", "country: ZZ", 10, "country 'ZZ'"),
    "country that YAML reads as false": ("clinic.yml", "country: US", "country: NO", 10, "country ''"),
    "unknown time zone": ("clinic.yml", "time_zone: America/New_York", "time_zone: America/Nowhere", 9, "time_zone"),
    "closing before opening": ("clinic.yml", '"08:00-17:00"', '"17:00-08:00"', 5, "hours 'monday"),
    "hours in words": ("clinic.yml", '"08:00-17:00"', "all day", 5, "hours 'monday"),
    "unknown day": ("clinic.yml", "sunday", "sumday", 5, "hours 'sumday"),
    "not YAML": ("clinic.yml", "name: Orchard Clinic", "name: Orchard: Clinic", 1, "is not YAML"),
    "emergency number that YAML reads as 0": ("countries.yml", '"911"', "000", 1, "'emergency_number' is not text"),
    "country without emergency number": ("countries.yml", 'emergency_number: "911", ', "", 1, "lines cannot be read"),
    "unknown line": ("countries.yml", "crisis_line", "crysis_line", 1, "lines cannot be read"),
}


@pytest.mark.parametrize(("path", "old", "new", "number", "says"), WRONG.values(), ids=WRONG)
def test_wrong_fact_is_refused_with_its_line(content, path, old, new, number, says):
    content.change(path, old, new)
    with pytest.raises(ContentError) as raised:
        read_clinic(content.root)
    (problem,) = raised.value.problems
    assert (Path(problem.path).name, problem.line) == (path, number) and says in problem.problem


@pytest.mark.parametrize("text", ["", "- name", "hours: closed\nname: Orchard"], ids=["empty", "a list", "hours of one word"])
def test_file_of_another_shape_is_refused(content, text):
    content.write("clinic.yml", text)
    with pytest.raises(ContentError):
        read_clinic(content.root)


def test_every_wrong_fact_is_named_at_once(content):
    content.change("clinic.yml", "phone: 555-0111", "phone: 5550111")
    content.change("clinic.yml", "country: US", "country: ZZ")
    with pytest.raises(ContentError) as raised:
        read_clinic(content.root)
    assert [problem.line for problem in raised.value.problems] == [2, 10]
