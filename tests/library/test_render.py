"""Rendering: the words for this clinic, person and channel, and HTML that may stand in any page."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import TemplateError

from bot.library.items import parse_item
from bot.library.render import Renderer, Situation, plain


def item(text: str):
    return parse_item("voice/try", Path("try.md"), f"---\npurpose: a try\nreview_days: 9\n---\n## short\n{text}\n")


@pytest.fixture
def say(small):
    """Render a template in a situation: say(text, known=..., channel=...)."""
    return lambda text, **situation: Renderer().render(item(text), "short", Situation(small.clinic, **situation))


def test_clinic_facts_are_filled_in(say, small):
    assert say("Call {{ clinic.phone }}.") == f"Call {small.clinic.phone}."


@pytest.mark.parametrize(("known", "words"), [({"itp"}, "calming"), ({"aiha"}, "other"), (set(), "other")], ids=["known", "another known", "nothing known"])
def test_condition_chooses_the_words(say, known, words):
    assert say("{% if itp %}calming{% else %}other{% endif %}", known=frozenset(known)) == words


def test_channel_chooses_the_words(say):
    assert say("{{ 'tap' if channel == 'web' else 'send' }}", channel="sms") == "send"


def test_extra_value_is_seen(say):
    assert say("{{ topic }}", extra={"topic": "figs"}) == "figs"


SPOKEN = {"none": ((), ""), "one": (("a rash",), "a rash"), "two": (("a rash", "fever"), "a rash and fever"),
          "three": (("a rash", "fever", "chills"), "a rash, fever and chills"), "one twice": (("fever", "fever"), "fever")}


@pytest.mark.parametrize(("signs", "spoken"), SPOKEN.values(), ids=SPOKEN)
def test_signs_are_named_as_in_speech(say, signs, spoken):
    assert say("[{{ signs }}]", signs=signs) == f"[{spoken}]"


@pytest.mark.parametrize("text", ["{{ nobody }}", "{{ clinic.fax }}", "{% if %}", "{{ ''.__class__.__mro__ }}", "{% include 'other' %}"],
                         ids=["unknown name", "unknown fact", "no condition", "python's inside", "another file"])
def test_broken_template_is_an_error_not_a_gap(say, text):
    with pytest.raises(TemplateError):
        say(text)


def test_source_marks_are_taken_out(say):
    assert say("Sweet [@tree]. {{ 'Old' }} [@a; @b].") == "Sweet. Old."


def test_words_left_out_leave_one_empty_line(say):
    assert say("One.\n\n{% if itp %}\nTwo.\n{% endif %}\n\nThree.") == "One.\n\nThree."


def test_html_of_a_list_is_a_list():
    assert Renderer().html("- one\n- two") == "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "[a](http://plain.example)", "![a](https://track.example/x.png)",
                                  '<a href="https://x.example" onclick="go()">x</a>'],
                         ids=["script", "image with code", "script link", "link without TLS", "picture from elsewhere", "raw link"])
def test_html_holds_nothing_that_runs_or_loads(text):
    html = Renderer().html(text)
    assert not [part for part in ("<script", "<img", 'href="http:', 'href="java', "<a href=\"https://x.example\" on") if part in html]


@pytest.mark.parametrize("address", ["tel:5550111", "https://portal.example/a"])
def test_html_keeps_links_that_are_safe(address):
    assert f'href="{address}"' in Renderer().html(f"[go]({address})")


def test_plain_text_keeps_every_bullet_and_no_stars():
    assert plain("- **one**\n- two\n\nup - down") == "• one\n• two\n\nup - down"


def test_today_is_the_clinics_day(small):
    from datetime import datetime, timedelta, timezone
    from dataclasses import replace

    east = Situation(replace(small.clinic, time_zone="Pacific/Kiritimati"))
    west = Situation(replace(small.clinic, time_zone="Pacific/Pago_Pago"))
    assert west.clinic_day() < east.clinic_day()  # 25 hours apart: never the same day
    assert east.clinic_day() - datetime.now(timezone.utc).date() <= timedelta(days=1)
