"""The question list without Rasa: what is a command, what each does, and what of the content is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checking import training_sentences
from bot.library.list_commands import LONGEST_QUESTION, NO_SUCH, Command, button_command, list_command
from bot.library.problems import ContentError
from bot.library.question_sets import FEWEST, MOST, read_question_sets
from bot.library.questions import MOST_KEPT, ListFull, NoSuchQuestion, QuestionList, carry_out
from bot.project import CONTENT

SETS = read_question_sets(CONTENT)
BY_ID = {chosen.id: chosen for chosen in SETS}
FIVE = QuestionList("situation_cost", ("a?", "b?", "c?"), ("d?", "e?"))
TITLES = {"situation_offered", "situation_first", "situation_between", "situation_not_working", "situation_newborn", "situation_pregnancy", "situation_cost"}


# ---- what is a command ----

ADDITIONS = {
    "add: will I lose my hair": "will I lose my hair",
    "Add:will I lose my hair?": "will I lose my hair?",
    "add  :  \"who mixes it?\"": "who mixes it?",
    "please add: the bus": "the bus",
    "add a question: may I bring my son": "may I bring my son",
    "add to my list: parking": "parking",
    "add can my wife sit with me": "can my wife sit with me",
    "can you add what happens to leftover medicine": "what happens to leftover medicine",
    "add the name of the nurse to my list": "the name of the nurse",
    "put parking on my list": "parking",
    "add: **bold** [link](x) # head": "bold link (x) head",
    "add: - a dash": "a dash",
    "add:\n\nline one\nline two": "line one line two",
    "add": "",
    "add:": "",
    "add a question": "",
    "add: ***": "",
    "add this to my list": "",
}


@pytest.mark.parametrize(("text", "words"), ADDITIONS.items())
def test_addition(text, words):
    assert list_command(text) == Command("add", words=words)


def test_long_question_is_cut_where_the_patient_sees_it():
    words = list_command("add: " + "why " * 100).words
    assert len(words) <= LONGEST_QUESTION and words.endswith("…")


DROPS = {
    "drop 3": (3,), "Drop 3.": (3,), "drop #3": (3,), "drop number 3": (3,), "drop question 12 please": (12,), "please remove 3": (3,),
    "remove 2 and 4": (2, 4), "delete 1, 2 & 5": (1, 2, 5), "take out 2-4": (2, 3, 4), "drop 2 to 3": (2, 3), "drop the last one": (-1,),
    "cross out 1 from my list": (1,), "drop": (), "remove": (), "drop question": (), "drop 99": (99,), "drop 0": (0,), "drop 123456789": (NO_SUCH,),
    "drop 4-2": (NO_SUCH,), "drop 1-900": (NO_SUCH,), "drop \u0663": (3,),
}


@pytest.mark.parametrize(("text", "numbers"), DROPS.items())
def test_drop(text, numbers):
    assert list_command(text) == Command("drop", numbers=numbers)


@pytest.mark.parametrize("text", ["show my list", "Show me my list, please", "my list", "my questions", "can I see my list again?", "what\u2019s on my list?", "show the list"])
def test_show(text):
    assert list_command(text) == Command("show")


@pytest.mark.parametrize("text", ["done", "Done!", "I'm done", "i am done with my list", "finished with the questions", "my list is ready", "done, thanks"])
def test_done(text):
    assert list_command(text) == Command("done")


@pytest.mark.parametrize("text", [
    "", " ", "add-on therapy?", "add more fluid", "does it add up", "adding: one", "add my dose to the chart",
    "my count will drop 3 points", "dropped 30", "drop in platelets", "drop 30%", "drop two bags of 5 g", "delete", "delete my messages", "take out the", "remove the port 2 days after",
    "my list is long", "my list: aspirin, iron", "show me the side effects", "done with this medicine", "is it done", "I'm done, I want to die", "add_on", "newborn", "it's about cost", "I am pregnant",
])
def test_anything_else_is_no_command(text):
    assert list_command(text) is None


@pytest.mark.parametrize("text", ["done", "I am done", "show me the list", "finished"])
def test_ordinary_words_while_there_is_no_list(text):
    assert list_command(text, has_list=False) is None


@pytest.mark.parametrize("text", ["done with my list", "show my list", "drop 3", "add: why"])
def test_commands_also_while_there_is_no_list(text):
    assert list_command(text, has_list=False)


CHOICES = {
    "newborn": "newborn", "It is for a newborn": "newborn", "it's for my baby": "newborn", "it's about cost": "cost", "Insurance!": "cost", "i am pregnant": "pregnancy",
    "between": "between", "my first infusion": "first", "before the first infusion": "first", "just offered IVIG": "offered", "they suggested it": "offered",
    "it is not working": "not_working", "It isn\u2019t working": "not_working",
}


@pytest.mark.parametrize(("text", "situation"), CHOICES.items())
def test_situation_chosen_by_typing_once_it_was_offered(text, situation):
    assert list_command(text, SETS) == Command("choose", situation=f"situation_{situation}")


@pytest.mark.parametrize("text", ["what does it cost", "does it hurt the baby?", "I'm not pregnant", "pregnant and worried about the cost", "none of these", "my neighbour told me last week that the cost went up again"])
def test_questions_denials_and_two_situations_choose_none(text):
    assert list_command(text, SETS) is None


@pytest.mark.parametrize("chosen", SETS, ids=lambda chosen: chosen.id)
def test_each_situation_is_chosen_by_its_titles_and_words(chosen):
    for text in (chosen.button, chosen.title, *chosen.words):
        assert list_command(text, SETS) == Command("choose", situation=chosen.id)


def test_buttons():
    assert button_command("situation_cost") == Command("choose", situation="situation_cost")
    assert (button_command("list_show"), button_command("list_done")) == (Command("show"), Command("done"))
    assert button_command("how_fast") is button_command("list_added") is button_command("") is None


def test_no_training_sentence_of_another_topic_is_a_command():
    """What the classifier is taught must reach it."""
    taken = {(intent, text) for intent, texts in training_sentences().items() for text in texts if list_command(text, has_list=False)}
    assert {intent for intent, _ in taken} <= {"ask_questions_for_doctor"}, taken


@given(st.text(), st.booleans())
def test_any_text_is_a_command_or_none(text, has_list):
    for words in (text, f"add: {text}", f"drop {text}", f"put {text} on my list"):
        command = list_command(words, SETS, has_list)
        assert command is None or command.kind in ("choose", "add", "drop", "show", "done")
        if command:
            following, told = carry_out(command, FIVE, SETS)
            assert QuestionList.from_dict(following.as_dict()) == following and (CONTENT / "voice" / f"{told['line']}.md").exists()


def test_a_long_row_of_digits_is_quickly_no_number():
    assert list_command("drop " + "1" * 20_000) == Command("drop", numbers=(NO_SUCH,))
    assert list_command("drop " + "1" * 2_000 + "x") is None


# ---- what a command does ----

def test_choosing_again_keeps_the_patients_own_questions():
    chosen = FIVE.choose(BY_ID["situation_newborn"])
    assert chosen.given == BY_ID["situation_newborn"].questions and chosen.own == FIVE.own


def test_numbers_run_through_given_and_own():
    assert FIVE.drop([1, 4]).show() == ("b?", "c?", "e?")
    assert FIVE.drop([-1]).show() == ("a?", "b?", "c?", "d?")
    assert FIVE.numbered([4, 1]) == ["a?", "d?"]


@pytest.mark.parametrize("numbers", [[6], [0], [1, 99], [], [-2]])
def test_a_wrong_number_drops_nothing(numbers):
    with pytest.raises(NoSuchQuestion):
        FIVE.drop(numbers)
    kept, told = carry_out(Command("drop", numbers=tuple(numbers)), FIVE, SETS)
    assert kept == FIVE and told["line"] == "list_no_such" and told["offer"] == ["list_show"]


def test_adding():
    kept, told = carry_out(Command("add", words="why me?"), FIVE, SETS)
    assert kept.show()[-1] == told["added"] == "why me?" and told["line"] == "list_added"
    assert kept.add("why me?") == kept


def test_a_full_list_takes_no_more():
    full = QuestionList(own=tuple(f"q{number}?" for number in range(MOST_KEPT)))
    with pytest.raises(ListFull):
        full.add("one more?")
    assert carry_out(Command("add", words="one more?"), full, SETS)[0] == full
    assert carry_out(Command("add", words="one more?"), full, SETS)[1]["line"] == "list_full"


def test_removing_says_what_was_removed():
    kept, told = carry_out(Command("drop", numbers=(2, 5)), FIVE, SETS)
    assert (kept.show(), told["line"], told["removed"]) == (("a?", "c?", "d?"), "list_removed", ["b?", "e?"])


@pytest.mark.parametrize("kind", ["show", "drop", "done", "add"])
def test_an_empty_list_says_so(kind):
    kept, told = carry_out(Command(kind), QuestionList(), SETS)
    assert kept == QuestionList() and told["line"] == "list_empty" and not told["offer"]


def test_showing_and_finishing_keep_the_list():
    for kind, line in (("show", "list_show"), ("done", "list_done"), ("add", "list_show")):
        kept, told = carry_out(Command(kind), FIVE, SETS)
        assert kept == FIVE and told["line"] == line and told["questions"] == list(FIVE.show())
    assert told["situation"] == "cost and insurance" and set(told["sources"]) == set(BY_ID["situation_cost"].sources)


@pytest.mark.parametrize("situation", ["", "situation_moon"])
def test_an_unknown_situation_is_asked_for(situation):
    kept, told = carry_out(Command("choose", situation=situation), FIVE, SETS)
    assert kept == FIVE and told["line"] == "list_choose" and set(told["offer"]) == TITLES


@pytest.mark.parametrize("value", [None, "x", 3, [], {}, {"situation": "x"}, {"situation": 1, "given": [], "own": []}, {"situation": "", "given": [1], "own": []}, {"situation": "", "given": "ab", "own": []}])
def test_a_slot_that_holds_no_list_is_an_empty_list(value):
    assert QuestionList.from_dict(value) == QuestionList()


# ---- the content ----

def test_the_seven_situations():
    assert set(BY_ID) == TITLES
    assert all(6 <= len(chosen.questions) <= 9 and len(set(chosen.questions)) == len(chosen.questions) for chosen in SETS)
    assert all(question.endswith("?") for chosen in SETS for question in chosen.questions)


GOOD = "situation_x:\n  title: x\n  words: [x]\n  sources: []\n  questions: [Aa, b, c, d]\n"
REFUSED = {
    "has no button": GOOD.replace("situation_x", "situation_y"),
    "is not the name of a situation": GOOD.replace("situation_x", "other"),
    "does not have exactly the keys": GOOD.replace("  words: [x]\n", ""),
    "the title of": GOOD.replace("title: x", "title: 3"),
    "'words' of": GOOD.replace("[x]", "x"),
    "'questions' of": GOOD.replace("Aa", "1"),
    f"has {FEWEST - 1} questions": GOOD.replace("Aa, ", ""),
    f"has {MOST + 1} questions": GOOD.replace("Aa", ", ".join(["Aa"] * (MOST - FEWEST + 2))),
    "has no situation": "# nothing\n",
}


@pytest.mark.parametrize(("problem", "text"), REFUSED.items(), ids=REFUSED)
def test_broken_sets_are_refused_with_the_reason(tmp_path: Path, problem, text):
    (tmp_path / "buttons.yml").write_text("situation_x: X\nother: O\n")
    (tmp_path / "questions.yml").write_text(text)
    with pytest.raises(ContentError) as refused:
        read_question_sets(tmp_path)
    assert len(refused.value.problems) == 1 and problem in refused.value.problems[0].problem and refused.value.problems[0].repair


def test_good_sets_are_read(tmp_path: Path):
    (tmp_path / "buttons.yml").write_text("situation_x: X\n")
    (tmp_path / "questions.yml").write_text(GOOD)
    assert read_question_sets(tmp_path)[0].button == "X"
