"""The warning signs by name and tier, and which safety message each of them leads to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from bot.library.problems import ContentError, read_yaml



@dataclass(frozen=True)
class Sign:
    """A sign: its id, its name as it follows "now I have", its tier, and its group ("" where the tier's general message is said)."""

    id: str
    name: str
    tier: str
    group: str

    def message(self, root: Path) -> str:
        """The name of the safety message that is said for it."""
        own = f"{self.tier}_{self.group}"
        return own if self.group and (root / "safety" / f"{own}.md").exists() else self.tier


def read_signs(root: Path) -> tuple[Sign, ...]:
    """The signs of a content folder whose files can be read, by id."""
    found = []
    for path in sorted((root / "safety" / "signs").glob("*.yml")):
        try:
            entry = read_yaml(path)
        except ContentError:
            continue  # the page names the problem above
        found.append(Sign(path.stem, str(entry.get("name") or path.stem), str(entry.get("tier") or ""), str(entry.get("group") or "")))
    return tuple(found)


def signs_leading_to(message: str, signs: Sequence[Sign], root: Path) -> list[Sign]:
    """The signs for which a safety message is said."""
    return [sign for sign in signs if sign.message(root) == message]
