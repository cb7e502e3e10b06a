"""`ivy check` over a small folder: silent when all is right, and each rule naming what breaks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.library import checks
from bot.library.checks import check_content, open_facts

APPLES, PEARS, GREET, NECK = "answers/fruit/apples.md", "answers/fruit/pears.md", "voice/greet.md", "safety/urgent_neck.md"
SHORT, MORE, SIMPLE = "It grows on a tree.", "A baby eats it soft.", "It is a sweet fruit."

#: situation: (rule, file, old text, new text, line of the problem, what the problem names)
BROKEN = {
    "unknown name in a template": ("templates_render", APPLES, SHORT, "It grows in {{ garden }}.", 9, "garden"),
    "template that is not closed": ("templates_render", APPLES, SHORT, "It grows {% if itp %}on a tree.", 9, "template fails"),
    "template that divides by zero": ("templates_render", APPLES, SHORT, "It grows {{ 1 // 0 }}.", 9, "template fails"),
    "template that fails for one condition": ("templates_render", APPLES, MORE, "{{ crib }} is soft.", 13, "crib"),
    "template that fails on one channel": ("templates_render", GREET, "Hello.", "Hello{% if channel == 'sms' %}{{ nobody }}{% endif %}.", 7, "nobody"),
    "template that fails when closed": ("templates_render", NECK, "You have", "{{ '' if clinic.open_now else night }}You have", 7, "night"),
    "template that fails for somebody else": ("templates_render", NECK, "You have", "{{ theirs if other else '' }}You have", 7, "theirs"),
    "template that fails without a public line": ("templates_render", NECK, "You have", "{{ clinic.lines.crisis_line + '' }}You have", 7, "template fails"),
    "template that fails with a portal": ("templates_render", NECK, "You have", "{{ gate if clinic.portal else '' }}You have", 7, "gate"),
    "no words for anybody but one": ("templates_render", GREET, "Hello. Ask me about fruit.", "{% if itp %}Hello.{% endif %}", 7, "renders to nothing"),
    "two answers of one name": ("names_are_unique", "answers/stone/apples.md", None, None, 1, "apples.md"),
    "answer with the name of a voice line": ("names_are_unique", "voice/pears.md", None, None, 1, "pears.md"),
    "figure without a source": ("figures_are_cited", APPLES, SHORT, "It lives 80 years.", 10, "figure 80"),
    "figure whose source stands in the next sentence": ("figures_are_cited", APPLES, SHORT, "It lives 80 years. So they say [@orchard].", 10, "figure 80"),
    "figure on the open mark": ("figures_are_cited", APPLES, SHORT, "It lives 80 years [@open].", 10, "figure 80"),
    "emergency number typed by hand": ("figures_are_cited", NECK, "{{ clinic.call }}", "911", 7, "figure 911"),
    "figure alone after a colon": ("figures_are_cited", APPLES, SHORT, "It lives this long: 80.", 10, "figure 80"),
    "figure in words": ("figures_are_cited", APPLES, SHORT, "It feeds one in ten of us [@orchard].", 10, "one in ten"),
    "source mark with capitals": ("citations_are_readable", APPLES, SHORT, "It lives long [@Orchard].", 10, "[@Orchard]"),
    "source marks joined by a comma": ("citations_are_readable", APPLES, SHORT, "It lives 80 years [@orchard, @orchard].", 10, "[@orchard,"),
    "cited source that nobody listed": ("sources_exist", APPLES, SHORT, "It lives long [@orchard; @hearsay].", 4, "['hearsay']"),
    "listed source that is not cited": ("sources_exist", APPLES, "[orchard]", "[orchard, hearsay]", 4, "['hearsay']"),
    "unknown source of a safety message": ("sources_exist", NECK, "[orchard]", "[meadow]", 4, "'meadow'"),
    "figure read only in a copy": ("sources_were_read", APPLES, SHORT, "It lives 80 years [@hearsay].", 10, "'hearsay'"),
    "related topic without an answer": ("related_exist", APPLES, "[pears, plums]", "[pears, mangos]", 5, "'mangos'"),
    "answer related to itself": ("related_exist", APPLES, "[pears, plums]", "[pears, apples]", 5, "'apples'"),
    "voice line as a related topic": ("related_exist", APPLES, "[pears, plums]", "[pears, greet]", 5, "'greet'"),
    "one related topic": ("related_exist", APPLES, "[pears, plums]", "[pears]", 5, "1 related"),
    "four related topics": ("related_exist", APPLES, "[pears, plums]", "[pears, plums, pears, plums]", 5, "4 related"),
    "button that leads nowhere": ("related_exist", GREET, "tell_me_more]", "tell_me_all]", 4, "'tell_me_all'"),
    "pain reliever without a caution": ("no_risky_medicine", APPLES, SHORT, "You can take Ibuprofen.", 10, "Ibuprofen"),
    "pain reliever with the caution a sentence late": ("no_risky_medicine", GREET, "Hello.", "Try an aspirin. Do not run.", 7, "aspirin"),
    "question set without a title": ("question_sets_are_sound", "questions.yml", "  title: To ask first\n", "", 1, "situation_first"),
    "question set on an unknown source": ("question_sets_are_sound", "questions.yml", "[orchard]", "[meadow]", 1, "'meadow'"),
    "question with a figure": ("question_sets_are_sound", "questions.yml", "Is it soft?", "Is it soft after 3 days?", 1, "figure"),
    "questions for scholars": ("question_sets_are_sound", "questions.yml", "Is it soft?", "Is considerable horticultural experimentation necessary?", 1, "Flesch-Kincaid"),
    "text that the chat needs": ("page_texts_are_sound", "page.yml", "send: Send\n", "", 1, "lacks 'send'"),
    "sentence for scholars": ("reads_easily", APPLES, SIMPLE, "Cultivation necessitates extraordinarily considerable horticultural experience.", 19, "Flesch-Kincaid"),
    "many long words in a whole item": ("reads_easily", APPLES, SIMPLE, "The banana is on the red mat by the sea in the sun. " * 12, 9, "SMOG"),
    "short block that is long": ("reads_easily", APPLES, SHORT, "It is red. " * 30, 9, "words"),
}


def broken(content, path, old, new):
    """The library of the folder after one change; without an old text, a copy of pears.md stands at the path."""
    if old is None:
        content.write(path, content.read(PEARS) if path.startswith("answers") else content.read(GREET))
    else:
        content.change(path, old, new)
    if "[@hearsay]" in (new or ""):
        content.change(path, "sources: [orchard]", "sources: [orchard, hearsay]")
    return content.library()


def test_good_folder_has_no_problem(small):
    assert check_content(small) == []


@pytest.mark.parametrize(("rule", "path", "old", "new", "line", "names"), BROKEN.values(), ids=BROKEN)
def test_broken_content_is_named_by_its_rule(content, rule, path, old, new, line, names):
    found = list(getattr(checks, rule)(broken(content, path, old, new)))
    assert [(problem.path.endswith(path), problem.line) for problem in found] == [(True, line)], found
    assert names in found[0].problem and found[0].repair


@pytest.mark.parametrize("rule", [*checks.RULES, *checks.RENDERED_RULES], ids=lambda rule: rule.__name__)
def test_every_rule_is_broken_by_some_test(rule):
    assert rule.__name__ in {case[0] for case in BROKEN.values()}


RIGHT = {
    "figure with its source": (APPLES, SHORT, "It lives 80 years [@orchard]."),
    "letter and digit of a name": (APPLES, SHORT, "It has vitamin B12 and COVID-19 in no part."),
    "figure that the clinic's facts fill in": (NECK, "now:", "at once:"),
    "claim without a figure from a copy": (APPLES, SHORT, "It lives long [@hearsay]."),
    "claim that is still open": (APPLES, SHORT, "It lives long [@open]."),
    "pain reliever with its caution": (APPLES, SHORT, "Do not take aspirin with it."),
    "glossary word": (APPLES, SIMPLE, "It has no immunoglobulin in it. It is sweet."),
    "words for one condition beside others for the rest": (GREET, "Hello.", "{% if itp %}Hello.{% else %}Good day.{% endif %}"),
}


@pytest.mark.parametrize(("path", "old", "new"), RIGHT.values(), ids=RIGHT)
def test_right_content_is_let_through(content, path, old, new):
    assert check_content(broken(content, path, old, new)) == []


def test_problems_of_several_rules_come_together_in_order(content):
    content.change(APPLES, SHORT, "It lives 80 years.")
    content.change(APPLES, "[pears, plums]", "[pears]")
    content.change(PEARS, "You can eat it.", "You can take Advil.")
    found = check_content(content.library())
    assert [(Path(problem.path).name, problem.line) for problem in found] == [("apples.md", 5), ("apples.md", 10), ("pears.md", 15)]


def test_broken_template_does_not_stop_the_other_rules(content):
    content.change(APPLES, SHORT, "It grows in {{ garden }}.")
    content.change(PEARS, "You can eat it.", "You can take Advil.")
    assert [Path(problem.path).name for problem in check_content(content.library())] == ["apples.md", "pears.md"]


def test_open_claims_are_listed_for_the_clinician(content):
    content.change(APPLES, SHORT, "It lives long [@open].")
    ((path, line, sentence),) = open_facts(content.library())
    assert path.endswith(APPLES) and (line, sentence) == (10, "It lives long .")
