"""The warning signs as clinicians write them (content/safety/), read and checked.

A sign is one file, content/safety/signs/<sign>.yml; shared word classes are in classes.yml, what
denies, postpones or hands a sign to another person in context.yml. A pattern names classes (CAPITALS) or
literal words: `STIFF & NECK` in any order within one clause, `CANT > BEND > NECK` in this order.
`languages: {es: [...]}` holds the same for another language, without accents: `cuello & rigido`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterable, Mapping

import yaml

from bot.safety.tokens import folded

TIERS = ("none", "routine", "urgent", "emergency")
EXAMPLES = ("alert", "check", "note", "none")
#: Classes made of numbers, filled by the matcher: a body temperature that is a fever (38 C, 100.4 F).
BUILT_IN = {"FEVER_READING"}

_KEYS = {
    "required": {"tier", "name", "rationale", "sources", "phrases", "patterns", "examples"},
    "optional": {"group", "maybe", "not", "classes", "raised_by", "raised_by_words", "window", "languages"},
}
_CLASS = re.compile(r"[A-Z][A-Z_0-9]+$")


@dataclass(frozen=True)
class Pattern:
    """Elements that together show a sign. `ordered`: in this order. `weak`: ask, do not alarm."""

    elements: tuple
    ordered: bool
    weak: bool = False

    def __str__(self) -> str:
        return (" > " if self.ordered else " & ").join(self.elements)


@dataclass(frozen=True)
class Sign:
    """One warning sign. `group` names the message it shares; `raised_by` signs or known facts."""

    id: str
    tier: str
    name: str
    group: str
    rationale: str
    sources: tuple
    patterns: tuple
    idioms: tuple
    raised_by: tuple = ()
    raised_by_words: tuple = ()
    window: str = ""
    examples: Mapping[str, tuple] = field(default_factory=dict)
    languages: tuple = ()


@dataclass(frozen=True)
class Lexicon:
    """All signs, the word classes they use, the figures of speech that are none of them, the context words."""

    signs: Mapping[str, Sign]
    classes: Mapping[str, tuple]
    idioms: tuple
    context: Mapping[str, tuple]
    protected: frozenset
    version: str

    def vocabulary(self) -> set[str]:
        """Every real word the lexicon can match: what spelling is corrected toward.

        Words of phrases count only when they are English: a phrase may hold a misspelling."""
        from bot.safety.tokens import general_words

        phrases = [element for sign in self.signs.values() for pattern in sign.patterns for element in pattern.elements if element not in self.classes]
        classes = [phrase for name, listed in self.classes.items() for phrase in listed]
        english = {word for text in phrases for word in re.findall(r"[a-z]+", text) if word in general_words()}
        return english | {word for text in classes for word in re.findall(r"[a-z]+", text)}

    def foreign_words(self) -> set[str]:
        """Words of other languages: left as they are, though they look like misspelt English."""
        context = [phrase for key, phrases in self.context.items() if key.startswith("es_") for phrase in phrases]
        patterns = [element for sign in self.signs.values() for pattern in sign.languages for element in pattern.elements]
        return {word for text in [*patterns, *context] for word in text.split()}


class LexiconError(Exception):
    """The lexicon cannot be used. `problems` are (path, line, problem, repair), all of them."""

    def __init__(self, problems: list) -> None:
        self.problems = problems
        super().__init__("\n".join(f"{path}:{line}: {problem}; {repair}" for path, line, problem, repair in problems))


def read_lexicon(root: Path) -> Lexicon:
    """Read content/safety. Raises LexiconError with every problem."""
    problems: list = []
    files = sorted((root / "signs").glob("*.yml"))
    texts = {path: path.read_text(encoding="utf-8") for path in [*files, root / "classes.yml", root / "context.yml"]}
    loaded = {path: _load(path, text, problems) for path, text in texts.items()}
    shared = {name: tuple(words) for name, words in loaded[root / "classes.yml"].items()}
    context = dict(loaded[root / "context.yml"])
    signs, classes = {}, dict(shared)
    for path in files:
        entry = loaded[path]
        found = list(_entry_problems(path, texts[path], entry, shared))
        problems += found
        if not found:
            classes.update({f"{path.stem}:{name}": tuple(words) for name, words in (entry.get("classes") or {}).items()})
            signs[path.stem] = _sign(path.stem, entry)
    problems += [(str(path), 1, f"raised_by names '{other}', which is no sign and no known fact", "use a sign id, or known:<fact>")
                 for path in files for other in (loaded[path].get("raised_by") or ())
                 if not str(other).startswith("known:") and other not in {file.stem for file in files}]
    if problems:
        raise LexiconError(sorted(set(problems)))
    idioms = tuple(context.pop("idioms"))
    protected = frozenset(context.pop("protected"))
    raises = {f"raises:{sign.id}": sign.raised_by_words for sign in signs.values() if sign.raised_by_words}
    context = {**{key: tuple(words) for key, words in context.items()}, **raises}
    return Lexicon(signs, _expanded(classes), idioms, context, protected, _version(texts.values()))


def _load(path: Path, text: str, problems: list) -> dict:
    try:
        loaded = yaml.safe_load(text)
        if isinstance(loaded, dict):
            return loaded
        problems.append((str(path), 1, "is not a list of key: value", "write key: value lines"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problems.append((str(path), mark.line + 1 if mark else 1, f"is not YAML ({getattr(error, 'problem', error)})", "repair the line; quote text that holds a colon"))
    return {}


def _entry_problems(path: Path, text: str, entry: Mapping, shared: Mapping) -> Iterable[tuple]:
    def at(key: str) -> tuple:
        return str(path), next((n for n, line in enumerate(text.splitlines(), 1) if line.startswith(f"{key}:")), 1)

    permitted = _KEYS["required"] | _KEYS["optional"]
    for key in sorted(set(entry) - permitted):
        yield (*at(key), f"key '{key}' is not known", f"use one of: {', '.join(sorted(permitted))}")
    for key in sorted(_KEYS["required"] - set(entry)):
        yield (*at(key), f"lacks '{key}'", f"add it; see another sign in {path.parent.name}/")
    if entry.get("tier") not in TIERS[1:]:
        yield (*at("tier"), f"tier '{entry.get('tier')}' is not known", f"use one of: {', '.join(TIERS[1:])}")
    local = set(entry.get("classes") or ())
    for key in ("patterns", "maybe"):
        for written in entry.get(key) or ():
            if ">" in str(written) and "&" in str(written):
                yield (*at(key), f"pattern '{written}' mixes > and &", "use one of them; a second pattern says the rest")
            for element in _pattern(str(written)).elements:
                if _CLASS.match(element) and element not in local and element not in shared and element not in BUILT_IN:
                    yield (*at(key), f"pattern '{written}' uses the class {element}, which nobody defines", "define it under 'classes' here or in classes.yml")
    for language, written in (entry.get("languages") or {}).items():
        for text_ in written:
            if str(text_) != folded(str(text_).lower()):
                yield (*at("languages"), f"{language} pattern '{text_}' has capitals or accents", f"write '{folded(str(text_).lower())}': words are compared without them")
    for name, words in (entry.get("classes") or {}).items():
        for word in words:
            if isinstance(word, bool):
                yield (*at("classes"), f"class {name} holds {word!r}, which YAML does not read as a word", 'quote it, e.g. "no"')
    examples = entry.get("examples") or {}
    for kind in sorted(set(examples) - set(EXAMPLES)):
        yield (*at("examples"), f"examples of kind '{kind}' are not known", f"use one of: {', '.join(EXAMPLES)}")
    if not examples.get("alert"):
        yield (*at("examples"), "has no alert examples", "add sentences that must alarm")


def _pattern(written: str, weak: bool = False) -> Pattern:
    ordered = ">" in written or "&" not in written
    return Pattern(tuple(part.strip() for part in re.split(r"[>&]", written)), ordered, weak)


def _sign(sign_id: str, entry: Mapping) -> Sign:
    local = set(entry.get("classes") or ())
    written = [(text, False) for text in [*(entry["phrases"] or ()), *(entry["patterns"] or ())]]
    written += [(text, True) for text in entry.get("maybe") or ()]
    patterns = []
    for text, weak in written:
        pattern = _pattern(str(text), weak)
        elements = tuple(f"{sign_id}:{element}" if element in local else element for element in pattern.elements)
        patterns.append(Pattern(tuple(e if _CLASS.match(e.split(":")[-1]) else e.lower() for e in elements), pattern.ordered, weak))
    foreign = tuple(_pattern(str(text)) for written in (entry.get("languages") or {}).values() for text in written)
    return Sign(
        id=sign_id, tier=entry["tier"], name=entry["name"], group=entry.get("group", ""), rationale=entry["rationale"],
        sources=tuple(entry["sources"]), patterns=(*patterns, *foreign), idioms=tuple(str(text).lower() for text in entry.get("not") or ()),
        raised_by=tuple(entry.get("raised_by") or ()), raised_by_words=tuple(entry.get("raised_by_words") or ()),
        window=entry.get("window", ""), examples={kind: tuple(lines or ()) for kind, lines in entry["examples"].items()},
        languages=foreign,
    )


def _expanded(classes: Mapping[str, tuple]) -> dict[str, tuple]:
    """Classes with `swell*` written out: the known words that add at most four letters to the stem."""
    from bot.safety.tokens import general_words

    expanded = {}
    for name, words in classes.items():
        listed: list[str] = []
        for word in map(str, words):
            stem = word[:-1]
            listed += [stem, *(w for w in general_words() if w.startswith(stem) and len(w) <= len(stem) + 4)] if word.endswith("*") else [word]
        expanded[name] = tuple(dict.fromkeys(word.lower() for word in listed))
    return expanded


def _version(texts: Iterable[str]) -> str:
    import hashlib

    return hashlib.sha256("\0".join(texts).encode()).hexdigest()
