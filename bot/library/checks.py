"""What `ivy check` proves of the content. One function a rule; each yields every problem it sees."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Callable, Iterable, Iterator

from bot.library import page_texts
from bot.library.items import OPEN, OTHER_LANGUAGE, Block, Item, without_citations
from bot.library.library import Library
from bot.library.problems import ContentError, Problem, line_of, shown_path
from bot.library.question_sets import FILE, read_question_sets
from bot.library.readability import MOST, grades, sentences
from bot.library.render import CHANNELS, CONDITIONS, Situation, TemplateError

SHORT_WORDS = 90  # "at most about 80"
#: Pain relievers that raise bleeding or kidney risk: never without a caution beside them.
RISKY_MEDICINES = re.compile(r"\b(ibuprofen|aspirin|naproxen|advil|motrin|aleve|nsaids?)\b", re.I)
CAUTION = re.compile(r"\b(not|avoid|never|unless|don't|without)\b", re.I)
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.S)
_CITED = re.compile(r"\[@([^\]]+)\]")
_FIGURE = re.compile(r"(?<![A-Za-z0-9-])\d[\d.,]*")
_IN_WORDS = re.compile(r"\b(one|two|three|four|five|six|seven|eight|nine|ten)\b[ -](in|out of|of every)[ -]\b(two|three|four|five|six|seven|eight|nine|ten|\d+|every)", re.I)

Rule = Callable[[Library], Iterator[Problem]]


def check_content(library: Library) -> list[Problem]:
    """Every problem of every rule, sorted by place. Rules that render wait until every template does."""
    problems = {problem for rule in RULES for problem in rule(library)}
    if not any(templates_render(library)):
        problems |= {problem for rule in RENDERED_RULES for problem in rule(library)}
    return sorted(problems)


def templates_render(library: Library) -> Iterator[Problem]:
    """Each template works for each condition alone, all, none; each channel; clinic open and closed."""
    for item in library.items.values():
        for name, block in item.blocks.items():
            for situation in situations(library):
                try:
                    text = library.renderer.render(item, name, _given(item, situation))
                except Exception as error:  # noqa: BLE001 - a template may also divide by zero
                    yield _at(item, block, f"template fails ({error})", "use only the names CONTRIBUTING.md lists")
                    break
                if not text:
                    yield _at(item, block, "renders to nothing in some situation", "give every situation its words")
                    break


def figures_are_cited(library: Library) -> Iterator[Problem]:
    """A sentence with a figure names the source that was read for it."""
    for item, block in _blocks(library):
        for sentence, line in _cited_sentences(block):
            bare = _JINJA.sub("", _CITED.sub("", sentence))
            cited = [part.strip(" @") for marks in _CITED.findall(sentence) for part in marks.split(";")]
            figures = _FIGURE.findall(bare)
            if figures and (not cited or OPEN in cited):
                yield _at(item, block, f"figure {figures[0]} has no source in its sentence: '{bare.strip()[:60]}'", "cite [@source] before the full stop, or take the figure out", line)
            if _IN_WORDS.search(bare):
                yield _at(item, block, f"figure in words: '{_IN_WORDS.search(bare)[0]}'", "write it in digits, with its source", line)


def sources_exist(library: Library) -> Iterator[Problem]:
    """Front matter lists exactly the sources the blocks cite, and each is in sources.yml."""
    for item in library.items.values():
        cited = {cited for block in item.blocks.values() for cited in block.citations()} - {OPEN}
        listed = set(item.list("sources"))
        for source in sorted((cited | listed) - set(library.sources)):
            yield Problem(shown_path(item.path), item.lines.get("sources", 1), f"source '{source}' is not in content/sources.yml", "add it there or correct the name")
        if item.kind == "answer" and cited != listed:
            yield Problem(shown_path(item.path), item.lines.get("sources", 1), f"sources listed and cited differ: {sorted(cited ^ listed)}", "list exactly what the blocks cite")


def citations_are_readable(library: Library) -> Iterator[Problem]:
    """A source mark that cannot be read would stand in the patient's text, and prove nothing."""
    for item, block in _blocks(library):
        for offset, text in enumerate(without_citations(block.source).splitlines()):
            if "[@" in text:
                yield _at(item, block, f"source mark cannot be read: '{text[text.index('[@'):][:30]}'", "write [@source] or [@one; @two], with names of small letters, digits and _", block.line + offset)


