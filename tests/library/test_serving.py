"""Serving: the demo shows everything, marked; the clinic only what stands approved on the day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from bot.library import serving
from bot.library.approvals import append
from bot.library.review import review_items
from bot.library.serving import CALL_LINES, LOOK_AGAIN, Desk

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
        self.events: list[tuple] = []

    def warning(self, event: str, **more) -> None:
        self.entries.append(("warning", more.get("item", event)))
        self.events.append((event, more.get("item"), more.get("days_left")))

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


def blocked(desk) -> dict[str, str]:
    return {block.item: block.reason for block in desk.blocks_clinic_mode()}


def sign_file(records, root, name, until=TODAY, by=("Dr. Ada Test", "Dr. Bea Test")):
    """Two people sign a file whole."""
    item = review_items(root)[name]
    for person in by:
        append(records, name, item.text, person, "clinician", "all of it", until)
    return item


def test_clinic_mode_waits_for_all_words_but_answers_and_for_every_file(clinic, small):
    needed = {item for item in review_items(small.root) if not item.startswith("answers/")}
    assert blocked(clinic) == {item: "never approved" for item in needed}
    assert {"clinic", "buttons", "questions", "countries", "glossary", "sources", "review", "safety/urgent", "voice/greet"} <= needed


def test_clinic_mode_is_free_once_all_of_them_are_approved(clinic, records, small):
    for name in blocked(clinic):
        sign_file(records, small.root, name)
    assert Desk(small, records, "clinic").blocks_clinic_mode() == []


@pytest.mark.parametrize("name", ["clinic", "buttons"])
def test_edited_facts_and_lists_do_not_block_the_start(content, records, name):
    """Their earlier words stand (bot/library/approved_files.py)."""
    sign_file(records, content.root, name)
    content.write(f"{name}.yml", content.read(f"{name}.yml") + "# another number\n")
    assert name not in blocked(Desk(content.library(), records, "clinic"))


def test_edited_safety_message_does_not_block_the_start(content, records, small, sign):
    """Its earlier words go on being said."""
    sign("approve", small.items["safety/urgent"])
    assert "safety/urgent" not in blocked(Desk(edited(content, "safety/urgent"), records, "clinic"))


def test_withdrawn_safety_message_blocks_the_start(clinic, small, sign):
    sign("approve", small.items["safety/urgent"])
    sign("withdraw", small.items["safety/urgent"])
    assert blocked(clinic)["safety/urgent"] == "withdrawn"


def test_file_signed_by_one_of_two_blocks_the_start(clinic, records, small):
    sign_file(records, small.root, "review", by=["Dr. Ada Test"])
    assert blocked(clinic)["review"] == "1 more to sign"


def test_expired_safety_message_does_not_block_the_start(clinic, small, sign):
    sign("approve", small.items["safety/urgent"], until=YESTERDAY)
    assert "safety/urgent" not in blocked(clinic)


def test_words_that_two_must_sign_are_withheld_while_one_has(content, records, sign):
    content.write("review.yml", "all: {items: ['*'], approvers: 2, two_people: true, days: 30}\n")
    library = content.library()
    sign("approve", library.items[APPLES])
    assert Desk(library, records, "clinic").serve(library.items[APPLES], TODAY) is None
    sign("approve", library.items[APPLES], by="Dr. Bea Test")
    served = Desk(library, records, "clinic").serve(library.items[APPLES], TODAY)
    assert (served.state, served.by) == ("approved", "Dr. Ada Test and Dr. Bea Test")


def test_edit_that_one_of_two_has_signed_keeps_the_earlier_words(content, records, sign, small):
    content.write("review.yml", "all: {items: ['*'], approvers: 2, two_people: true, days: 30}\n")
    for by in ("Dr. Ada Test", "Dr. Bea Test"):
        sign("approve", small.items[APPLES], by=by)
    library = edited(content)
    sign("approve", library.items[APPLES])
    assert Desk(library, records, "clinic").serve(library.items[APPLES], TODAY).item.version == small.items[APPLES].version


def test_rolled_back_words_are_served_in_place_of_the_files(content, records, sign, small):
    library = edited(content)
    for item in (small.items[APPLES], library.items[APPLES], small.items[APPLES]):
        sign("approve", item)
    assert Desk(library, records, "clinic").serve(library.items[APPLES], TODAY).item.source == small.items[APPLES].source


def test_approved_words_of_a_form_that_is_no_longer_read_are_withheld(clinic, records, log):
    append(records, APPLES, "no front matter", "Dr. Ada Test", "clinician", "text", TODAY)
    assert clinic.serve(clinic.library.items[APPLES], TODAY) is None and ("error", APPLES) in log.entries


def test_rows_cut_off_the_end_bring_no_withdrawn_words_back(clinic, clock, records, sign, apples, log):
    sign("approve", apples)
    sign("withdraw", apples)
    assert clinic.serve(apples, TODAY) is None
    with records.begin() as connection:
        connection.execute(sa.text("DELETE FROM approvals WHERE number = 2"))
    clock.now += LOOK_AGAIN
    assert clinic.serve(apples, TODAY) is None and ("error", "approvals_damaged") in log.entries


def test_state_of_every_item_is_told(clinic, sign, apples):
    sign("approve", apples, until=TODAY)
    states = clinic.states(TODAY)
    assert set(states) == set(review_items(clinic.library.root)) and (states[APPLES].name, states["voice/greet"].name) == ("expiring", "draft")


def test_endings_come_those_that_ended_first_foremost(clinic, sign, small):
    for name, days in (("answers/fruit/apples", 31), ("answers/fruit/pears", 30), ("voice/greet", -1)):
        sign("approve", small.items[name], until=TODAY + timedelta(days))
    assert [(item, state.days_left) for item, state in clinic.ending(TODAY).items()] == [("voice/greet", -1), ("answers/fruit/pears", 30)]


@pytest.mark.parametrize(("days", "warned"), [(31, []), (30, ["approval_ends"]), (29, []), (7, ["approval_ends"]), (1, ["approval_ends"]), (0, []), (-1, ["approval_expired"]), (-40, ["approval_expired"])])
def test_staff_are_warned_30_7_and_1_days_before_and_after_the_end(clinic, sign, apples, log, days, warned):
    sign("approve", apples, until=TODAY + timedelta(days))
    clinic.warn_of_endings(TODAY)
    assert [event for event, _, _ in log.events] == warned


def test_start_warns_of_every_ending(clinic, sign, apples, log):
    sign("approve", apples, until=TODAY + timedelta(29))
    clinic.warn_of_endings(TODAY, all_of_them=True)
    assert log.events == [("approval_ends", APPLES, 29)]
