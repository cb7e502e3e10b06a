"""What an account may do to the ledger, and what is refused. The page calls these; there is no other way to sign.

The files say nothing of who wrote them, so authorship is what the ledger records: whoever proposes words may
not be the one who approves them. Where nobody proposed, two different people have to sign safety content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Optional, Sequence

import sqlalchemy as sa

from bot.library.approvals import Approval, all_rows, append
from bot.library.review import ReviewItem, ReviewRule, rule_for
from bot.library.standing import person_key, standing, state
from bot.records.accounts import Account, may

#: What a clinician can vouch for; `safety line` only counts for words that patients read.
CHECKS = ("accuracy", "sources", "plain language", "safety line")
LONGEST_NOTE = 4_000  # characters


class SigningRefused(ValueError):
    """The ledger was not changed. `problems` are all the reasons, as sentences for the page."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problems))


@dataclass(frozen=True)
class Signing:
    """What somebody wants to do to one item. `shown`: the version of the words the page showed, when they were
    decided on; `checked`: of CHECKS; `until`: the last day; `note`: the comment."""

    item: ReviewItem
    account: Account
    shown: str
    note: str = ""
    checked: tuple = ()
    until: Optional[date] = None


def required_checks(item: ReviewItem) -> tuple[str, ...]:
    """What has to be checked before an item is approved."""
    return {"answer": CHECKS, "safety": CHECKS, "voice": ("accuracy", "plain language")}.get(item.kind, ("accuracy",))


def suggested_until(item: ReviewItem, rule: ReviewRule, today: date, review_days: Optional[int] = None) -> date:
    """The last day that is suggested: the item's own interval, not beyond the rule's."""
    return today + timedelta(min(review_days or rule.days, rule.days))


def approve(engine: sa.engine.Engine, rules: Sequence[ReviewRule], wanted: Signing, today: date) -> Approval:
    """Sign the words as they are. Raises SigningRefused, sqlalchemy.exc.SQLAlchemyError."""
    rule, rows = rule_for(rules, wanted.item.id), all_rows(engine)
    problems = [*_may("approve", wanted), *_is_what_was_shown(wanted), *_until(wanted.until, rule, today), *_not_proposed_by(wanted, rows, wanted.item.version, rule, today)]
    lacking = [check for check in required_checks(wanted.item) if check not in wanted.checked]
    if lacking:
        problems.append(f"Please check, and tick: {', '.join(lacking)}.")
    unknown = [check for check in wanted.checked if check not in CHECKS]
    if unknown:
        problems.append(f"'{', '.join(unknown)}' is nothing that can be ticked.")
    return _write(engine, wanted, "approve", wanted.item.text, problems)


def roll_back(engine: sa.engine.Engine, rules: Sequence[ReviewRule], wanted: Signing, to: str, today: date) -> Approval:
    """Sign earlier words again: those of version `to`, which enough people approved before. The file stays as
    it is; patients get the earlier words. Where others' signatures of them still hold, one more is enough.

    Raises SigningRefused, sqlalchemy.exc.SQLAlchemyError."""
    rule, rows = rule_for(rules, wanted.item.id), all_rows(engine)
    problems = [*_may("roll_back", wanted), *_until(wanted.until, rule, today), *_not_proposed_by(wanted, rows, to, rule, today)]
    earlier = next((stood for stood in stood_before(rows, wanted.item.id, rule) if stood.version == to), None)
    if earlier is None:
        problems.append("These words were never approved, so there is no going back to them.")
    return _write(engine, wanted, "approve", earlier.text if earlier else "", problems)


def send_back(engine: sa.engine.Engine, wanted: Signing) -> Approval:
    """Ask for other words, with a comment. Raises SigningRefused, sqlalchemy.exc.SQLAlchemyError."""
    problems = [*_may("send_back", wanted), *_is_what_was_shown(wanted), *([] if wanted.note.strip() else ["Please write what should be changed."])]
    return _write(engine, wanted, "send_back", wanted.item.text, problems)


def propose(engine: sa.engine.Engine, wanted: Signing) -> Approval:
    """Lay the present words before the clinicians, as their author. Raises SigningRefused, sqlalchemy.exc.SQLAlchemyError."""
    return _write(engine, wanted, "propose", wanted.item.text, [*_may("propose", wanted), *_is_what_was_shown(wanted)])


def withdraw(engine: sa.engine.Engine, rules: Sequence[ReviewRule], wanted: Signing) -> Approval:
    """End every signature of an item at once, alone. The row keeps the words that were served until then.
    Raises SigningRefused, sqlalchemy.exc.SQLAlchemyError."""
    rows = all_rows(engine)
    stands = standing(rows, wanted.item.id, rule_for(rules, wanted.item.id))
    signed = any(row.item == wanted.item.id and row.act == "approve" for row in rows)
    problems = [*_may("withdraw", wanted), *([] if wanted.note.strip() else ["Please write why it is withdrawn."]), *([] if signed else ["Nobody has approved it, so there is nothing to withdraw."])]
    return _write(engine, wanted, "withdraw", stands.text if stands else wanted.item.text, problems)


def stood_before(rows: Sequence[Approval], item: str, rule: ReviewRule) -> list:
    """Every version of an item that stood at some time (Standing), newest first, each once."""
    found: dict = {}
    mine = [row for row in rows if row.item == item]
    for count, row in enumerate(mine, 1):
        stands = standing(mine[:count], item, rule) if row.act == "approve" else None
        if stands and stands.version == row.version:
            found.pop(stands.version, None)
            found[stands.version] = stands
    return list(reversed(found.values()))


def _may(act: str, wanted: Signing) -> list[str]:
    problems = [] if wanted.account.active and may(wanted.account.role, act) else [f"Your account ({wanted.account.role}) may not do this."]
    if len(wanted.note) > LONGEST_NOTE:
        problems.append(f"The note has {len(wanted.note)} characters; please keep it under {LONGEST_NOTE}.")
    return problems


def _is_what_was_shown(wanted: Signing) -> list[str]:
    return [] if wanted.shown == wanted.item.version else ["The words were changed since this page was opened. Please read them again."]


def _until(until: Optional[date], rule: ReviewRule, today: date) -> list[str]:
    last = today + timedelta(rule.days)
    return [] if until and today <= until <= last else [f"Please choose a last day from {today.isoformat()} to {last.isoformat()}."]


def _not_proposed_by(wanted: Signing, rows: Sequence[Approval], version: str, rule: ReviewRule, today: date) -> list[str]:
    proposed = state(rows, wanted.item.id, version, rule, today).proposed
    return ["You proposed these words yourself; somebody else has to approve them."] if person_key(wanted.account.name) in [person_key(row.by) for row in proposed] else []


def _write(engine: sa.engine.Engine, wanted: Signing, act: str, text: str, problems: Sequence[str]) -> Approval:
    if problems:
        raise SigningRefused(problems)
    checked = ", ".join(check for check in CHECKS if check in wanted.checked)
    return append(engine, wanted.item.id, text, wanted.account.name, wanted.account.role, checked, wanted.until if act == "approve" else None, act=act, note=wanted.note.strip())

