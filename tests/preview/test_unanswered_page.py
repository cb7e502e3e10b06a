"""The page of unanswered questions: what was asked in five conversations, and whether anything is kept at all."""

from __future__ import annotations

import pytest
from people import words

from bot.records.unanswered import keep_unanswered
from bot.understanding.encoders import shared_encoders

TATTOO = ["can i get a tattoo", "is a new tattoo allowed", "can i have a tattoo done", "may i get a tattoo soon", "is getting a tattoo ok"]


@pytest.fixture
def asked(served):
    """In five conversations somebody asked about tattoos, in one about pets, in one with a name."""
    shared_encoders()  # on a busy machine they take longer to load than a test waits for a page
    for number, text in enumerate([*TATTOO, "can my dog come along", "can quillfeather come along"]):
        keep_unanswered(served.site.engine, text, "out_of_scope", f"web-{number}")


def test_question_of_five_conversations_is_shown_with_how_many_and_what_ivy_said(asked, ada):
    page = words(ada.get("/unanswered"))
    assert "5 can i" in page or "5 is" in page or "5 may" in page
    assert "out of scope (5)" in page and "Questions kept: 6. Only counted: 1." in page


def test_question_of_fewer_is_not_shown(asked, ada):
    page = words(ada.get("/unanswered"))
    assert "dog" not in page and "quillfeather" not in page


def test_page_says_that_it_is_off_until_it_is_switched_on(served, ada, monkeypatch):
    assert "This is off: nothing is kept." in words(ada.get("/unanswered"))
    monkeypatch.setenv("IVY_KEEP_UNANSWERED", "yes")
    assert "This is off" not in words(ada.get("/unanswered"))


def test_page_asks_to_sign_in(asked, served):
    import requests

    answer = requests.get(f"{served.url}/unanswered", allow_redirects=False, timeout=20)
    assert "Sign in" in answer.text and "tattoo" not in answer.text
