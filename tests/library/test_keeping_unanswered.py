"""Where unanswered questions are kept, the patient is told: before the first message and when asked. Where not, nothing is said of it."""

from __future__ import annotations

import re
from datetime import datetime, timezone

import pytest

from bot.library.page_texts import filled, read_page_texts
from bot.library.readability import grades
from bot.library.render import Situation
from bot.project import CONTENT, SettingError, keeps_unanswered

MOST = 6  # reading grade, as bot/library/checks.py has it


def told(library) -> dict[str, str]:
    """What a patient reads about what is kept, by where."""
    situation = Situation(library.clinic.at(datetime.now(timezone.utc)))
    notice = " ".join(filled(read_page_texts(CONTENT), library.renderer, situation, 30, "")["notice"])
    lines = {name: library.renderer.render(library.voice(name), "short", situation) for name in ("privacy", "first_words")}
    return {"notice": re.sub("<.*?>", "", notice), **lines}


@pytest.mark.parametrize("where", ["notice", "privacy", "first_words"])
def test_patient_is_told_only_where_it_is_on(library, monkeypatch, where):
    monkeypatch.delenv("IVY_KEEP_UNANSWERED", raising=False)
    assert "kept apart" not in told(library)[where]
    monkeypatch.setenv("IVY_KEEP_UNANSWERED", "yes")
    assert "can't answer" in told(library)[where] and "kept apart" in told(library)[where] and "names, numbers or dates" in told(library)[where]


@pytest.mark.parametrize("where", ["notice", "privacy", "first_words"])
def test_what_is_told_reads_easily(library, monkeypatch, where):
    monkeypatch.setenv("IVY_KEEP_UNANSWERED", "yes")
    assert max(grades(told(library)[where], library.hard_words()).values()) <= MOST


def test_other_value_is_refused_with_those_that_there_are(monkeypatch):
    monkeypatch.setenv("IVY_KEEP_UNANSWERED", "maybe")
    with pytest.raises(SettingError, match="yes, no"):
        keeps_unanswered()