def names_are_unique(library: Library) -> Iterator[Problem]:
    """A name means one item: of two answers only one would ever be said."""
    seen: dict[str, Item] = {}
    for item in library.items.values():
        other = seen.setdefault(item.name, item)
        if other is not item:
            yield Problem(shown_path(item.path), 1, f"has the name of {shown_path(other.path)}", "give one of them another")


def sources_were_read(library: Library) -> Iterator[Problem]:
    """A figure may rest only on a source that was read itself."""
    for item, block in _blocks(library):
        for sentence, line in _cited_sentences(block):
            for source in (part.strip(" @") for marks in _CITED.findall(sentence) for part in marks.split(";")):
                if library.sources.get(source, {}).get("verified") == "secondary" and _FIGURE.search(_JINJA.sub("", _CITED.sub("", sentence))):
                    yield _at(item, block, f"a figure rests on '{source}', which was read only in a copy", "take the figure out, mark the claim [@open]", line)


def related_exist(library: Library) -> Iterator[Problem]:
    """Related topics are answers, two or three, not the item itself; buttons are items."""
    for item in library.items.values():
        where = (shown_path(item.path), item.lines.get("related", 1))
        related = item.list("related")
        for topic in related:
            if not library.answer(topic) or topic == item.name:
                yield Problem(*where, f"related topic '{topic}' is not another answer", "name topics that have a file in content/answers")
        if item.kind == "answer" and not 2 <= len(related) <= 3:
            yield Problem(*where, f"has {len(related)} related topics", "name two or three")
        for button in item.list("buttons"):
            if not library.answer(button) and f"voice/{button}" not in library.items:
                yield Problem(shown_path(item.path), item.lines.get("buttons", 1), f"button '{button}' is neither an answer nor a voice line", "correct the name")


def reads_easily(library: Library) -> Iterator[Problem]:
    """No block above grade 6, glossary terms set aside; short blocks are short."""
    terms = library.hard_words()
    for item in library.items.values():
        if item.name == OTHER_LANGUAGE:
            continue
        texts = {name: library.renderer.render(item, name, _given(item, plain_situation(library))) for name in item.blocks}
        for name, text in texts.items():
            grade = grades(text, terms)["flesch_kincaid"]
            if grade > MOST:
                yield _at(item, item.blocks[name], f"'{name}' reads at grade {grade} (Flesch-Kincaid)", "use shorter sentences and words, or put a needed term into the glossary")
        smog = grades("\n\n".join(texts.values()), terms).get("smog", 0)
        if smog > MOST:
            yield _at(item, next(iter(item.blocks.values())), f"reads at grade {smog} (SMOG)", "use fewer words of three or more syllables")
        words = len(texts["short"].split())
        if item.kind == "answer" and words > SHORT_WORDS:
            yield _at(item, item.blocks["short"], f"'short' has {words} words", f"say it in {SHORT_WORDS} or fewer; the rest belongs in 'more'")


def no_risky_medicine(library: Library) -> Iterator[Problem]:
    """Nobody is told to take a pain reliever that raises bleeding or kidney risk."""
    for item, block in _blocks(library):
        for sentence, line in _cited_sentences(block):
            if RISKY_MEDICINES.search(sentence) and not CAUTION.search(sentence):
                yield _at(item, block, f"names {RISKY_MEDICINES.search(sentence)[0]} without a caution in the sentence", "say that it must not be taken unless the team agrees", line)


def question_sets_are_sound(library: Library) -> Iterator[Problem]:
    """The question list's situations are well formed, cite known sources, hold no figure and read easily."""
    path = library.root / FILE
    if not path.exists() and not library.answer("questions_for_doctor"):
        return
    try:
        sets = read_question_sets(library.root)
    except ContentError as error:
        yield from error.problems
        return
    for chosen in sets:
        where = (shown_path(path), line_of(path, f"{chosen.id}:"))
        for source in sorted(set(chosen.sources) - set(library.sources)):
            yield Problem(*where, f"source '{source}' is not in content/sources.yml", "add it there or correct the name")
        for question in chosen.questions:
            if _FIGURE.search(question) or _IN_WORDS.search(question):
                yield Problem(*where, f"a question holds a figure: '{question}'", "let the doctor give the figure")
        grade = grades("\n\n".join(chosen.questions), library.hard_words())["flesch_kincaid"]
        if grade > MOST:
            yield Problem(*where, f"the questions of '{chosen.id}' read at grade {grade} (Flesch-Kincaid)", "use shorter sentences and words")


