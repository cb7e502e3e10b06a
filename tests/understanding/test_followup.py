"""Follow-ups by the table alone: what a short message means after an answer, an offer, or nothing."""

from __future__ import annotations

import pytest

from bot.rasa.topics import answerable
from bot.understanding.followup import MORE, SOMETHING_ELSE, Context, FollowUps, follow_up_table

OFFERED = ("how_fast", "how_often")
ASKED = Context(topic="use_itp", family="uses", offered=OFFERED, asked=True)


@pytest.fixture(scope="module")
def topics(library):
    return answerable(library)


@pytest.fixture(scope="module")
def follow_ups(topics):
    return FollowUps(follow_up_table(), topics)


@pytest.fixture
def after(follow_ups, topics):
    """What a message asks for after an answer: its topics, or None where it stands on its own."""

    def _after(topic, text, **context):
        found = follow_ups.resolve(text, Context(topic=topic, family=topics[topic].family, **context))
        return found and found.topics

    return _after


@pytest.mark.parametrize("topic, text, expected", [
    ("side_effects_common", "is it dangerous?", "side_effects_serious"),
    ("how_fast", "so how long does that last then", "how_long_it_lasts"),
    ("use_aiha", "how long will that take", "how_fast"),
    ("infusion_day", "How long will that take??", "infusion_length"),
    ("what_is_ivig", "and how does it do that", "how_ivig_works"),
    ("use_itp", "what if it doesn't work", "if_it_does_not_work"),
    ("evidence", "says who?", "sources_and_reviewer"),
    ("headache", "how do I avoid that", MORE),
    ("clot_risk", "how likely is it", MORE),
    ("premedication", "why is that", MORE),
])
def test_what_is_asked_depends_on_the_last_answer(after, topic, text, expected):
    assert after(topic, text) == (expected,)


def test_two_meanings_are_both_offered(follow_ups):
    found = follow_ups.resolve("how much?", Context(topic="use_itp", family="uses"))
    assert found.offer and found.topics == ("dosing_general", "cost_insurance")


@pytest.mark.parametrize("topic, text, expected", [
    ("use_itp", "and for babies?", "children_newborns"),
    ("use_aiha", "what about a newborn", "use_hdfn"),
    ("use_itp", "if I am pregnant?", "pregnancy_breastfeeding"),
    ("use_transplant", "and with AIHA", "use_aiha"),
    ("side_effects_common", "is it dangerous in pregnancy", "pregnancy_breastfeeding"),
])
def test_another_person_or_illness_has_its_own_answer(after, topic, text, expected):
    assert after(topic, text) == (expected,)


def test_words_for_the_person_are_told_where_the_answer_has_them(follow_ups, topics):
    found = follow_ups.resolve("and for children?", Context(topic="infusion_length", family="infusion"))
    assert found.topics == ("infusion_length",) and found.about == "child" and found.block == topics["infusion_length"].conditions["child"]


def test_what_is_known_decides_whose_baby(after):
    assert after("what_is_ivig", "and for the baby?", known=frozenset({"pregnancy"})) == ("pregnancy_breastfeeding",)
    assert after("what_is_ivig", "and for the baby?") == ("children_newborns",)


def test_a_practical_answer_for_somebody_else_is_asked_about(follow_ups):
    assert follow_ups.resolve("and for babies?", Context(topic="supply", family="practical")).offer


def test_the_same_holds_for_a_mother(after):
    assert after("side_effects_common", "same for my mum?") == (MORE,)


@pytest.mark.parametrize("text, topic", [("the first one", "how_fast"), ("2", "how_often"), ("second one please", "how_often"), ("no, the last one", "how_often"), ("option 1", "how_fast")])
def test_what_was_offered_can_be_picked_by_place(follow_ups, text, topic):
    assert follow_ups.resolve(text, ASKED).topics == (topic,)


def test_a_place_that_was_not_offered_picks_nothing(follow_ups):
    assert follow_ups.resolve("3", ASKED) is None
    assert follow_ups.resolve("the first one", Context(topic="use_itp", family="uses")) is None


@pytest.mark.parametrize("text", ["yes", "Yeah", "yes please"])
def test_yes_to_one_of_two_asks_again(follow_ups, text):
    found = follow_ups.resolve(text, ASKED)
    assert found.offer and found.topics == OFFERED


def test_both_are_taken(follow_ups):
    found = follow_ups.resolve("both please", ASKED)
    assert not found.offer and found.topics == OFFERED


@pytest.mark.parametrize("text", ["neither", "no", "none of these", "that's not what I meant"])
def test_none_of_what_was_offered(follow_ups, text):
    assert follow_ups.resolve(text, ASKED).topics == (SOMETHING_ELSE,)


def test_the_other_one_is_what_was_offered_and_not_taken(after):
    assert after("how_fast", "what about the other one?", unchosen=("how_often",)) == ("how_often",)
    assert after("how_fast", "the other one", unchosen=("how_often", "cost_insurance")) is None


@pytest.mark.parametrize("text, expected", [("yes please", (MORE,)), ("yes please, more", (MORE,)), ("yes", None), ("ok", None), ("no", None)])
def test_after_an_answer_only_a_plain_wish_for_more_is_one(after, text, expected):
    """A bare yes may answer "any new bruises?", which stands in many answers."""
    assert after("infusion_day", text, offered=(MORE, "prepare")) == expected


@pytest.mark.parametrize("text", ["why", "and for babies?", "is it dangerous", "2", "yes", "no", "how much", "", "???", "🙂"])
def test_nothing_was_said_before(follow_ups, text):
    assert follow_ups.resolve(text, Context()) is None


@pytest.mark.parametrize("text", ["how long does a vaccine have to wait", "is it dangerous to drive", "why is my platelet count low", "is ITP dangerous in old age or when flying", "kids?", "who pays for it", "what about the cost"])
def test_a_message_with_words_of_its_own_stands(after, text):
    assert after("side_effects_common", text) is None


@pytest.mark.parametrize("text, point, corrects", [
    ("no I meant the cost", "the cost", True), ("and what about my kidneys?", "my kidneys?", False), ("ok so, is it painful", "is it painful", False),
    ("no, not the money, the side effects", "the side effects", True), ("how fast", "how fast", False), ("yes", "yes", False),
])
def test_point_of_a_message(follow_ups, text, point, corrects):
    core = follow_ups.core(text)
    assert (core.text, core.corrects) == (point, corrects)


def test_a_misspelt_follow_up_is_read(after):
    assert after("side_effects_common", "is it dangrous") == ("side_effects_serious",)
