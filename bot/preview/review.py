"""Items, rules and ledger read together: what holds for each item, and what is still needed, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Mapping, Optional

import sqlalchemy as sa

from bot.library.approvals import Approval, all_rows
from bot.library.review import ReviewItem, ReviewRule, item_of_text, read_review_rules, review_items, rule_for
from bot.library.standing import State, person_key, standing, state
from bot.records.accounts import Account


@dataclass(frozen=True)
class Review:
    """One look at the files and at the ledger. Raises ContentError (`read`) when content/review.yml cannot be read."""

    items: Mapping[str, ReviewItem]
    rules: tuple[ReviewRule, ...]
    rows: tuple[Approval, ...]

    @classmethod
    def read(cls, engine: sa.engine.Engine, root: Path) -> "Review":
        return cls(review_items(root), read_review_rules(root), tuple(all_rows(engine)))

    def rule(self, item: str) -> ReviewRule:
        return rule_for(self.rules, item)

    def state(self, item: str, day: date, version: Optional[str] = None) -> State:
        """What holds for an item on a day, as if its file had the given version. Raises KeyError for an item that never was."""
        return state(self.history(item), item, version or (self.gone(item) or self.items[item]).version, self.rule(item), day)

    def gone(self, item: str) -> Optional[ReviewItem]:
        """An item whose file was taken away, as the ledger knows it last; None where it has a file or never had one."""
        rows = [] if item in self.items else self.history(item)
        return item_of_text(item, rows[-1].text) if rows else None

    def vouched_without_file(self) -> list[str]:
        """The items whose file was taken away although somebody's signature of it holds: a running chat may still say them."""
        gone = sorted({row.item for row in self.rows} - set(self.items))
        return [item for item in gone if standing(self.rows, item, self.rule(item))]

    def history(self, item: str) -> list[Approval]:
        """The ledger's rows about an item, oldest first."""
        return [row for row in self.rows if row.item == item]

    def needed(self, item: str, day: date, account: Optional[Account] = None, version: Optional[str] = None) -> list[str]:
        """Who acted and who still has to before the present words (or those of a version) stand, as sentences to `account`;
        nothing once they do."""
        found, rule = self.state(item, day, version), self.rule(item)
        if found.name in ("approved", "expiring"):
            return []
        me = person_key(account.name) if account else None
        signed, proposed = {person_key(row.by): row for row in found.signed}, {person_key(row.by): row for row in found.proposed}
        said = []
        if rule.approvers > 1:
            said.append(f"{rule.approvers} different people have to approve these words.")
        elif rule.two_people:
            said.append("Two different people have to act on these words: one who proposes and one who approves, or two who approve.")
        said += [f"{row.by} proposed them on {row.at[:10]}." for row in found.proposed]
        said += [f"{row.by} approved them on {row.at[:10]}, until {row.until}." for row in found.signed]
        if found.missing and signed:
            said.append("One more person has to approve." if found.missing == 1 else f"{found.missing} more people have to approve.")
        if me and me in proposed:
            said.append("You proposed these words, so somebody else has to approve them.")
        elif me and me in signed and found.missing:
            said.append("They need a second approver, not you.")
        return said
