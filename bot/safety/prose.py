"""A warning sign on one page, in words: what a clinician reads before signing it."""

from __future__ import annotations

from bot.project import CONTENT
from bot.safety.lexicon import Lexicon, read_lexicon


def sign_as_prose(sign_id: str) -> str:
    """The page of a sign of this installation. Raises LookupError naming the signs there are when it is none of them, LexiconError."""
    return in_prose(read_lexicon(CONTENT / "safety"), sign_id)


def in_prose(lexicon: Lexicon, sign_id: str) -> str:
    """A sign's page in paragraphs, lists as lines that begin with "  - ". Raises LookupError where it is none of the lexicon's."""
    if sign_id not in lexicon.signs:
        raise LookupError(f"there is no sign '{sign_id}'. The signs are: {', '.join(sorted(lexicon.signs))}")
    sign = lexicon.signs[sign_id]
    ours = [pattern for pattern in sign.patterns if pattern not in sign.languages]
    firm, weak = ([str(pattern).replace(f"{sign_id}:", "") for pattern in ours if pattern.weak == is_weak] for is_weak in (False, True))
    classes = sorted({element for pattern in sign.patterns for element in pattern.elements if element in lexicon.classes})
    parts = [
        f"{sign_id}: {sign.name}. Tier: {sign.tier}.",
        f"Why: {' '.join(sign.rationale.split())} (sources: {', '.join(sign.sources) or 'none read; our own cautious rule'})",
        f"When: {sign.window}." if sign.window else "",
        f"Message: content/safety/{sign.tier}{'_' + sign.group if sign.group else ''}.md",
        "Ivy alarms when someone writes, here and now:\n" + _list(firm),
        "Ivy only asks when it reads:\n" + _list(weak) if weak else "",
        "It goes one tier up together with: " + ", ".join([*sign.raised_by, *(f'"{words}"' for words in sign.raised_by_words)]) if sign.raised_by or sign.raised_by_words else "",
        "In other languages:\n" + _list(map(str, sign.languages)) if sign.languages else "",
        "These are not it: " + ", ".join(f'"{idiom}"' for idiom in sign.idioms) if sign.idioms else "",
        "Words in CAPITALS stand for:\n" + _list(f"{name.split(':')[-1]}: {', '.join(lexicon.classes[name])}" for name in classes) if classes else "",
        "Examples:\n" + _list(f'{kind}: "{line}"' for kind, lines in sign.examples.items() for line in lines),
    ]
    return "\n\n".join(part for part in parts if part)


def _list(lines) -> str:
    return "\n".join(f"  - {line}" for line in lines)
