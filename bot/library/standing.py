"""Which words are vouched for, worked out from the ledger's rows alone: pure, the same for the running chat and the page.

A signature is for exact words until a day. It ends on that day, when the item is withdrawn, or when the same
words are sent back before they stood. Signing other words later does not end it, so a clinic can roll back
to earlier words that still have their signatures."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Iterable, Optional, Sequence
from zoneinfo import ZoneInfo

from bot.library.approvals import Approval
from bot.library.review import ReviewRule

EXPIRING_DAYS = 30
#: Days before the end at which staff are warned.
WARN_DAYS = (30, 7, 1)
STATES = ("draft", "waiting", "approved", "changed", "expiring", "expired", "withheld", "sent_back")


@dataclass(frozen=True)
class Standing:
    """Words that enough people signed. `rows`: the signatures that hold them, oldest first; `until`: the last
    day on which enough of these hold."""

    item: str
    version: str
    text: str
    rows: tuple
    until: date

    @property
    def by(self) -> str:
        """The names of all who signed."""
        return " and ".join(row.by for row in self.rows)

    @property
    def at(self) -> str:
        """When the last of them signed (ISO, UTC)."""
        return max(row.at for row in self.rows)

    def holds_on(self, day: date) -> bool:
        return day <= self.until


@dataclass(frozen=True)
class State:
    """An item on a day. `name` is one of STATES:

    draft        nobody signed the present words, and no earlier ones
    waiting      the present words are signed, but not by enough people: `missing` more
    approved     the present words are vouched for
    expiring     so they are, and it ends within 30 days
    changed      the present words are not signed; earlier ones are, and are served
    expired      what was vouched for no longer is
    withheld     withdrawn, and nobody signed since
    sent_back    the present words were sent back, with a comment (`last`)

    `standing`: what is vouched for, or was until it expired. `signed`: signatures of the present words that
    count. `proposed`: who proposed the present words. `last`: the item's last row."""

    name: str
    standing: Optional[Standing] = None
    signed: tuple = ()
    proposed: tuple = ()
    missing: int = 0
    last: Optional[Approval] = None
    days_left: Optional[int] = None


@dataclass
class _Words:
    """What was done about one version of an item."""

    signatures: dict = field(default_factory=dict)  # person -> row
    proposed: dict = field(default_factory=dict)
    sent_back: Optional[Approval] = None


def standing(rows: Iterable[Approval], item: str, rule: ReviewRule) -> Optional[Standing]:
    """The words of an item that enough different people signed last, expired or not; None when none or withdrawn."""
    return _replay(rows, item, rule)[0]


def state(rows: Iterable[Approval], item: str, version: str, rule: ReviewRule, day: date) -> State:
    """What holds for an item whose file now has this version."""
    stands, versions, last = _replay(rows, item, rule)
    words = versions.get(version, _Words())
    counted = tuple(row for row in _counted(words) if day.isoformat() <= row.until)
    more = {"standing": stands, "signed": counted, "proposed": tuple(words.proposed.values()), "last": last,
            "missing": missing(rule, counted, words.proposed), "days_left": (stands.until - day).days if stands else None}
    if stands and stands.version == version:
        if not stands.holds_on(day):
            return State("expired", **more)
        return State("expiring" if stands.until - day <= timedelta(EXPIRING_DAYS) else "approved", **more)
    if words.sent_back:
        return State("sent_back", **more)
    if counted and more["missing"]:  # none is missing where the clinic rolled back from these words to earlier ones
        return State("waiting", **more)
    if stands:
        return State("changed" if stands.holds_on(day) else "expired", **more)
    return State("withheld" if last and last.act == "withdraw" else "draft", **more)


def missing(rule: ReviewRule, signed: Sequence[Approval], proposed: Iterable[str]) -> int:
    """How many more people must sign, when these signed and these proposed."""
    people = {person_key(row.by) for row in signed}
    two = 2 - len(people | set(proposed)) if rule.two_people else 0
    return max(rule.approvers - len(people), two, 0)


def person_key(name: str) -> str:
    """A name as the two-person rule compares it."""
    return " ".join(name.split()).casefold()


def rows_until(rows: Iterable[Approval], day: date, zone: str) -> list[Approval]:
    """The rows that were written by the end of a day, where the clinic is: the ledger as of a past day."""
    return [row for row in rows if datetime.fromisoformat(row.at).astimezone(ZoneInfo(zone)).date() <= day]


def stood_on(rows: Sequence[Approval], item: str, rule: ReviewRule, day: date, zone: str) -> list[Standing]:
    """Every text of an item that stood at some time of a past day, where the clinic is: what held when the day
    began, and what its acts made of it."""
    upto, before = rows_until(rows, day, zone), rows_until(rows, day - timedelta(1), zone)
    moments = [standing(upto[:count], item, rule) for count in range(len(before), len(upto) + 1)]
    return list({stands.version: stands for stands in moments if stands and stands.holds_on(day)}.values())


def _replay(rows: Iterable[Approval], item: str, rule: ReviewRule) -> tuple[Optional[Standing], dict[str, _Words], Optional[Approval]]:
    """The ledger's rows about one item, taken in their order. A damaged row vouches for nothing and, because
    it may have been a withdrawal, ends what was signed before it."""
    stands, versions, last = None, {}, None
    for row in rows:
        if row.item != item:
            continue
        last, words = row, versions.setdefault(row.version, _Words())
        if row.act == "withdraw" or not row.intact:
            stands = None
            for each in versions.values():
                each.signatures.clear()
                each.sent_back = None
        elif row.act == "propose":
            words.proposed[person_key(row.by)] = row
            words.sent_back = None
        elif row.act == "send_back":
            words.sent_back = row
            if not (stands and stands.version == row.version):
                words.signatures.clear()
        elif row.act == "approve":
            words.sent_back = None
            words.signatures[person_key(row.by)] = row
            stands = _stands(row, words, rule) or stands
    return stands, versions, last


def _stands(row: Approval, words: _Words, rule: ReviewRule) -> Optional[Standing]:
    """What stands by a new signature: counted are those that had not ended when it was given. It lasts as
    long as enough of them do."""
    valid = [each for each in _counted(words) if each is row or each.until >= row.at[:10]]
    longest = sorted(valid, key=lambda each: each.until, reverse=True)
    for count in range(1, len(valid) + 1):
        if not missing(rule, longest[:count], words.proposed):
            return Standing(row.item, row.version, row.text, tuple(valid), date.fromisoformat(longest[count - 1].until))
    return None


def _counted(words: _Words) -> list[Approval]:
    """The signatures of people who did not propose the words themselves."""
    return [row for person, row in words.signatures.items() if person not in words.proposed]
