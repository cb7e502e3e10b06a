"""Trying sentences on the real model: what a patient would get, with the reasons, and nothing kept of it."""

from __future__ import annotations

import gc
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from people import PASSWORD, Running, words
from small_content import Folder

from bot.preview.contents import Contents
from bot.preview.site import Site
from bot.preview.stage import Stage
from bot.preview.trial import marks
from bot.project import CONTENT
from bot.records.database import open_database, records
from bot.records.escalations import escalations
from bot.safety.verdict import Finding, Verdict

STIFF_NECK = "my nekc is really stiff since the drip"


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The page over the project's content and model; the records are its own."""
    folder = tmp_path_factory.mktemp("state")
    engine = open_database(f"sqlite:///{folder / 'records.db'}")
    running = Running(Site(engine, Contents(CONTENT), "a secret of the tests"), Folder(CONTENT))
    running.person("first").get("/try")
    assert running.site.kept["stage"].is_trained, "train first: make train"
    assert running.site.kept["stage"]._ready.wait(240)
    yield running
    running.stop()
    engine.dispose()


@pytest.fixture
def visitor(real, request):
    """Somebody who has tried nothing yet."""
    return real.person(re.sub(r"\W", "", request.node.name)[-40:].lower(), name=request.node.name[-100:])


def alerts(engine) -> int:
    """How many alerts are on record."""
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(escalations)).scalar()


def tried(person, text: str, **more) -> str:
    """What the page says after a sentence."""
    assert person.post("/try", {"sentence": text, **more}).status_code == 303
    return words(person.get("/try"))


def test_warning_sign_is_answered_as_for_a_patient_with_the_reasons(real, visitor):
    page = tried(visitor, STIFF_NECK)
    assert "Urgent" in page and "safety/urgent_aseptic_meningitis" in page and "action_escalate (chosen by IvySafetyPolicy" in page
    assert "“nekc” is read as “neck”" in page and "[stiff_neck:" in page
    assert "I had IVIG and now I have a stiff neck." in words(visitor.get("/try/seen"))


def test_nothing_that_was_tried_is_recorded(real, visitor):
    before = [alerts(engine) for engine in (real.site.engine, records())]
    tried(visitor, STIFF_NECK)
    assert [alerts(engine) for engine in (real.site.engine, records())] == before


def test_question_shows_the_ranked_topics_and_the_answer(visitor):
    page = tried(visitor, "how long does one infusion take")
    assert "Taken for infusion_length" in page and "Confidence" in page and "answers/infusion/infusion_length" in page and "No alarm" in page


def test_conversation_goes_on_and_can_be_started_over(real, visitor):
    tried(visitor, STIFF_NECK)
    assert "safety/in_safety" in tried(visitor, "thanks")
    visitor.post("/try/over")
    gc.collect()
    assert STIFF_NECK not in words(visitor.get("/try")) and "safety/in_safety" not in tried(visitor, "thanks")
    remembered = [key for key, tracker in real.site.kept["stage"]._trackers.store.items() if "nekc" in str(tracker)]
    others = [session.data["conversation"].id for session in real.site.sessions._sessions.values() if "conversation" in session.data]
    assert set(remembered) <= set(others), "a conversation that nobody holds is remembered"


def test_button_of_the_frame_can_be_pressed(visitor):
    tried(visitor, "is a stiff neck normal?")
    assert 'name="button" value="check_yes"' in visitor.get("/try/seen").text
    assert visitor.post("/try", {"button": "check_yes"}).status_code == 303
    assert "Urgent" in words(visitor.get("/try")).split("Before")[0]


def test_unsigned_answer_is_withheld_in_clinic_mode_on_a_day(visitor):
    visitor.post("/try?on=2030-03-01", {"sentence": "how long does one infusion take"})
    page = words(visitor.get("/try?on=2030-03-01"))
    assert "voice/not_approved" in page
    assert "As of 2030-03-01" in page and "clinic mode on 2030-03-01" in page


def test_script_in_a_sentence_is_shown_as_text(visitor):
    visitor.post("/try", {"sentence": "<script>alert(1)</script>"})
    for path in ("/try", "/try/seen"):
        assert "<script>alert" not in visitor.get(path).text and "&lt;script&gt;alert(1)" in visitor.get(path).text


def test_unknown_button_is_refused(visitor):
    assert visitor.post("/try", {"button": "/restart"}).status_code == 400


def test_without_a_model_the_page_says_how_to_train_and_the_rest_works(served, ada):
    served.site.kept["stage"] = Stage(Path("/nowhere/ivy.tar.gz"))
    assert "make train" in words(ada.get("/try"))
    refused = ada.post("/try", {"sentence": "hello"})
    assert refused.status_code == 503 and "not there yet" in words(refused)
    assert ada.get("/").status_code == 200


def test_signed_out_sentence_survives_the_login(served, ada):
    served.site.kept["stage"] = Stage(Path("/nowhere/ivy.tar.gz"))
    token = ada.token()
    ada._http.cookies.clear()
    page = ada.post("/try", {"sentence": "half a sentence"}, token=token)
    assert page.status_code == 401
    assert "half a sentence" in words(ada.sign_in("ada", PASSWORD, kept=re.search(r'name="kept" value="([^"]+)"', page.text)[1]))


def test_matched_words_are_marked_wherever_they_stand():
    finding = Finding("stiff_neck", "urgent", "alert", "stiff neck", "now")
    assert marks("A Stiff neck, yes", Verdict(findings=(finding,))) == [("A ", ""), ("Stiff neck", "stiff_neck"), (", yes", "")]


def test_what_the_detector_alone_heard_marks_no_words():
    assert marks("oh no", Verdict(findings=(Finding("unlisted", "urgent", "check", "oh no", "heard", "unlisted"),))) == [("oh no", "")]
