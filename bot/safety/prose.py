"""A warning sign on one page, in words: what a clinician reads before signing it."""

from __future__ import annotations

from bot.project import CONTENT
from bot.safety.lexicon import read_lexicon


def sign_as_prose(sign_id: str) -> str:
    """The sign's page. Raises KeyError naming the known signs when there is none of that id."""
    lexicon = read_lexicon(CONTENT / "safety")
    if sign_id not in lexicon.signs:
        return f"There is no sign '{sign_id}'. The signs are: {', '.join(sorted(lexicon.signs))}."
    sign = lexicon.signs[sign_id]
    firm = [str(pattern) for pattern in sign.patterns if not pattern.weak]
    weak = [str(pattern) for pattern in sign.patterns if pattern.weak]
    classes = sorted({element for pattern in sign.patterns for element in pattern.elements if element in lexicon.classes})
    parts = [
        f"{sign_id}: {sign.name}. Tier: {sign.tier}.",
        f"Why: {' '.join(sign.rationale.split())} (sources: {', '.join(sign.sources) or 'none read; our own cautious rule'})",
        f"When: {sign.window}." if sign.window else "",
        f"Message: content/safety/{sign.tier}{'_' + sign.group if sign.group else ''}.md",
        "Ivy alarms when someone writes, here and now:\n" + _list(firm),
        "Ivy only asks when it reads:\n" + _list(weak) if weak else "",
        "It goes one tier up together with: " + ", ".join([*sign.raised_by, *(f'"{words}"' for words in sign.raised_by_words)]) if sign.raised_by or sign.raised_by_words else "",
        "These are not it: " + ", ".join(f'"{idiom}"' for idiom in sign.idioms) if sign.idioms else "",
        "Words in CAPITALS stand for:\n" + _list(f"{name.split(':')[-1]}: {', '.join(lexicon.classes[name])}" for name in classes) if classes else "",
        "Examples:\n" + _list(f'{kind}: "{line}"' for kind, lines in sign.examples.items() for line in lines),
    ]
    return "\n\n".join(part for part in parts if part)


def _list(lines) -> str:
    return "\n".join(f"  - {line}" for line in lines)
