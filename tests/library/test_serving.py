"""Serving: the demo shows everything, marked; the clinic only what stands approved on the day."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from bot.library import serving
from bot.library.approvals import append
from bot.library.serving import CALL_LINES, LOOK_AGAIN, WHOLE_FILES, Desk

TODAY, YESTERDAY = date(2031, 5, 15), date(2031, 5, 14)
APPLES = "answers/fruit/apples"


class Clock:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Log:
    """Keeps what the staff would read: (level, the item or event)."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str]] = []

    def warning(self, event: str, **more) -> None:
        self.entries.append(("warning", more.get("item", event)))

    def error(self, event: str, **more) -> None:
        self.entries.append(("error", more.get("item", event)))


@pytest.fixture
def log(monkeypatch):
    log = Log()
    monkeypatch.setattr(serving, "log", log)
    return log


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(serving, "time", clock)
    return clock


@pytest.fixture
def clinic(small, records):
    return Desk(small, records, "clinic")


@pytest.fixture
def apples(small):
    return small.items[APPLES]


def edited(content, path=APPLES):
    """The library after an editor changed one item's words."""
    content.change(f"{path}.md", "\n## short\n", "\n## short\nNew words. ")
    return content.library()


def test_unknown_mode_is_refused(small):
    with pytest.raises(ValueError):
        Desk(small, None, "production")


def test_demo_shows_every_item_as_a_draft(small):
    desk = Desk(small, None)
    assert {desk.serve(item, TODAY).state for item in small.items.values()} == {"draft"}


def test_demo_says_who_approved_what_is_approved(small, records, sign, apples):
    row = sign("approve", apples)
    served = Desk(small, records).serve(apples, TODAY)
    assert (served.state, served.by, served.reviewed_on, served.until) == ("approved", row.by, row.at[:10], row.until)


def test_demo_shows_an_edited_item_as_a_draft_of_the_new_words(content, records, sign, apples):
    sign("approve", apples)
    library = edited(content)
    served = Desk(library, records).serve(library.items[APPLES], TODAY)
    assert (served.state, served.item.version) == ("draft", library.items[APPLES].version)


@pytest.mark.parametrize("item", [APPLES, "voice/greet"])
def test_clinic_withholds_what_was_never_approved(clinic, small, item):
    assert clinic.serve(small.items[item], TODAY) is None


def test_withdrawn_safety_message_is_said_all_the_same(clinic, small, sign):
    """Silence would be worse than unsigned words for somebody who cannot breathe."""
    urgent = small.items["safety/urgent"]
    sign("approve", urgent)
    sign("withdraw", urgent)
    assert clinic.serve(urgent, TODAY).item is urgent


def test_clinic_without_a_database_withholds(small, apples):
    assert Desk(small, None, "clinic").serve(apples, TODAY) is None


def test_clinic_shows_what_is_approved(clinic, sign, apples):
    sign("approve", apples, until=TODAY)
    served = clinic.serve(apples, TODAY)
    assert (served.state, served.item) == ("approved", apples)


def test_approval_of_one_item_shows_no_other(clinic, small, sign, apples):
    sign("approve", apples)
    assert clinic.serve(small.items["answers/fruit/pears"], TODAY) is None


def test_edit_keeps_the_last_approved_text(content, records, sign, apples):
    sign("approve", apples)
    library = edited(content)
    served = Desk(library, records, "clinic").serve(library.items[APPLES], TODAY)
    assert (served.state, served.item.version) == ("approved", apples.version)


def test_approval_of_the_edit_shows_the_new_text(content, records, sign, apples):
    sign("approve", apples)
    library = edited(content)
    sign("approve", library.items[APPLES])
    assert Desk(library, records, "clinic").serve(library.items[APPLES], TODAY).item.version == library.items[APPLES].version


@pytest.mark.parametrize("item", [APPLES, "voice/greet"])
def test_expired_answer_is_withheld(clinic, small, sign, item):
    sign("approve", small.items[item], until=YESTERDAY)
    assert clinic.serve(small.items[item], TODAY) is None


