"""A small content folder in which everything is right, as files."""

from __future__ import annotations

from pathlib import Path

from bot.library.library import read_library
from bot.project import CONTENT


def answer(question: str, related: str, short: str, more: str, simple: str, sources: str = "orchard") -> str:
    return (f"---\nquestion: {question}\naudience: everyone\nsources: [{sources}]\nrelated: [{related}]\nreview_days: 365\n---\n"
            f"## short\n{short}\n\n## more\n{more}\n\n## simple\n{simple}\n")


def line(text: str, more: str = "") -> str:
    return f"---\npurpose: A line of the tests\nreview_days: 365\n{more}---\n## short\n{text}\n"


FILES = {
    "answers/fruit/apples.md": answer("What is an apple?", "pears, plums", "An apple is a fruit [@orchard].\nIt grows on a tree.",
                                      "Most trees bear 2 kinds of buds [@orchard].\n{% if newborn %}\nA baby eats it soft.\n{% endif %}", "It is a sweet fruit."),
    "answers/fruit/pears.md": answer("What is a pear?", "apples, plums", "A pear is a soft fruit [@orchard].", "It hangs on a tree.", "You can eat it."),
    "answers/stone/plums.md": answer("What is a plum?", "apples, pears", "A plum has a stone [@orchard].", "It is red or blue.", "Spit out the stone."),
    "voice/greet.md": line("Hello. Ask me about fruit.", "buttons: [apples, tell_me_more]\n"),
    "voice/tell_me_more.md": line("Tell you more of what?"),
    "voice/standing_line.md": line("If you have {{ signs or 'this' }} now, call {{ clinic.emergency_number if emergency else clinic.call }}."),
    "voice/not_approved.md": line("I can't say that yet. Call {{ clinic.call }}."),
    "voice/service_down.md": line("I am down. Call {{ clinic.call }}."),
    "voice/draft_label.md": line("**Draft**: not read yet."),
    "voice/other_language.md": "---\npurpose: A line of the tests\nreview_days: 365\n---\n## es\nLlame al {{ clinic.call }}.\n\n## fr\nAppelez le {{ clinic.call }}.\n",
    "safety/check.md": line("Do {{ 'they' if other else 'you' }} have {{ signs }} now?", "sources: []\n"),
    "safety/check_unlisted.md": line("Is it bad now?", "sources: []\n"),
    "safety/routine.md": line("Tell the team next time.", "sources: []\n"),
    "safety/urgent.md": line("Call the team now: {{ clinic.call }}.", "sources: [orchard]\n"),
    "safety/urgent_neck.md": line("You have {{ signs }}. Call the team now: {{ clinic.call }}.", "sources: [orchard]\n"),
    "safety/emergency.md": line("Call {{ clinic.emergency_number }} now.", "sources: [orchard]\n"),
    "safety/safety_done.md": line("Good that you called.", "sources: []\n"),
    "sources.yml": "orchard: {title: Trees, publisher: Press, year: 2020, identifier: ISBN 1, verified: read}\n"
                   "hearsay: {title: Told, publisher: Nobody, year: 2021, identifier: none, verified: secondary}\n",
    "glossary.yml": "immunoglobulin: {means: a long word for antibody, forms: [immunoglobulins]}\n",
    "countries.yml": 'US: {emergency_number: "911", crisis_line: "988"}\nES: {emergency_number: "112"}\n',
    "clinic.yml": 'name: Orchard Clinic\nphone: 555-0111\nafter_hours_phone: 555-0122\nhours_text: weekdays\nhours:\n  monday: "08:00-17:00"\n  friday: "8:30-12:00"\n'
                  "  sunday: null\ntime_zone: America/New_York\ncountry: US\nfictional: true\n",
    "questions.yml": "situation_first:\n  title: To ask first\n  words: [first]\n  sources: [orchard]\n  questions: ['Is it ripe?', 'Is it sweet?', 'Is it soft?', 'Can I eat it?']\n",
    "review.yml": "safety: {items: [safety/*], approvers: 1, two_people: false, days: 180}\nother: {items: ['*'], approvers: 1, two_people: false, days: 365}\n",
    "page.yml": (CONTENT / "page.yml").read_text(encoding="utf-8"),
    "buttons.yml": 'tell_me_more: More, please\ncheck_yes: "Yes"\ncheck_no: "No"\ncheck_not_sure: Not sure\nsituation_first: At first\n',
}


class Folder:
    """A content folder that can be changed as an editor would."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def change(self, path: str, old: str, new: str) -> None:
        assert old in self.read(path), f"{path} does not hold {old!r}"
        self.write(path, self.read(path).replace(old, new))

    def remove(self, path: str) -> None:
        (self.root / path).unlink()

    def library(self, country=None):
        return read_library(self.root, country)
