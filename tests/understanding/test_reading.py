"""Messages in their context, with a classifier whose guesses are written down: sure, between two, or lost."""

from __future__ import annotations

import pytest

from bot.understanding.classifier import Guess
from bot.understanding.decision import NOT_SURE, OFFERING
from bot.understanding.followup import MORE, Context, Topic, follow_up_table
from bot.understanding.reading import Reader, without

TOPICS = {"cost_insurance": Topic("practical", "What does it cost?", {}), "how_fast": Topic("expectations", "How fast is it?", {}), "how_often": Topic("expectations", "How often?", {}),
          "headache": Topic("side_effects", "Is a headache normal?", {}), "side_effects_common": Topic("side_effects", "What are the side effects?", {})}
AFTER_HEADACHE = Context(topic="headache", family="side_effects", offered=(MORE,))


class Written:
    """Guesses by text; what is not written is nobody's topic."""

    labels = [*(f"ask_{topic}" for topic in TOPICS), "greet", "thanks", "feeling_worried", "deny", "tell_me_more", "out_of_scope"]

    def __init__(self, **guesses) -> None:
        self._guesses, self.asked = guesses, []

    def guess(self, text: str) -> Guess:
        self.asked.append(text)
        found = self._guesses.get("".join(letter for letter in text.lower() if letter.isalpha()), {})
        rest = (1 - sum(found.values())) / len(self.labels)
        chances = {label: found.get(label.removeprefix("ask_"), 0.0) + rest for label in self.labels}
        return Guess(tuple(sorted(chances.items(), key=lambda entry: -entry[1])))

    def probabilities(self, text: str) -> str:
        self.asked.append(text)
        return f"of {text}"

    def remember(self, text: str, chances: str) -> None:
        assert chances == f"of {text}"
        self.asked.append(text)


@pytest.mark.parametrize("text", ["what does it cost", "does it cost much and how fast is it", "i live far away. how fast is it", "hello, is it dear", "the doctor said yes. it hurts. why"])
def test_what_is_foreseen_of_a_message_is_all_that_reading_it_asks_the_model(text):
    guesses = {"whatdoesitcost": {"cost_insurance": 0.9}, "ilivefarawayhowfastisit": {"how_fast": 0.9}, "helloisitdear": {"greet": 0.8}}
    foreseen, read = Written(**guesses), Written(**guesses)
    Reader(foreseen, TOPICS, follow_up_table()).foresee(text)
    Reader(read, TOPICS, follow_up_table()).read(text)
    assert set(foreseen.asked) == set(read.asked)


def test_what_was_foreseen_elsewhere_is_remembered_for_reading():
    there, here = Written(), Written()
    Reader(here, TOPICS, follow_up_table()).remember(Reader(there, TOPICS, follow_up_table()).foresee("does it cost much and how fast is it"))
    assert set(here.asked) == set(there.asked)


@pytest.fixture
def read():
    """A message read after a context, with these guesses."""

    def _read(text, context=Context(), **guesses):
        return Reader(Written(**guesses), TOPICS, follow_up_table()).read(text, context)

    return _read


COST, FAST = {"cost_insurance": 0.9}, {"how_fast": 0.9}


def test_two_sure_parts_get_two_answers_in_order(read):
    reading = read("What does it cost? How fast is it?", whatdoesitcost=COST, howfastisit=FAST)
    assert reading.answers == ("cost_insurance", "how_fast") and reading.decision.topic == "cost_insurance" and reading.later == ()


def test_a_third_is_offered(read):
    reading = read("What does it cost? How fast is it? How often?", whatdoesitcost=COST, howfastisit=FAST, howoften={"how_often": 0.9})
    assert reading.answers == ("cost_insurance", "how_fast") and reading.later == ("how_often",)


def test_an_unsure_part_is_offered_beside_the_answer(read):
    reading = read("What does it cost? How fast is it?", whatdoesitcost=COST, howfastisit={"how_fast": 0.5}, whatdoesitcosthowfastisit=COST)
    assert reading.answers == () and reading.decision.topic == "cost_insurance" and reading.later == ("how_fast",)


def test_a_clear_whole_wins_over_parts_that_name_something_else(read):
    reading = read("How fast is it? And does it cost?", howfastisit={"how_fast": 0.72}, doesitcost={"cost_insurance": 0.72}, howfastisitanddoesitcost={"headache": 0.95})
    assert reading.decision.topic == "headache" and reading.answers == ()


def test_what_is_told_is_no_question(read):
    reading = read("I have a headache. What does it cost?", ihaveaheadache={"headache": 0.95}, whatdoesitcost=COST, ihaveaheadachewhatdoesitcost=COST)
    assert reading.decision.topic == "cost_insurance" and reading.answers == () and reading.later == ()


def test_talk_around_a_question_does_not_hide_it(read):
    reading = read("Thanks! What does it cost?", thankswhatdoesitcost={"thanks": 0.8}, whatdoesitcost=COST)
    assert reading.decision.topic == "cost_insurance"


