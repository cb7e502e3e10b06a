"""All of `ivy check`: content, lexicon, and that every topic has each of its parts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator

from bot.library.checks import check_content
from bot.library.library import Library, read_library
from bot.library.problems import ContentError, Problem, parse_yaml, shown_path
from bot.library.render import CONDITIONS
from bot.project import CONTENT, DATA, ROOT
from bot.safety.detector import LOOK_ALIKES, QUESTION, sign_tiers
from bot.safety.lexicon import TIERS, Lexicon, LexiconError, read_lexicon
from bot.safety.triage import Triage
from bot.understanding.followup import TABLE

FEWEST_SENTENCES, FEWEST_OUT_OF_SCOPE, FEWEST_REPORTS = 40, 150, 60
#: Responses that are not an item of their own name: composed from others in bot/rasa/nlg.py.
COMPOSED = {"safety", "list"}
_CLAUSES_OF_EXAMPLES = {"alert": ("alert",), "check": ("check", "note"), "note": ("note", "check"), "none": (None,)}


def all_problems() -> list[Problem]:
    """Every problem of the project's content, lexicon, domain and data, sorted by place."""
    problems: list[Problem] = []
    for found in (_content_problems(), _lexicon_problems(), sentences_repeat(), safety_labels_exist(), tests_share_sentences()):
        try:
            problems += found
        except ContentError as error:
            problems += error.problems
    return sorted(set(problems))


def _content_problems() -> Iterator[Problem]:
    library = read_library()
    yield from check_content(library)
    yield from parts_missing(library)
    yield from follow_ups_lead_nowhere(library, set(_yaml(ROOT / "domain.yml")["intents"]))


def _lexicon_problems() -> Iterator[Problem]:
    try:
        lexicon = read_lexicon(CONTENT / "safety")
        yield from examples_come_out(lexicon)
        yield from signs_lean_on_what_exists(lexicon, read_library())
    except LexiconError as error:
        yield from (Problem(shown_path(Path(path)), line, problem, repair) for path, line, problem, repair in error.problems)


def parts_missing(library: Library) -> Iterator[Problem]:
    """Each intent has a rule, a response and sentences; each answer an intent; each response its content."""
    domain = _yaml(ROOT / "domain.yml")
    intents, responses = set(domain["intents"]), {name.removeprefix("utter_") for name in domain["responses"]}
    ruled = {step["intent"] for path in (DATA / "stories").glob("*.yml") for rule in _entries(path, "rules") for step in rule["steps"] if "intent" in step}
    sentences = training_sentences()
    for item in library.items.values():
        if item.kind == "answer" and not {f"ask_{item.name}", item.name} & intents:
            yield Problem(shown_path(item.path), 1, f"no intent ask_{item.name} leads here", "add it to domain.yml, data/nlu and data/stories/rules.yml")
        if item.kind == "answer" and item.name not in responses:
            yield Problem(shown_path(item.path), 1, f"no response utter_{item.name} says it", "add it to domain.yml")
    for intent in sorted(set(sentences) - intents):
        yield Problem("data/nlu", 1, f"intent {intent} has sentences and is not in domain.yml", "add it there or correct the name")
    for name in sorted(responses - COMPOSED):
        if not library.answer(name) and f"voice/{name}" not in library.items:
            yield Problem("domain.yml", _line("domain.yml", f"  utter_{name}:"), f"response utter_{name} has no content", f"write content/voice/{name}.md or content/answers/<family>/{name}.md")
    for intent in sorted(intents - ruled):
        yield Problem("domain.yml", _line("domain.yml", f"- {intent}"), f"intent {intent} has no rule", "add one to data/stories/rules.yml")
    learned = {intent for intent in intents if library.answer(intent.removeprefix("ask_")) or intent in sentences}
    for intent in sorted(learned):
        wanted = FEWEST_OUT_OF_SCOPE if intent == "out_of_scope" else FEWEST_SENTENCES
        if len(sentences.get(intent, [])) < wanted:
            yield Problem("data/nlu", 1, f"intent {intent} has {len(sentences.get(intent, []))} sentences", f"write at least {wanted}, each one a different person's")


def follow_ups_lead_nowhere(library: Library, intents: set) -> Iterator[Problem]:
    """Each answer, family and fact that data/follow_ups.yml names exists."""
    table, where = _yaml(TABLE), shown_path(TABLE)
    answers = [item for item in library.items.values() if item.kind == "answer"]
    places = {item.name for item in answers} | {item.family for item in answers}
    said = {item.name for item in answers} | intents | {"more"}
    for name, entry in [*table["asked"].items(), *table["people"].items()]:
        after = entry.get("after", {})
        named = [way for ways in [*after.values(), entry.get("topic", "more")] for way in (ways if isinstance(ways, list) else [ways])]
        for wrong in sorted({*after} - places - set(CONDITIONS)):
            yield Problem(where, _line(where, f"  {name}:"), f"'{name}' names '{wrong}', which is no answer, family or known fact", "correct the name or take it out")
        for wrong in sorted(set(named) - said):
            yield Problem(where, _line(where, f"  {name}:"), f"'{name}' leads to '{wrong}', which is no answer", "name an answer, or 'more' for the rest of the last one")


