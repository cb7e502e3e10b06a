"""Everything signed by two people, in a database of the tests: nothing in the project itself is approved."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.library.approvals import append
from bot.library.review import ReviewItem, read_review_rules, review_items
from bot.library.signing import Signing, withdraw
from bot.project import CONTENT
from bot.records.accounts import Account
from bot.records.database import open_database

SIGNED_NUMBERS, UNSIGNED_NUMBERS = "555-01", "555-06"  # how the clinic's numbers begin: as they are, and as an edit makes them
CLINICIANS = (Account("ada", "Dr. Ada Test", "clinician"), Account("bea", "Dr. Bea Test", "clinician"))


def signed_records(without: tuple = ()) -> str:
    """The address of a new database in which every item but those named is approved for 90 days."""
    url = f"sqlite:///{Path(tempfile.mkdtemp(prefix='ivy-records-')) / 'records.db'}"
    sign_all(open_database(url), CONTENT, without)
    return url


def sign_all(engine: sa.engine.Engine, content: Path, without: tuple = ()) -> None:
    for item in review_items(content).values():
        if item.id not in without:
            sign(engine, item)


def sign(engine: sa.engine.Engine, item: ReviewItem) -> None:
    for account in CLINICIANS:
        append(engine, item.id, item.text, account.name, account.role, "accuracy", date.today() + timedelta(90))


def withdraw_item(url: str, item: str) -> None:
    """As a clinician does on the page."""
    found = review_items(CONTENT)[item]
    withdraw(open_database(url), read_review_rules(CONTENT), Signing(found, CLINICIANS[0], found.version, "A test."))
