"""The chat's fixed words: every word is there, numbers can be tapped only where they are real, and code and file agree."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.library.checks import page_texts_are_sound, plain_situation
from bot.library.page_texts import LISTS, TEXTS, filled, read_page_texts
from bot.library.problems import ContentError
from bot.project import CONTENT, ROOT

WEB = ROOT / "bot" / "web"
#: Named by a key that is put together: `${tier}_title` of a card.
COMPOSED = {"emergency_title", "urgent_title", "routine_title", "note_title"}


def problems(content) -> list[str]:
    return [str(problem) for problem in page_texts_are_sound(content.library())]


def test_every_text_is_used_and_every_text_used_is_there():
    code = "\n".join(path.read_text(encoding="utf-8") for path in [*WEB.glob("widget/*.js"), *WEB.glob("*.html")])
    used = {name for names in re.findall(r'texts\.(\w+)|fill\("(\w+)"', code) for name in names if name}
    chosen = {name for inside in re.findall(r"texts\[([^\]]+)\]", code) for name in re.findall(r'"([a-z]\w+)"', inside)}  # texts[ok ? "one" : "other"]
    assert used | COMPOSED <= TEXTS | LISTS
    assert (TEXTS | LISTS) - used - chosen - COMPOSED == {"example"}  # that one is filled into others


def test_projects_own_texts_have_no_problem(library):
    assert list(page_texts_are_sound(library)) == []


@pytest.mark.parametrize(("old", "new", "told"), [
    ("send: Send\n", "", "lacks 'send'"),
    ("send: Send\n", "send: Send\nsned: Send\n", "'sned' is not known"),
    ("send: Send\n", "send: 5\n", "'send' is not text"),
    ("direction: ltr", "direction: up", "direction 'up' is not known"),
    ("{{ clinic.emergency_number }}**\"\nclinic_line", "{{ clinic.nobody }}**\"\nclinic_line", "a template fails"),
    ("agree: I", "agreed: I", "lacks 'agree'"),
])
def test_broken_text_is_named_with_the_repair(content, old, new, told):
    content.change("page.yml", old, new)
    assert any(told in problem and ";" in problem for problem in problems(content))


def test_all_problems_are_told_at_once(content):
    content.change("page.yml", "send: Send\n", "")
    content.change("page.yml", "menu: Menu\n", "")
    with pytest.raises(ContentError) as error:
        read_page_texts(content.root)
    assert len(error.value.problems) == 2


def test_notice_that_is_hard_to_read_is_named(content):
    content.change("page.yml", "It explains IVIG.", "It disseminates comprehensive educational information regarding intravenous administration of immunoglobulin preparations.")
    assert any("'notice' reads at grade" in problem for problem in problems(content))


@pytest.mark.parametrize("fictional", [True, False])
def test_numbers_can_be_tapped_only_where_they_are_real(library, fictional):
    here = plain_situation(library)
    here = replace(here, clinic=replace(here.clinic, fictional=fictional))
    texts = filled(read_page_texts(CONTENT), library.renderer, here, 30, "Draft.")
    rich = " ".join([*texts["outage_numbers"], *texts["notice"], texts["emergency_line"], texts["clinic_line"]])
    assert ("tel:" in rich) is not fictional
    assert ("example number" in rich) is fictional


def test_notice_says_how_long_words_are_kept(library):
    texts = filled(read_page_texts(CONTENT), library.renderer, plain_situation(library), 7, "Draft.")
    assert any("7 days" in line for line in texts["notice"])