def test_part_of_what_is_out_of_scope_is_no_question_about_ivig(read):
    reading = read("My mortgage is late, how often does that happen?", howoftendoesthathappen={"how_often": 0.95}, mymortgageislatehowoftendoesthathappen={"out_of_scope": 0.95})
    assert reading.decision.topic == "out_of_scope" and reading.answers == ()


def test_question_that_names_the_treatment_is_answered_beside_what_is_out_of_scope(read):
    reading = read("My mortgage is late. How often is the drip?", howoftenisthedrip={"how_often": 0.95}, mymortgageislatehowoftenisthedrip={"out_of_scope": 0.95})
    assert reading.decision.topic == "how_often"


def test_fear_beside_a_question_is_noticed(read):
    reading = read("I am so afraid. What does it cost?", whatdoesitcost=COST, iamsoafraidwhatdoesitcost=COST)
    assert reading.decision.topic == "cost_insurance" and reading.worried


def test_second_question_may_hang_on_the_first(read):
    reading = read("How fast is it? And is it dangerous?", howfastisit=FAST, howfastisitandisitdangerous=FAST)
    assert reading.decision.topic == "how_fast"


def test_a_short_list_of_two_families_asks_for_both(read):
    assert read("cost and side effects", cost=COST, sideeffects={"side_effects_common": 0.9}).answers == ("cost_insurance", "side_effects_common")


def test_a_short_list_of_one_family_is_one_question(read):
    reading = read("headache and side effects", headache={"headache": 0.9}, sideeffects={"side_effects_common": 0.9})
    assert reading.answers == () and reading.decision.intent == NOT_SURE


def test_one_clause_is_encoded_once():
    model = Written(whatdoesitcost=COST)
    Reader(model, TOPICS, follow_up_table()).read("What does it cost?", AFTER_HEADACHE)
    assert model.asked == ["What does it cost?"]


def test_one_question_in_a_clear_message_is_encoded_once():
    model = Written(ihaveitpmysonhasnotwhatdoesitcost=COST)
    Reader(model, TOPICS, follow_up_table()).read("I have ITP. My son has not. What does it cost?")
    assert len(model.asked) == 1


def test_a_correction_rules_out_what_was_answered(read):
    reading = read("no I meant how often", AFTER_HEADACHE, noimeanthowoften={"headache": 0.5}, howoften={"headache": 0.6, "how_often": 0.35})
    assert reading.decision.topic == "how_often"


def test_words_behind_what_about_are_read_alone(read):
    reading = read("and what about the price?", AFTER_HEADACHE, andwhatabouttheprice={"cost_insurance": 0.4}, theprice=COST)
    assert reading.decision.topic == "cost_insurance"


def test_a_short_message_that_says_nothing_new_is_about_the_last_answer(read):
    reading = read("can it be that", AFTER_HEADACHE, isaheadachenormalcanitbethat={"headache": 0.9})
    assert reading.decision.topic == MORE


def test_a_short_message_with_a_new_word_is_asked_about(read):
    reading = read("is it for botox", AFTER_HEADACHE, isaheadachenormalisitforbotox={"headache": 0.9})
    assert reading.decision.intent == OFFERING and MORE in reading.decision.options


def test_a_pronoun_that_may_mean_the_last_answer_is_asked_about(read):
    reading = read("is it curable quickly", AFTER_HEADACHE, isitcurablequickly=FAST, isaheadachenormalisitcurablequickly={"headache": 0.97})
    assert reading.decision.intent == OFFERING and reading.decision.options == (MORE, "how_fast")


@pytest.mark.parametrize("text, guesses", [("what does it cost per bag then", {"whatdoesitcostperbagthen": COST}), ("cost", {"cost": COST}), ("good morning", {"goodmorning": {"greet": 0.9}})])
def test_what_stands_on_its_own_is_not_bent(read, text, guesses):
    assert read(text, AFTER_HEADACHE, **guesses).decision == read(text, **guesses).decision


def test_without_gives_the_rest_what_was_taken():
    left = without(Guess((("ask_headache", 0.6), ("ask_how_fast", 0.3), ("greet", 0.1))), "headache")
    assert left.ranked == (("ask_how_fast", pytest.approx(0.75)), ("greet", pytest.approx(0.25)))


UNCLEAR = {"tell_me_more": 0.4, "how_fast": 0.3, "how_often": 0.2}


def test_more_is_not_offered_before_anything_was_answered(read):
    assert read("the bag", thebag=UNCLEAR).decision.options == ("how_fast", "how_often")
    assert "tell_me_more" in read("the bag of it all", AFTER_HEADACHE, thebagofitall=UNCLEAR).decision.options


def test_one_topic_beside_more_before_anything_was_answered_is_not_sure(read):
    assert read("the bag", thebag={"tell_me_more": 0.4, "how_fast": 0.35}).decision.intent == NOT_SURE
