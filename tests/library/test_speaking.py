"""Speaking: what a patient gets, with buttons and provenance, and that trouble has a reply of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.library.render import plain
from bot.library.serving import Desk
from bot.library.speaking import LAST_RESORT, Speaker
from bot.safety.verdict import CHECK_BUTTONS, Finding, Verdict

URGENT = Verdict(tier="urgent", message="urgent_neck", signs=("stiff_neck",), names=("a stiff neck",))
EMERGENCY = Verdict(tier="emergency", message="emergency", signs=("breathing",), names=("trouble breathing",))
CHECK = Verdict(check=True, suspected="urgent", message="check", signs=("fever",), names=("fever",))


def noted(tier: str, outcome: str = "note") -> Verdict:
    return Verdict(note=True, noted_names=("fever",), findings=(Finding("fever", tier, outcome, "fever", "it was asked about"),))


def ids(reply) -> list[str]:
    return [button["id"] for button in reply.buttons]


class BrokenDesk:
    """A desk at which everything raises."""

    def __init__(self, library) -> None:
        self.library, self.mode = library, "demo"

    def serve(self, item, today):
        raise RuntimeError("the desk is on fire")


@pytest.fixture
def apples(small):
    return small.answer("apples")


@pytest.fixture
def here(demo_speaker):
    return demo_speaker.situation()


def test_reply_says_where_it_came_from(demo_speaker, here, apples):
    reply = demo_speaker.answer(apples, here)
    assert (reply.content, reply.version, reply.kind, reply.state, reply.block, reply.sources) == (apples.id, apples.version, "answer", "draft", "short", ("orchard",))


def test_draft_carries_the_label(demo_speaker, here, apples, small):
    assert demo_speaker.answer(apples, here).label == plain(small.voice("draft_label").blocks["short"].source)


@pytest.mark.parametrize(("block", "others"), [("short", ["tell_me_more", "explain_simpler"]), ("more", ["explain_simpler"]), ("simple", ["tell_me_more"])])
def test_answer_offers_its_other_blocks_and_then_what_is_related(demo_speaker, here, apples, block, others):
    assert ids(demo_speaker.answer(apples, here, block)) == [*others, "pears", "plums"]


@pytest.mark.parametrize(("name", "title"), [("tell_me_more", "More, please"), ("plums", "What is a plum?"), ("forget_me", "Forget me")], ids=["written", "a topic's question", "neither"])
def test_button_has_a_title_a_person_can_read(demo_speaker, name, title):
    assert demo_speaker.button(name) == {"id": name, "title": title}


def test_every_button_offered_is_one_the_server_knows(demo_speaker, here, apples):
    offered = {*ids(demo_speaker.answer(apples, here)), *ids(demo_speaker.voice("greet", here)), *ids(demo_speaker.safety(CHECK, here))}
    assert offered <= demo_speaker.button_ids()


def test_voice_line_has_its_own_buttons_unless_others_are_given(demo_speaker, here):
    assert ids(demo_speaker.voice("greet", here)) == ["apples", "tell_me_more"]
    assert ids(demo_speaker.voice("greet", here, ["pears"])) == ["pears"]


def test_answer_without_a_named_sign_has_no_standing_line(demo_speaker, here, apples):
    assert demo_speaker.answer(apples, here, note=Verdict()).text == demo_speaker.answer(apples, here).text


@pytest.mark.parametrize(("verdict", "emergency"), [(noted("urgent"), False), (noted("emergency"), True), (noted("emergency", "alert"), False)],
                         ids=["urgent sign", "emergency sign", "emergency that was acted on already"])
def test_named_sign_puts_the_standing_line_under_the_answer(demo_speaker, here, apples, small, verdict, emergency):
    line = small.renderer.render(small.voice("standing_line"), "short", replace(here, signs=("fever",), extra={"emergency": emergency}))
    assert demo_speaker.answer(apples, here, note=verdict).text == f"{demo_speaker.answer(apples, here).text}\n\n{line}"


def test_draft_line_under_an_approved_answer_is_labelled(small, records, sign, apples):
    sign("approve", apples)
    speaker = Speaker(Desk(small, records))
    plainly, lined = (speaker.answer(apples, speaker.situation(), note=note) for note in (None, noted("urgent")))
    assert (plainly.state, plainly.label) == ("approved", None) and lined.label


def test_urgent_message_offers_the_other_question(demo_speaker, here):
    reply = demo_speaker.safety(URGENT, here, "plums")
    assert (reply.content, reply.kind, reply.tier, ids(reply)) == ("safety/urgent_neck", "safety", "urgent", ["plums"])


@pytest.mark.parametrize(("verdict", "topic"), [(EMERGENCY, "plums"), (URGENT, None), (URGENT, "mangos")], ids=["emergency", "no topic", "unknown topic"])
def test_otherwise_a_safety_message_offers_nothing(demo_speaker, here, verdict, topic):
    assert ids(demo_speaker.safety(verdict, here, topic)) == []


def test_check_asks_with_its_three_buttons_and_acts_on_nothing(demo_speaker, here):
    reply = demo_speaker.safety(CHECK, here, "plums")
    assert (reply.content, reply.kind, reply.tier, ids(reply)) == ("safety/check", "check", "none", list(CHECK_BUTTONS))


def test_check_about_somebody_else_asks_about_them(demo_speaker, here):
    assert demo_speaker.safety(replace(CHECK, other=True), here).text != demo_speaker.safety(CHECK, here).text


@pytest.mark.parametrize(("path", "verdict", "said"), [("safety/urgent_neck.md", URGENT, "safety/urgent"), ("safety/check.md", CHECK, "safety/check_unlisted")], ids=["alert", "check"])
def test_broken_safety_template_gives_way_to_the_plain_message(content, path, verdict, said):
    content.change(path, "{{ signs }}", "{{ sgins }}")
    speaker = Speaker(Desk(content.library(), None))
    reply = speaker.safety(verdict, speaker.situation())
    assert (reply.content, reply.tier, ids(reply)) == (said, verdict.tier, list(CHECK_BUTTONS) if verdict.check else [])


def test_message_nobody_wrote_gives_way_to_the_tiers(demo_speaker, here):
    assert demo_speaker.safety(replace(URGENT, message="urgent_elbow"), here).content == "safety/urgent"


def test_unapproved_answer_in_the_clinic_becomes_the_line_for_it(small, records, sign, apples):
    sign("approve", small.voice("not_approved"))
    speaker = Speaker(Desk(small, records, "clinic"))
    reply = speaker.answer(apples, speaker.situation(), note=noted("urgent"))
    assert (reply.content, reply.state, reply.buttons, reply.label) == ("voice/not_approved", "withheld", (), None)


def test_expired_safety_message_says_so(small, records, sign):
    sign("approve", small.safety("urgent_neck"), until=date(2001, 1, 1))
    speaker = Speaker(Desk(small, records, "clinic"))
    reply = speaker.safety(URGENT, speaker.situation())
    assert (reply.content, reply.state) == ("safety/urgent_neck", "expired")


def test_trouble_has_its_line(demo_speaker, here):
    assert demo_speaker.trouble(here).content == "voice/service_down"


def test_trouble_with_a_broken_line_still_says_whom_to_call(content):
    content.change("voice/service_down.md", "{{ clinic.call }}", "{{ clinic.cell }}")
    speaker = Speaker(Desk(content.library(), None))
    assert speaker.trouble(speaker.situation()).text == LAST_RESORT


def test_trouble_never_raises_whatever_is_broken(small):
    speaker = Speaker(BrokenDesk(small))
    assert speaker.trouble(speaker.situation()).text == LAST_RESORT


def test_trouble_without_a_situation_still_speaks(demo_speaker):
    assert demo_speaker.trouble(None).text == LAST_RESORT


def test_sources_are_shown_with_what_a_reader_needs(demo_speaker):
    assert demo_speaker.source_list(["orchard", "gone"]) == [{"title": "Trees", "publisher": "Press", "year": 2020, "identifier": "ISBN 1"}]


def test_reply_travels_as_json_would(demo_speaker, here, apples):
    travelled = demo_speaker.answer(apples, here).as_dict()
    assert travelled["sources"] == ["orchard"] and travelled["buttons"][0] == {"id": "tell_me_more", "title": "More, please"}
