"""The overview: every item with its state, filtered as asked, today or as of another day."""

from __future__ import annotations

from datetime import date, timedelta

from people import APPLES, EMERGENCY, GREET, words

HTMX = {"HX-Request": "true"}
LATER = (date.today() + timedelta(2000)).isoformat()


def shown(page) -> str:
    """The list of items, without what stands above it."""
    return words(page).split("items (filtered)")[-1]


def test_every_file_that_is_approved_is_an_item(served, ada):
    page = ada.get("/").text
    assert all(f'href="/items/{path.rpartition(".")[0]}"' in page for path in ("answers/stone/plums.md", "safety/check.md", "clinic.yml", "glossary.yml", "review.yml", "voice/greet.md"))


def test_what_blocks_clinic_mode_is_named_with_the_reason(served, ada, bea):
    served.content.change("review.yml", "approvers: 1, two_people: false, days: 180", "approvers: 2, two_people: true, days: 180")
    assert "Clinic mode cannot start." in words(ada.get("/"))
    ada.sign(EMERGENCY)
    assert "1 item: 1 more to sign safety/emergency" in words(ada.get("/"))
    bea.sign(EMERGENCY)
    assert "more to sign" not in words(ada.get("/"))


def test_filters_let_through_what_they_name(served, ada):
    ada.sign(APPLES)
    assert APPLES in shown(ada.get("/?state=approved")) and GREET not in shown(ada.get("/?state=approved"))
    assert "voice/other_language" in shown(ada.get("/?language=fr")) and GREET not in shown(ada.get("/?language=fr"))
    by_text = shown(ada.get("/?text=RED+OR"))
    assert "answers/stone/plums" in by_text and APPLES not in by_text
    assert "Nothing fits." in shown(ada.get("/?text=no+such+words"))


def test_htmx_gets_the_list_alone(served, ada):
    piece = ada.get("/?state=draft", headers=HTMX).text
    assert "<html" not in piece and 'id="items"' in piece and 'hx-swap-oob="innerHTML"' in piece


def test_chosen_day_shows_what_would_be_withheld_and_stays_chosen(served, ada):
    ada.sign(APPLES)
    assert APPLES in shown(ada.get("/?fate=these+words"))
    page = ada.get(f"/?on={LATER}&fate=withheld")
    assert APPLES in shown(page) and "expired" in shown(page) and f"As of {LATER}" in words(page)
    assert f'href="/items/{APPLES}?on={LATER}"' in page.text


def test_safety_message_is_never_listed_as_withheld(served, ada):
    assert EMERGENCY not in shown(ada.get("/?fate=withheld")) and EMERGENCY in shown(ada.get("/?fate=said+all+the+same"))


def test_approval_that_ends_soon_is_on_top(served, ada):
    ada.sign(APPLES, until=(date.today() + timedelta(5)).isoformat())
    assert f"{APPLES} : ends on {(date.today() + timedelta(5)).isoformat()}" in words(ada.get("/")).replace(f"{APPLES}:", f"{APPLES} :")


def test_day_that_is_none_is_refused(served, ada):
    page = ada.get("/?on=tomorrow")
    assert page.status_code == 400 and "'tomorrow' is not a date." in words(page)


def test_search_for_a_script_shows_it_as_text(served, ada):
    page = ada.get("/?text=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in page.text and "&lt;script&gt;alert(1)" in page.text


def test_broken_item_is_listed(served, ada):
    served.content.change(f"{APPLES}.md", "## short", "## shrot")
    assert APPLES in shown(ada.get("/?text=apples"))
