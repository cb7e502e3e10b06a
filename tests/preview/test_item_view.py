"""One item: as the patient sees it, for each condition and medium, how it reads, and what changed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from people import APPLES, EMERGENCY, words

LATER = (date.today() + timedelta(2000)).isoformat()
PLUMS, URGENT = "answers/stone/plums", "safety/urgent"
NECK = ("tier: urgent\nname: a stiff neck\ngroup: neck\nrationale: Somebody has to look.\nsources: [orchard]\nphrases: [stiff neck]\npatterns: []\n"
        "examples:\n  alert: [I have a stiff neck]\n")


def seen(person, item, block="short", more=""):
    return person.get(f"/seen/{item}?block={block}{more}")


def test_each_block_stands_on_the_page_with_its_grade_and_its_sources(served, ada):
    page = words(ada.get(f"/items/{APPLES}"))
    assert all(title in page for title in ("First answer", "Tell me more", "In simpler words", "How it reads", "(Flesch-Kincaid)"))
    assert "Trees. Press. 2020. ISBN 1" in page


def test_frame_holds_the_words_in_the_chats_own_style(served, ada):
    page = seen(ada, APPLES)
    assert "An apple is a fruit. It grows on a tree." in words(page) and "[@orchard]" not in page.text
    assert 'href="/ivy.css"' in page.text and ".card" in ada.get("/ivy.css").text
    assert "not read yet" in words(page), "the draft label"


def test_condition_that_changes_the_words_can_be_chosen_and_its_change_is_shown(served, ada):
    page = ada.get(f"/items/{APPLES}")
    assert 'name="for" value="newborn"' in page.text and 'value="kidney"' not in page.text
    assert "[added: A baby eats it soft." in words(page)
    assert "A baby" not in words(seen(ada, APPLES, "more")) and "A baby eats it soft." in words(seen(ada, APPLES, "more", "&for=newborn"))


def test_hours_change_the_number(served, ada):
    assert "555-0111" in words(seen(ada, URGENT)) and "555-0122" in words(seen(ada, URGENT, more="&for=closed"))


def test_plain_messages_are_shown_for_every_app(served, ada):
    page = words(ada.get(f"/items/{APPLES}"))
    assert all(f"{medium}: 1 message" in page for medium in ("sms", "whatsapp", "telegram", "messenger", "slack"))


def test_edit_is_shown_against_the_approved_words(served, ada):
    assert "Nobody has approved it yet." in words(ada.get(f"/items/{APPLES}"))
    ada.sign(APPLES)
    served.content.change(f"{APPLES}.md", "on a tree", "on a bush")
    page = words(ada.get(f"/items/{APPLES}"))
    assert "[removed: tree ]" in page and "[added: bush ]" in page and "earlier words" in page


def test_item_on_a_day_after_its_approval_is_what_clinic_mode_says_then(served, ada):
    ada.sign(PLUMS)
    assert "A plum has a stone." in words(seen(ada, PLUMS, more=f"&on={date.today().isoformat()}"))
    page = seen(ada, PLUMS, more=f"&on={LATER}")
    assert "A plum" not in words(page) and "I can't say that yet." in words(page)
    assert f"In clinic mode on {LATER}: withheld" in words(ada.get(f"/items/{PLUMS}?on={LATER}"))


def test_warning_sign_is_a_page_in_words_with_its_message(served, ada):
    served.content.write("safety/classes.yml", "{}\n")
    served.content.write("safety/context.yml", "idioms: []\nprotected: []\n")
    served.content.write("safety/signs/neck.yml", NECK)
    page = words(ada.get("/items/safety/signs/neck"))
    assert "Somebody has to look." in page and 'alert: "I have a stiff neck"' in page and "safety/urgent_neck" in page
    assert "a stiff neck" in words(ada.get("/items/safety/urgent_neck")).split("Said for these signs")[1]
    assert "You have a stiff neck." in words(seen(ada, "safety/urgent_neck"))


def test_sign_that_cannot_be_read_shows_its_file(served, ada):
    served.content.write("safety/classes.yml", "{}\n")
    served.content.write("safety/context.yml", "{}\n")
    served.content.write("safety/signs/neck.yml", NECK)
    assert "phrases: [stiff neck]" in words(ada.get("/items/safety/signs/neck"))


def test_safety_message_is_shown_as_its_card(served, ada):
    page = seen(ada, EMERGENCY)
    assert 'class="body card emergency"' in page.text and "Call 911 now." in words(page)


def test_broken_item_shows_its_text_and_what_to_repair(served, ada):
    served.content.change(f"{APPLES}.md", "## short", "## shrot")
    page = words(ada.get(f"/items/{APPLES}"))
    assert "has no block '## short'" in page and "It grows on a tree." in page


def test_template_that_fails_shows_what_the_patient_would_get(served, ada):
    served.content.change(f"{APPLES}.md", "It grows", "{{ nobody.knows }} It grows")
    assert "template fails" in words(ada.get(f"/items/{APPLES}"))
    assert "I am down. Call" in words(seen(ada, APPLES))


@pytest.mark.parametrize("place", ["It grows on a tree.", "What is an apple?"])
def test_script_in_a_file_is_shown_as_text(served, ada, place):
    served.content.change(f"{APPLES}.md", place, f"{place} <script>alert(1)</script>")
    for page in (ada.get(f"/items/{APPLES}"), seen(ada, APPLES), ada.get("/")):
        assert "<script>alert" not in page.text


def test_file_that_is_a_list_is_shown_as_it_is_signed(served, ada):
    assert "a long word for antibody" in words(ada.get("/items/glossary"))


@pytest.mark.parametrize("path", ["/items/answers/no/such", "/seen/voice/nothing?block=short", f"/seen/{APPLES}?block=long"])
def test_item_that_is_not_there_is_said_so(served, ada, path):
    assert ada.get(path).status_code == 404