def examples_come_out(lexicon: Lexicon) -> Iterator[Problem]:
    """Each sign's examples come out as labelled, by the rules alone (without the detector a note may be a check)."""
    triage = Triage(lexicon)
    for sign in lexicon.signs.values():
        path = CONTENT / "safety" / "signs" / f"{sign.id}.yml"
        for kind, examples in sign.examples.items():
            for example in examples:
                outcomes = {finding.outcome for finding in triage.verdict(example).findings if finding.sign == sign.id} or {None}
                if not outcomes & set(_CLAUSES_OF_EXAMPLES[kind]):
                    yield Problem(shown_path(path), _line(path, example), f"example '{example}' is labelled {kind} and comes out as {', '.join(map(str, outcomes))}", "change the patterns, the context words or the label")


def signs_lean_on_what_exists(lexicon: Lexicon, library: Library) -> Iterator[Problem]:
    """Each sign's sources are listed, each group has a safety message of its own, and its tier has one."""
    for sign in lexicon.signs.values():
        path = CONTENT / "safety" / "signs" / f"{sign.id}.yml"
        for source in sign.sources:
            if source not in library.sources:
                yield Problem(shown_path(path), _line(path, "sources:"), f"source '{source}' is not in sources.yml", "add it there, or correct the name")
        grouped = [f"safety/{tier}_{sign.group}" for tier in TIERS[1:] if sign.group]
        if grouped and not any(message in library.items for message in grouped):
            yield Problem(shown_path(path), _line(path, "group:"), f"group '{sign.group}' has no safety message", f"write content/safety/{sign.tier}_{sign.group}.md, or leave the group out")
    reports = {label: texts for path in (DATA / "safety").glob("reports_*.yml") for label, texts in _yaml(path).items()}
    for sign in lexicon.signs:
        if len(reports.get(sign, ())) < FEWEST_REPORTS:
            yield Problem("data/safety", 1, f"sign {sign} has {len(reports.get(sign, ()))} reports for the detector", f"write at least {FEWEST_REPORTS}, each one a different person's")


def safety_labels_exist() -> Iterator[Problem]:
    """Each label of data/safety is a sign, a combination or a kind of look-alike, in a file for its tier."""
    tiers, calm = sign_tiers(), LOOK_ALIKES | {QUESTION}
    for path in sorted((DATA / "safety").glob("*.yml")):
        of_reports = path.stem.removeprefix("reports_") if path.stem.startswith("reports_") else None
        for label in _yaml(path):
            if tiers.get(label) != of_reports and not (of_reports is None and label in calm):
                known = f"a sign of tier {of_reports}" if of_reports else f"one of: {', '.join(sorted(calm))}"
                yield Problem(shown_path(path), _line(path, f"{label}:"), f"label '{label}' does not belong here", f"use {known}")


def sentences_repeat() -> Iterator[Problem]:
    """No sentence stands under two intents, or twice under one."""
    seen: dict[str, str] = {}
    for intent, sentences in training_sentences().items():
        for sentence in sentences:
            bare = _bare(sentence)
            if bare in seen:
                yield Problem("data/nlu", 1, f"'{sentence}' stands under {seen[bare]} and {intent}", "keep the one it belongs to")
            seen[bare] = intent


def tests_share_sentences() -> Iterator[Problem]:
    """No sentence of the tests is trained on: such a test could not fail."""
    trained = {_bare(sentence) for sentences in training_sentences().values() for sentence in sentences}
    trained |= {_bare(str(text)) for path in (DATA / "safety").glob("*.yml") for texts in _yaml(path).values() for text in texts}
    for path in sorted((ROOT / "tests").rglob("*.yml")):
        for line, text in _texts(_yaml(path)):
            if len(text.split()) > 2 and _bare(text) in trained:
                yield Problem(shown_path(path), line, f"'{text}' is trained on too", "write another one")


def training_sentences() -> dict[str, list[str]]:
    """Sentences by intent, of data/nlu."""
    found: dict[str, list[str]] = {}
    for path in sorted((DATA / "nlu").glob("*.yml")):
        for entry in _entries(path, "nlu"):
            found.setdefault(entry["intent"], []).extend(line[2:] for line in entry["examples"].splitlines() if line.startswith("- "))
    return found


def counts() -> str:
    """What was read, in one line."""
    library, sentences = read_library(), training_sentences()
    signs = read_lexicon(CONTENT / "safety").signs
    kinds = {kind: sum(item.kind == kind for item in library.items.values()) for kind in ("answer", "voice", "safety")}
    return (f"{kinds['answer']} answers, {kinds['voice']} voice lines, {kinds['safety']} safety messages, {len(signs)} warning signs, "
            f"{len(library.sources)} sources, {len(library.glossary)} glossary terms, {len(sentences)} intents with {sum(map(len, sentences.values()))} sentences")


def _texts(tree) -> Iterator[tuple[int, str]]:
    if isinstance(tree, str):
        yield 1, tree
    elif isinstance(tree, dict):
        for value in tree.values():
            yield from _texts(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _texts(value)


def _yaml(path: Path):
    return parse_yaml(path.read_text(encoding="utf-8"), shown_path(path))


def _entries(path: Path, key: str) -> list:
    tree = _yaml(path)
    if not isinstance(tree, dict) or not isinstance(tree.get(key), list):
        raise ContentError([Problem(shown_path(path), 1, f"has no list '{key}'", f"write '{key}:' and its entries")])
    return tree[key]


def _line(path, text: str) -> int:
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    whole = next((number for number, line in enumerate(lines, 1) if line.strip() == text.strip()), None)
    return whole or next((number for number, line in enumerate(lines, 1) if text in line), 1)


def _bare(sentence: str) -> str:
    return re.sub(r"[^\w ]", "", sentence.lower()).strip() or sentence