def page_texts_are_sound(library: Library) -> Iterator[Problem]:
    """The page has every word it needs, its templates can be filled, and what it tells reads easily."""
    path = library.root / page_texts.FILE
    if not path.exists():
        return
    try:
        texts = page_texts.read_page_texts(library.root)
        texts = page_texts.filled(texts, library.renderer, plain_situation(library), keep_days=30, draft="Draft.")
    except ContentError as error:
        yield from error.problems
        return
    except TemplateError as error:
        yield Problem(shown_path(path), 1, f"a template fails ({error})", "use the names its first lines list")
        return
    for key in ("notice", "outage"):
        grade = grades(re.sub("<.*?>", "", " ".join(texts[key])), library.hard_words())["flesch_kincaid"]
        if grade > MOST:
            yield Problem(shown_path(path), line_of(path, f"{key}:"), f"'{key}' reads at grade {grade} (Flesch-Kincaid)", "use shorter sentences and words")


#: Rules that take less than a second over all content, together.
QUICK_RULES: tuple[Rule, ...] = (templates_render, names_are_unique, citations_are_readable, figures_are_cited, sources_exist, sources_were_read, related_exist, no_risky_medicine)
RULES: tuple[Rule, ...] = (*QUICK_RULES, question_sets_are_sound, page_texts_are_sound)
#: Rules that render; they make sense only once every template renders.
RENDERED_RULES: tuple[Rule, ...] = (reads_easily,)


def open_facts(library: Library) -> list[tuple[str, int, str]]:
    """Sentences marked [@open] (path, line, sentence): the packet for the clinician who will review."""
    return [(shown_path(item.path), line, _CITED.sub("", sentence).strip())
            for item, block in _blocks(library) for sentence, line in _cited_sentences(block) if f"@{OPEN}" in sentence]


def plain_situation(library: Library) -> Situation:
    """Nothing known of the person, clinic open, web page."""
    return Situation(replace(library.clinic, open_now=True), signs=("a stiff neck",))


#: What the question list's lines (content/voice/list_*.md) are given beyond the names every template has.
LIST_NAMES = {"questions": ["What is plan B?"], "situation": "just offered IVIG", "removed": ["What is plan B?"], "added": "What will I owe?"}


def _given(item: Item, situation: Situation) -> Situation:
    return replace(situation, extra=LIST_NAMES) if item.name.startswith("list_") else situation


def situations(library: Library) -> Iterable[Situation]:
    """The situations every template must survive."""
    usual = plain_situation(library)
    for known in [(), CONDITIONS, *[(condition,) for condition in CONDITIONS]]:
        yield replace(usual, known=frozenset(known))
    for channel in CHANNELS:
        yield replace(usual, channel=channel)
    yield replace(usual, clinic=replace(library.clinic, open_now=False), other=True, signs=("a stiff neck", "fever"))
    bare = replace(library.clinic.lines, crisis_line=None, poison_line=None, violence_line=None)
    full = replace(library.clinic.lines, crisis_line="1", poison_line="2", violence_line="3")
    yield replace(usual, clinic=replace(library.clinic, lines=bare, portal=None))
    yield replace(usual, clinic=replace(library.clinic, lines=full, portal="https://portal.example", fictional=False))


def _blocks(library: Library) -> Iterator[tuple[Item, Block]]:
    for item in library.items.values():
        for block in item.blocks.values():
            yield item, block


def _cited_sentences(block: Block) -> Iterator[tuple[str, int]]:
    """Sentences of a block with their file line, source marks left in."""
    for offset, text in enumerate(block.source.splitlines()):
        for sentence in sentences(text):
            yield sentence, block.line + offset


def _at(item: Item, block: Block, problem: str, repair: str, line: int = 0) -> Problem:
    return Problem(shown_path(item.path), line or block.line, problem, repair)
