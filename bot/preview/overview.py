"""Every item of the content at a glance: its state, what blocks clinic mode, what ends soon; filtered as asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Iterable, Mapping, Sequence

from starlette.responses import Response

from bot.library.serving import Desk
from bot.library.standing import EXPIRING_DAYS, STATES
from bot.preview.catalogue import FATES, USE_DAYS, Entry, entries
from bot.preview.pages import Pages
from bot.preview.visit import Visit

pages = Pages()


@dataclass(frozen=True)
class Filter:
    """What is asked to be shown; "" is everything. `text`: words that the name, the title or the text itself must hold."""

    state: str = ""
    group: str = ""
    language: str = ""
    fate: str = ""
    text: str = ""

    def lets_through(self, entry: Entry) -> bool:
        wanted = self.text.casefold()
        return (self.state in ("", entry.state.name) and self.group in ("", entry.about.group) and self.language in ("", *entry.about.languages)
                and self.fate in ("", entry.fate) and (wanted in f"{entry.item.id}\n{entry.about.title}\n{entry.item.text}".casefold()))


@pages.get("/")
def overview(visit: Visit) -> Response:
    found = entries(visit)
    asked = Filter(*(visit.query(name).strip() for name in ("state", "group", "language", "fate", "text")))
    groups = _grouped(filter(asked.lets_through, found))
    return visit.page("overview_items.html" if visit.swapped else "overview.html", groups=groups, counts=_counts(groups), shown=sum(map(len, groups.values())), all=len(found), asked=asked,
                      states=STATES, fates=FATES, fate_counts=Counter(entry.fate for entry in found),
                      headings=list(dict.fromkeys(entry.about.group for entry in found)), languages=sorted({name for entry in found for name in entry.about.languages}),
                      blocks=_blocks(visit), gone=visit.review.vouched_without_file(), ending=_ending(found), ending_days=EXPIRING_DAYS, use_days=USE_DAYS, use_known=any(entry.said is not None for entry in found))


def _grouped(found: Iterable[Entry]) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in found:
        groups.setdefault(entry.about.group, []).append(entry)
    return groups


def _counts(groups: Mapping[str, Sequence[Entry]]) -> dict[str, Counter]:
    """How many items of each heading are in each state."""
    return {group: Counter(entry.state.name for entry in members) for group, members in groups.items()}


def _blocks(visit: Visit) -> dict[str, list[str]]:
    """The items that clinic mode cannot start without, by the reason."""
    reasons: dict[str, list[str]] = {}
    for block in Desk(visit.shelf.library, visit.site.engine).blocks_clinic_mode():
        reasons.setdefault(block.reason, []).append(block.item)
    return reasons


def _ending(found: Sequence[Entry]) -> list[Entry]:
    """Items whose approval ends within EXPIRING_DAYS of the day or has ended, those that ended first."""
    ending = [entry for entry in found if entry.state.days_left is not None and entry.state.days_left <= EXPIRING_DAYS]
    return sorted(ending, key=lambda entry: entry.state.days_left)
