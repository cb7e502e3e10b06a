"""Withdrawing and rolling back: who will see what is said first, and the chat's desk follows."""

from __future__ import annotations

from datetime import date

import pytest
from people import APPLES, EMERGENCY, hidden, words

from bot.library.serving import Desk


def served_words(served, item: str):
    """What clinic mode would serve now: the text, or None when it is withheld."""
    library = served.content.library()
    found = Desk(library, served.site.engine, "clinic").serve(library.items[item], date.today())
    return found.item.source if found else None


def test_withdrawal_says_first_what_patients_get_instead(ada):
    ada.sign(APPLES)
    page = words(ada.get(f"/withdraw/{APPLES}"))
    assert "whoever asks for it gets this instead" in page and "I can't say that yet. Call 555-0111." in page


def test_withdrawn_answer_is_served_no_more(served, ada):
    ada.sign(APPLES)
    assert served_words(served, APPLES)
    assert ada.post(f"/withdraw/{APPLES}", {"note": "A doubt."}).status_code == 303
    assert served_words(served, APPLES) is None
    assert "Now: withheld" in words(ada.get(f"/history/{APPLES}"))


def test_withdrawal_without_a_reason_is_refused(served, ada):
    ada.sign(APPLES)
    page = ada.post(f"/withdraw/{APPLES}", {"note": " "})
    assert page.status_code == 422 and "why it is withdrawn" in words(page) and served_words(served, APPLES)


def test_what_nobody_approved_cannot_be_withdrawn(ada):
    page = ada.post(f"/withdraw/{APPLES}", {"note": "A doubt."})
    assert page.status_code == 422 and "nothing to withdraw" in words(page)


def test_answer_whose_file_was_taken_away_is_named_and_can_still_be_withdrawn(served, ada):
    """A chat that began before goes on saying it."""
    chat = served.content.library()
    ada.sign(APPLES)
    served.content.remove(f"{APPLES}.md")

    def still_said() -> bool:
        return Desk(chat, served.site.engine, "clinic").serve(chat.items[APPLES], date.today()) is not None

    assert still_said() and "their files are gone" in words(ada.get("/")) and APPLES in words(ada.get("/"))
    assert f'href="/withdraw/{APPLES}"' in ada.get(f"/history/{APPLES}").text and ada.get(f"/withdraw/{APPLES}").status_code == 200
    assert ada.post(f"/withdraw/{APPLES}", {"note": "A doubt."}).headers["location"] == f"/history/{APPLES}"
    assert not still_said() and "their files are gone" not in words(ada.get("/"))


def test_item_that_never_was_cannot_be_withdrawn(ada):
    assert ada.get("/withdraw/answers/fruit/plums").status_code == 404


def test_withdrawn_safety_message_is_said_all_the_same_and_the_page_says_so(served, ada):
    ada.sign(EMERGENCY)
    assert "never falls silent" in words(ada.get(f"/withdraw/{EMERGENCY}"))
    ada.post(f"/withdraw/{EMERGENCY}", {"note": "A doubt."})
    assert served_words(served, EMERGENCY)


def test_publisher_may_withdraw_and_auditor_may_not(served, ada):
    ada.sign(APPLES)
    assert served.person("pat", "publisher").post(f"/withdraw/{APPLES}", {"note": "A doubt."}).status_code == 303
    assert served.person("aud", "auditor").get(f"/withdraw/{APPLES}").status_code == 403


def two_versions(served, ada) -> tuple[str, str]:
    ada.sign(APPLES)
    old = served.content.read(f"{APPLES}.md")
    served.content.change(f"{APPLES}.md", "It grows on a tree.", "It grows on a bush.")
    ada.sign(APPLES)
    return old, served.content.read(f"{APPLES}.md")


def test_rolling_back_serves_the_earlier_words(served, ada):
    old, new = two_versions(served, ada)
    assert served_words(served, APPLES) == new
    page = ada.get(f"/rollback/{APPLES}")
    assert "[removed: bush ]" in words(page) and "[added: tree ]" in words(page)
    ada.post(f"/rollback/{APPLES}", {"to": hidden(page, "to"), "until": date.today().isoformat(), "note": "Back."})
    assert served_words(served, APPLES) == old
    assert "Now: changed" in words(ada.get(f"/history/{APPLES}"))


def test_rolling_back_to_words_nobody_approved_is_refused(served, ada):
    _, new = two_versions(served, ada)
    page = ada.post(f"/rollback/{APPLES}", {"to": "f" * 64, "until": date.today().isoformat()})
    assert page.status_code == 422 and "never approved" in words(page) and served_words(served, APPLES) == new


@pytest.mark.parametrize("role", ["author", "publisher", "auditor"])
def test_only_a_clinician_rolls_back(served, role):
    assert served.person("other", role).get(f"/rollback/{APPLES}").status_code == 403


def test_rolling_back_alone_waits_for_a_second_person_where_two_are_needed(served, ada, bea):
    served.content.change("review.yml", "approvers: 1, two_people: false, days: 180", "approvers: 2, two_people: true, days: 180")
    for person in (ada, bea):
        person.sign(EMERGENCY)
    served.content.change(f"{EMERGENCY}.md", "now", "right now")
    for person in (ada, bea):
        person.sign(EMERGENCY)
    ada.post(f"/withdraw/{EMERGENCY}", {"note": "Wrong words."})
    form = {"to": hidden(ada.get(f"/rollback/{EMERGENCY}"), "to"), "until": date.today().isoformat()}
    ada.post(f"/rollback/{EMERGENCY}", form)
    page = words(ada.get(f"/rollback/{EMERGENCY}"))
    assert "Somebody else has to approve them too" in page and "One more person has to approve." in page
    bea.post(f"/rollback/{EMERGENCY}", form)
    assert "Patients get them within a minute" in words(bea.get(f"/rollback/{EMERGENCY}"))