@pytest.mark.parametrize("item", ["safety/urgent", "safety/check", *CALL_LINES])
def test_expired_safety_message_is_said_and_the_staff_warned(clinic, small, sign, item, log):
    sign("approve", small.items[item], until=YESTERDAY)
    served = clinic.serve(small.items[item], TODAY)
    assert (served.state, log.entries) == ("expired", [("warning", item)])


def test_expired_safety_message_is_said_in_its_approved_words(content, records, sign, small):
    sign("approve", small.items["safety/urgent"], until=YESTERDAY)
    library = edited(content, "safety/urgent")
    served = Desk(library, records, "clinic").serve(library.items["safety/urgent"], TODAY)
    assert served.item.version == small.items["safety/urgent"].version


def test_withdrawn_answer_is_withheld(clinic, sign, apples):
    sign("approve", apples)
    sign("withdraw", apples)
    assert clinic.serve(apples, TODAY) is None


def test_withdrawal_reaches_a_running_server_at_its_next_look(clinic, clock, sign, apples):
    sign("approve", apples)
    assert clinic.serve(apples, TODAY)
    sign("withdraw", apples)
    clock.now += LOOK_AGAIN
    assert clinic.serve(apples, TODAY) is None


def test_approvals_are_not_read_for_every_message(clinic, clock, sign, apples):
    assert clinic.serve(apples, TODAY) is None
    sign("approve", apples)
    clock.now += LOOK_AGAIN / 2
    assert clinic.serve(apples, TODAY) is None


def test_lost_database_keeps_what_was_approved(clinic, clock, records, sign, apples):
    sign("approve", apples)
    clinic.serve(apples, TODAY)
    with records.begin() as connection:
        connection.execute(sa.text("DROP TABLE approvals"))
    clock.now += LOOK_AGAIN
    assert clinic.serve(apples, TODAY).state == "approved"


def test_words_changed_in_the_database_are_not_served(clinic, records, sign, apples, log):
    """Nobody vouched for them: the row no longer fits its hash."""
    sign("approve", apples, text=apples.source.replace("sweet", "sour"))
    with records.begin() as connection:
        connection.execute(sa.text("UPDATE approvals SET text = replace(text, 'sour', 'deadly')"))
    assert clinic.serve(apples, TODAY) is None
    assert set(log.entries) == {("error", "approvals_damaged")}


def test_date_moved_in_the_database_does_not_hold(clinic, records, sign, apples):
    sign("approve", apples, until=YESTERDAY)
    with records.begin() as connection:
        connection.execute(sa.text("UPDATE approvals SET until = '2999-12-31'"))
    assert clinic.serve(apples, TODAY) is None


def test_clinic_mode_waits_for_safety_voice_and_clinic_facts(clinic, small):
    needed = {item.id for item in small.items.values() if item.kind != "answer"} | set(WHOLE_FILES)
    assert set(clinic.blocks_clinic_mode()) == needed


def test_clinic_mode_is_free_once_all_of_them_are_approved(clinic, records, small, sign):
    for name in WHOLE_FILES:
        (small.root / f"{name}.yml").touch()
        append(records, name, (small.root / f"{name}.yml").read_text(), "Dr. Ada Test", "clinician", "numbers", TODAY)
    for item in small.items.values():
        if item.kind != "answer":
            sign("approve", item)
    assert clinic.blocks_clinic_mode() == []


def test_edited_clinic_facts_block_the_start_until_they_are_approved_again(clinic, records, small):
    path = small.root / "clinic.yml"
    append(records, "clinic", path.read_text(), "Dr. Ada Test", "clinician", "numbers", TODAY)
    path.write_text(path.read_text() + "# another number\n")
    assert "clinic" in clinic.blocks_clinic_mode()


def test_expired_safety_message_does_not_block_the_start(clinic, small, sign):
    sign("approve", small.items["safety/urgent"], until=YESTERDAY)
    assert "safety/urgent" not in clinic.blocks_clinic_mode()
