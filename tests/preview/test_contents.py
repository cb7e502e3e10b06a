"""Content that breaks while the page runs: the page names file, line, problem and repair; the rest still works."""

from __future__ import annotations

import pytest
from people import APPLES, GREET, words

BROKEN = {
    "template that names nothing": (f"{APPLES}.md", "It grows", "{{ nobody.knows }} It grows", "template fails"),
    "unknown source": (f"{APPLES}.md", "sources: [orchard]", "sources: [orchard, nowhere]", "source 'nowhere' is not in content/sources.yml"),
    "front matter that is no YAML": (f"{APPLES}.md", "audience: everyone", "audience: a: b", "is not YAML"),
    "sources that are no YAML": ("sources.yml", "hearsay:", "hearsay: a:", "is not YAML"),
    "clinic without a number": ("clinic.yml", "phone: 555-0111\n", "", "lacks 'phone'"),
    "rules without approvers": ("review.yml", "approvers: 1, two_people: false, days: 180", "two_people: false, days: 180", "does not have exactly the keys"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_file_is_named_with_line_and_repair_and_the_rest_works(served, ada, what):
    path, old, new, said = BROKEN[what]
    ada.sign(GREET)
    served.content.change(path, old, new)
    page = words(ada.get("/account"))
    assert path in page and ", line " in page and said in page and "To repair:" in page
    for other in ("/ledger", f"/history/{GREET}", f"/sign/{GREET}", f"/sign/{APPLES}"):
        answer = ada.get(other)
        assert answer.status_code == 200 and "Something went wrong" not in words(answer), other


def test_repaired_file_is_read_again(served, ada):
    served.content.change("sources.yml", "hearsay:", "hearsay: a:")
    assert "problem" in words(ada.get("/account"))
    served.content.change("sources.yml", "hearsay: a:", "hearsay:")
    assert "problem" not in words(ada.get("/account"))


def test_file_that_is_no_text_is_named(served, ada):
    (served.content.root / f"{GREET}.md").write_bytes(b"---\npurpose: \xff\xfe\n---\n")
    page = words(ada.get("/account"))
    assert f"{GREET}.md" in page and "is not UTF-8" in page
    assert "is not UTF-8" in words(ada.get(f"/sign/{APPLES}"))
