"""Items: what a content file may hold, and that whatever it may not is named with path and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.library.items import Item, parse_item, read_items, text_hash, without_citations
from bot.library.problems import ContentError

GOOD = """---
question: What is a fig?
audience: everyone
sources: [tree]
related: [dates, nuts]
review_days: 90
---
## short
A fig is sweet [@tree].

## more
It has seeds [@tree; @leaf].

## simple
Eat it.
"""


def parse(source: str, item_id: str = "answers/fruit/figs") -> Item:
    return parse_item(item_id, Path(f"{item_id}.md"), source)


def problems(source: str, item_id: str = "answers/fruit/figs") -> list:
    with pytest.raises(ContentError) as raised:
        parse(source, item_id)
    return raised.value.problems


def test_good_file_gives_blocks_with_their_lines():
    item = parse(GOOD)
    assert {name: (block.source, block.line) for name, block in item.blocks.items()} == {
        "short": ("A fig is sweet [@tree].", 9), "more": ("It has seeds [@tree; @leaf].", 12), "simple": ("Eat it.", 15)}


def test_id_gives_name_and_family():
    item = parse(GOOD)
    assert (item.name, item.family, item.kind) == ("figs", "fruit", "answer")


def test_citations_are_listed_in_order():
    assert parse(GOOD).blocks["more"].citations() == ["tree", "leaf"]


def test_patient_reads_no_source_marks():
    assert without_citations("Sweet [@tree]. Old [@tree; @leaf], too.") == "Sweet. Old, too."


def test_absent_list_key_is_empty():
    voice = parse("---\npurpose: greeting\nreview_days: 3\n---\n## short\nHello.\n", "voice/hello")
    assert voice.list("buttons") == []


@pytest.mark.parametrize("change", [("sweet", "sour"), ("review_days: 90", "review_days: 91"), ("Eat it.\n", "Eat it. \n")], ids=["a word", "front matter", "one space"])
def test_any_edit_makes_another_version(change):
    assert parse(GOOD).version != parse(GOOD.replace(*change)).version


def test_version_is_of_the_text_alone():
    assert parse(GOOD).version == parse(GOOD, "answers/nuts/figs").version == text_hash(GOOD)


def test_hash_keeps_texts_apart():
    assert text_hash("ab", "c") != text_hash("a", "bc")


WRONG = {
    "misspelt key": ("audience: everyone\n", "audiance: everyone\n", 3, "'audiance' is not known"),
    "lacking key": ("audience: everyone\n", "", 1, "lacks 'audience'"),
    "empty question": ("question: What is a fig?", "question:", 2, "'question' is not text"),
    "question that YAML reads as true": ("question: What is a fig?", "question: yes", 2, "'question' is not text"),
    "one source that is no list": ("sources: [tree]", "sources: tree", 4, "'sources' is not a list"),
    "number among names": ("related: [dates, nuts]", "related: [dates, 7]", 5, "'related' is not a list"),
    "no days": ("review_days: 90", "review_days: 0", 6, "'review_days'"),
    "more than three years": ("review_days: 90", "review_days: 1096", 6, "'review_days'"),
    "days in words": ("review_days: 90", "review_days: soon", 6, "'review_days'"),
    "days that YAML reads as true": ("review_days: 90", "review_days: yes", 6, "'review_days'"),
    "colon without quotes": ("audience: everyone", "audience: a: b", 3, "is not YAML"),
    "key written twice": ("audience: everyone", "question: What is a date?", 3, "'question' is written twice"),
    "date with a 13th month": ("audience: everyone", "audience: 2024-13-45", 2, "is not YAML"),
    "no front matter": ("---\nquestion", "question", 1, "no front matter"),
    "lacking block": ("## simple\nEat it.\n", "", 1, "no block '## simple'"),
    "empty block": ("Eat it.\n", "", 1, "no block '## simple'"),
    "unknown block": ("## simple", "## simpel", 15, "'## simpel' is not known"),
    "block written twice": ("## simple", "## more", 14, "'## more' is written twice"),
    "text before the first block": ("## short\n", "Figs first.\n\n## short\n", 8, "text before the first block"),
}


@pytest.mark.parametrize(("old", "new", "line", "says"), WRONG.values(), ids=WRONG)
def test_wrong_file_is_refused_with_its_line(old, new, line, says):
    found = problems(GOOD.replace(old, new, 1))
    assert [problem for problem in found if problem.line == line and says in problem.problem and problem.path == "answers/fruit/figs.md"], found


def test_other_language_line_without_a_language_is_refused():
    assert problems("---\npurpose: other tongues\nreview_days: 30\n---\n", "voice/other_language")


def test_every_problem_of_a_file_is_named_at_once():
    broken = GOOD.replace("audience", "audiance").replace("90", "0").replace("## simple", "## easy")
    assert len(problems(broken)) == 5  # unknown key, lacking key, days, lacking block, unknown block


def test_front_matter_that_is_a_list_is_refused():
    assert "not a list of key: value" in problems("---\n- question\n---\n## short\nA.\n")[0].problem


def test_days_brought_in_by_a_merge_are_checked_too():
    assert problems(GOOD.replace("review_days: 90", "<<: {review_days: 0}"))


def test_blocks_of_the_other_language_line_are_free():
    item = parse("---\npurpose: other tongues\nreview_days: 30\n---\n## es\nHola.\n\n## fr\nSalut.\n", "voice/other_language")
    assert list(item.blocks) == ["es", "fr"]


def test_file_that_is_not_utf_8_is_named(tmp_path):
    (tmp_path / "voice").mkdir()
    (tmp_path / "voice" / "hello.md").write_bytes(b"---\npurpose: caf\xe9\n---\n")
    with pytest.raises(ContentError) as raised:
        read_items(tmp_path)
    assert raised.value.problems[0].path.endswith("voice/hello.md") and "UTF-8" in raised.value.problems[0].problem


def test_problems_of_all_files_come_together(content):
    content.change("voice/greet.md", "purpose", "porpoise")
    content.change("safety/urgent.md", "## short", "## long")
    with pytest.raises(ContentError) as raised:
        read_items(content.root)
    assert {Path(problem.path).name for problem in raised.value.problems} == {"greet.md", "urgent.md"}


def test_approved_text_reads_back_as_the_item_it_was(small):
    item = small.answer("apples")
    assert parse_item(item.id, item.path, item.source) == item


#: Pieces that stand where YAML and the file's own form have their edges.
PIECES = ["---\n", "## short\n", "## more\n", "question: ", "sources: [a]\n", "review_days: 7\n", "purpose: p\n", "{", "}", "[", "]", "&a ", "*a", "<<: ", "? ", ": ", "- ", "\n",
          "!!int ", "!!bool x\n", "!!timestamp x\n", "2024-13-01\n", "!!binary é\n", "!!set {a}\n", "\t", "\x85", "\x00", "'", '"', "|\n", "[@", "{{", "%", "1_0:61\n", "~", "[" * 2000]


@settings(max_examples=150, deadline=None)
@given(front=st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=12).map("".join)), body=st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=8).map("".join)),
       wrapped=st.booleans(), kind=st.sampled_from(["answers/fruit/figs", "voice/hello", "safety/urgent", "voice/other_language"]))
def test_any_text_is_an_item_or_a_content_error(front, body, wrapped, kind):
    source = f"---\n{front}\n---\n{body}" if wrapped else front + body
    try:
        item = parse(source, kind)
    except ContentError as error:
        assert all(problem.path == f"{kind}.md" and problem.line >= 1 and problem.repair for problem in error.problems)
    else:
        assert item.source == source and item.blocks
