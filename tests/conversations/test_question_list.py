"""The question list as a patient meets it, in process: chosen, changed, left, interrupted, shown again."""

from __future__ import annotations

import uuid

import pytest

from bot.library.list_commands import list_command
from bot.library.service import question_sets

SITUATIONS = [chosen.id for chosen in question_sets()]
QUESTIONS = {chosen.id: chosen.questions for chosen in question_sets()}


class Talk:
    """One conversation. `say` types, `press` presses a button; both give the replies' content ids and keep the replies."""

    def __init__(self, ivy, loop) -> None:
        self._ivy, self._loop, self._conversation = ivy, loop, uuid.uuid4().hex
        self.replies: list = []

    def say(self, text: str, button: str = "") -> list:
        self.replies = self._loop.run_until_complete(self._ivy.ask(text, self._conversation, button=button))
        return [reply["content"] for reply in self.replies]

    def press(self, button: str) -> list:
        return self.say("", button)

    @property
    def text(self) -> str:
        return "\n".join(reply["text"] for reply in self.replies)

    @property
    def buttons(self) -> list:
        return [button["id"] for button in self.replies[0]["buttons"]]

    def list(self) -> list:
        """The questions shown when asked for, without their numbers."""
        assert "voice/list_show" in self.say("show my list")
        shown = [line.split(". ", 1) for line in self.text.splitlines() if line[:1].isdigit()]
        assert [number for number, _ in shown] == [str(place) for place in range(1, len(shown) + 1)]
        return [question for _, question in shown]


@pytest.fixture
def talk(ivy, loop):
    return Talk(ivy, loop)


@pytest.fixture
def newborn(talk):
    """A conversation in which the newborn's questions were chosen by button."""
    assert talk.press("situation_newborn") == ["voice/list_show"]
    return talk


def test_whole_way_by_buttons_and_typing(talk):
    assert talk.press("questions_for_doctor") == ["answers/doctor/questions_for_doctor"]
    assert talk.buttons == SITUATIONS
    assert talk.press("situation_newborn") == ["voice/list_show"] and "(for a newborn)" in talk.text
    assert talk.replies[0]["sources"]
    assert talk.say("add: will I lose my hair") == ["voice/list_added"] and "will I lose my hair" in talk.text
    assert talk.say("drop 3") == ["voice/list_removed"] and QUESTIONS["situation_newborn"][2] in talk.text
    left = [question for place, question in enumerate(QUESTIONS["situation_newborn"], 1) if place != 3]
    assert talk.list() == [*left, "will I lose my hair"]
    assert talk.press("list_done") == ["voice/list_done"] and "will I lose my hair" in talk.text
    assert talk.press("list_show") == ["voice/list_show"]


@pytest.mark.parametrize("situation", SITUATIONS)
def test_each_situation_gives_its_questions(talk, situation):
    talk.press(situation)
    assert talk.list() == list(QUESTIONS[situation])


def test_list_outlives_another_topic(newborn):
    newborn.say("add: may his sister visit")
    assert newborn.press("how_fast")[0].startswith("answers/")
    assert newborn.press("side_effects_common")[0].startswith("answers/")
    assert newborn.list()[-1] == "may his sister visit"


def test_warning_sign_in_the_middle_is_handled_as_always(newborn):
    newborn.say("remove 2 and 4")
    before = newborn.list()
    contents = newborn.say("my neck has been stiff since the infusion last night")
    assert contents and contents[0].startswith("safety/urgent") and newborn.replies[0]["tier"] == "urgent"
    assert newborn.list() == before


def test_warning_sign_inside_an_addition_is_heard_first(newborn):
    contents = newborn.say("add: my neck is stiff since yesterday's infusion and light hurts, why")
    assert contents[0].startswith("safety/") and newborn.replies[0]["tier"] in ("urgent", "emergency")
    assert newborn.list() == list(QUESTIONS["situation_newborn"])


def test_question_about_a_sign_is_added_and_watched(newborn):
    """Ivy may ask or add the standing line; the question is kept either way."""
    newborn.say("add: is a stiff neck normal after this?")
    assert newborn.replies[0]["content"] == "voice/list_added"
    assert "call" in newborn.text.lower()
    newborn.press("check_no")
    assert newborn.list()[-1] == "is a stiff neck normal after this?"


@pytest.mark.parametrize("wrong", ["drop 99", "drop", "drop 0", "remove 1 and 40", "drop 7-3"])
def test_wrong_numbers_change_nothing(newborn, wrong):
    assert newborn.say(wrong) == ["voice/list_no_such"]
    assert newborn.list() == list(QUESTIONS["situation_newborn"])


def test_another_situation_keeps_the_own_questions(newborn):
    newborn.say("add: where do we park")
    newborn.press("situation_cost")
    assert newborn.list() == [*QUESTIONS["situation_cost"], "where do we park"]


@pytest.mark.parametrize(("typed", "situation"), [("newborn", "situation_newborn"), ("it's about cost", "situation_cost"), ("I am pregnant", "situation_pregnancy"), ("between infusions", "situation_between")])
def test_choosing_by_typing_once_it_was_offered(talk, typed, situation):
    talk.press("questions_for_doctor")
    assert talk.say(typed) == ["voice/list_show"]
    assert talk.list() == list(QUESTIONS[situation])


def test_the_same_words_are_a_question_otherwise(talk):
    assert "voice/list_show" not in talk.say("it's about cost")
    assert "voice/list_show" not in talk.say("pregnancy")


def test_a_new_list_asks_for_the_situation(newborn):
    assert newborn.say("new list") == ["voice/list_choose"] and newborn.buttons == SITUATIONS
    assert newborn.say("insurance") == ["voice/list_show"]


@pytest.mark.parametrize("text", ["show my list", "drop 2", "I am done with my list", "add"])
def test_without_a_list(talk, text):
    assert talk.say(text) == ["voice/list_empty"] and talk.buttons == ["questions_for_doctor"]


def test_done_without_a_list_is_an_ordinary_word(talk):
    assert not any(content.startswith("voice/list") for content in talk.say("done"))


def test_own_questions_alone_make_a_list(talk):
    talk.say("add: can I bring my dog")
    assert talk.list() == ["can I bring my dog"] and "()" not in talk.text
    assert talk.say("done") == ["voice/list_done"]
    talk.say("drop 1")
    assert talk.say("done with my list") == ["voice/list_empty"]


def test_the_answer_offers_the_list_that_is_there(newborn):
    newborn.press("questions_for_doctor")
    assert newborn.buttons == ["list_show", *SITUATIONS]


def test_conversations_do_not_see_each_others_lists(ivy, loop, newborn):
    assert Talk(ivy, loop).say("show my list") == ["voice/list_empty"]


def test_forgetting_forgets_the_list(newborn):
    newborn.say("forget me")
    assert newborn.say("show my list") == ["voice/list_empty"]


@pytest.mark.parametrize("command", ["drop 4", "remove 2 and 3", "remove 9", "show my list", "done with my list", "delete 6", "take out 2", "drop the last one", "add"])
def test_commands_alone_sound_like_no_warning_sign(newborn, command):
    assert list_command(command)
    assert all(content.startswith("voice/list_") for content in newborn.say(command))


def test_a_long_question_and_one_of_marks(newborn):
    assert newborn.say("add: " + "why is it so ".ljust(500, "y")) == ["voice/list_added"]
    assert newborn.say("add: ***") == ["voice/list_show"]
    assert len(newborn.list()[-1]) <= 200
