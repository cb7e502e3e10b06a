"""Safety over a whole conversation: answers to "are you having this now?", staying with an alert, what was said before."""

from __future__ import annotations

import pytest

from bot.project import CONTENT
from bot.safety.dialogue import SafetyState, load_dialogue
from bot.safety.triage import Triage
from bot.safety.verdict import CHECK_BUTTONS

ASKED = "my sister has a fever"
ALARMED = "my neck is stiff"


@pytest.fixture(scope="module")
def dialogue(triage):
    return load_dialogue(CONTENT, triage)


@pytest.fixture
def talk(dialogue):
    """Say one message after the other; gives the last verdict and the state after it."""

    def _talk(*texts, button=""):
        state = SafetyState()
        for text in texts:
            verdict, state = dialogue.next_verdict(text, state)
        return dialogue.next_verdict("", state, button) if button else (verdict, state)

    return _talk


def test_unclear_sign_asks(talk):
    verdict, state = talk(ASKED)
    assert verdict.check and state.pending == ("fever",) and state.suspected == "urgent"


@pytest.mark.parametrize("reply", ["yes", "Yes!", "yeah she does", "since breakfast", "a bit", "sí", "Si", "on and off", "not sure", "idk", "maybe", "probably a bit"])
def test_reply_that_is_no_clear_no_alarms(talk, reply):
    verdict, state = talk(ASKED, reply)
    assert verdict.tier == "urgent" and verdict.signs == ("fever",) and state.alert == "urgent" and not state.asked


@pytest.mark.parametrize("reply", ["no", "No.", "nope", "not right now", "just asking", "nah all fine"])
def test_clear_no_ends_the_check(talk, reply):
    verdict, state = talk(ASKED, reply)
    assert verdict.message == "check_no" and verdict.tier == "none" and not state.asked and not state.pending


@pytest.mark.parametrize("button, tier", [("check_yes", "urgent"), ("check_not_sure", "urgent"), ("check_no", "none")])
def test_pressed_button_answers(talk, button, tier):
    assert button in CHECK_BUTTONS and talk(ASKED, button=button)[0].tier == tier


def test_no_that_names_somebody_alarms_for_them(talk):
    verdict, _ = talk("is a stiff neck normal?", "no thats my sister")
    assert verdict.tier == "urgent" and verdict.other


def test_first_unclear_reply_asks_again_and_the_second_counts_as_yes(talk):
    again, state = talk(ASKED, "the weather is nice")
    assert again.check and again.signs == ("fever",) and state.asked == 2
    assert talk(ASKED, "the weather is nice", "purple")[0].tier == "urgent"


def test_new_sign_in_the_reply_alarms_at_once(talk):
    assert talk(ASKED, "no, but i have chest pain")[0].tier == "emergency"


@pytest.mark.parametrize("reply", ["thanks", "ok", "Thank you so much", "👍", "is it serious"])
def test_thanks_after_an_alert_gets_the_action_again(talk, reply):
    verdict, state = talk(ALARMED, reply)
    assert verdict.message == "in_safety" and state.alert == "urgent"


@pytest.mark.parametrize("reply", ["i havent called them yet", "i called but nobody picks up", "no answer at the clinic", "i am not going", "it was fine, i just slept badly", "also a bit tired"])
def test_call_that_was_not_made_or_not_answered_does_not_end_the_alert(talk, reply):
    verdict, state = talk(ALARMED, reply)
    assert verdict.message == "in_safety" and state.alert == "urgent"


@pytest.mark.parametrize("beside", ["and a fever of 39", "my neck is stiff as well", "it hurts to look at light"])
def test_urgent_sign_while_an_emergency_stands_does_not_take_the_emergency_back(talk, beside):
    verdict, state = talk("i have chest pain", beside)
    assert (verdict.tier, verdict.message, state.alert) == ("emergency", "emergency", "emergency") and len(state.signs) == 2


@pytest.mark.parametrize("standing, message", [("my husband hits me", "emergency_violence"), ("i want to kill myself", "emergency_suicidal"), ("i took too many of my pills", "emergency_overdose")])
def test_words_of_their_own_go_on_when_an_urgent_sign_is_named_beside(talk, standing, message):
    assert talk(standing, "my neck is stiff")[0].message == message


@pytest.mark.parametrize("reply", ["my count was 9 last week, thanks", "i wont go to the er", "feeling tired", "it stopped"])
def test_after_an_emergency_lesser_signs_and_refusals_get_the_emergency_number_again(talk, reply):
    verdict, _ = talk("i have chest pain", reply)
    assert verdict.message == "in_safety" and verdict.suspected == "emergency" and not verdict.check


@pytest.mark.parametrize("first, message", [("i want to kill myself", "in_safety_suicidal"), ("i took all my pills", "in_safety_overdose"), ("my husband hits me", "in_safety_violence")])
@pytest.mark.parametrize("reply", ["thanks", "ok", "i feel a bit better", "no", "leave me", "it happened by mistake"])
def test_after_self_harm_overdose_or_violence_its_own_words_go_on(talk, first, message, reply):
    assert talk(first, reply)[0].message == message


def test_being_safe_ends_it(talk):
    assert talk("i want to kill myself", "i am safe now, my wife sits beside me")[1].alert == "none"


def test_a_graver_sign_that_is_unclear_is_asked_about_during_an_alert(talk):
    verdict, _ = talk(ALARMED, "my sister had a seizure")
    assert verdict.check and verdict.suspected == "emergency"


@pytest.mark.parametrize("reply", ["no it got worse", "no but i had it this morning", "never this bad", "nothing helps", "asking for my essay"])
def test_no_that_takes_itself_back_is_asked_again(talk, reply):
    verdict, state = talk("is a stiff neck normal?", reply)
    assert verdict.check and state.asked == 2


def test_no_because_that_person_is_fine_ends_the_check(talk):
    assert talk(ASKED, "no my son is fine")[0].message == "check_no"


@pytest.mark.parametrize("reply", ["not really sure", "no, i think so"])
def test_half_a_no_counts_as_not_sure(talk, reply):
    assert talk(ASKED, reply)[0].tier == "urgent"


def test_a_young_baby_said_before_makes_a_fever_an_emergency(talk):
    assert talk("my baby is 5 weeks old", "she has a temperature of 38.6")[0].tier == "emergency"
    assert talk("my son is 5 years old", "he has a temperature of 38.6")[0].tier == "urgent"


@pytest.mark.parametrize("reply", ["i called them", "just spoke to the nurse", "we are at the hospital", "sorry that was a typo"])
def test_help_on_the_way_or_a_typo_ends_the_alert(talk, reply):
    verdict, state = talk(ALARMED, reply)
    assert verdict.message == "safety_done" and state.alert == "none"


def test_question_after_an_alert_is_answered_with_the_line(talk):
    verdict, state = talk(ALARMED, "what does a bag cost")
    assert not verdict.acts and verdict.note and state.alert == "urgent"


def test_question_after_the_alert_ended_is_an_ordinary_one(talk):
    verdict, _ = talk(ALARMED, "i called them", "what does a bag cost")
    assert not verdict.acts and not verdict.note


@pytest.mark.parametrize("reply", ["it's worse now", "its getting worse", "I feel a lot worse than before"])
def test_worse_after_a_routine_sign_is_urgent(talk, reply):
    routine, _ = talk("i am quite tired after the drip")
    verdict, _ = talk("i am quite tired after the drip", reply)
    assert routine.tier == "routine" and verdict.tier == "urgent" and verdict.signs == ("tiredness",)


def test_worse_without_a_sign_before_is_no_alert(talk):
    assert talk("the parking is worse now")[0].tier == "none"


def test_itp_said_before_and_a_head_bump_is_an_emergency(talk):
    verdict, _ = talk("i have itp", "bumped my head on a cupboard")
    assert verdict.tier == "emergency" and verdict.message == "emergency_head_injury"


def test_itp_said_before_raises_a_headache(talk):
    assert talk("a mild headache")[0].tier == "routine"
    assert talk("i have itp", "a mild headache")[0].tier == "urgent"


def test_signs_of_two_messages_stand_together(talk):
    verdict, state = talk("i have a fever", "and new bruises today")
    assert verdict.tier == state.alert == "emergency"


def test_lower_sign_does_not_end_a_standing_alert(talk):
    assert talk(ALARMED, "also a bit tired")[1].alert == "urgent"


@pytest.mark.parametrize("saved", [None, "words", 7, [], {"pending": [], "unknown": 1}])
def test_state_that_is_none_is_the_empty_one(saved):
    assert SafetyState.from_dict(saved) == SafetyState()


def test_state_survives_its_slot(talk):
    _, state = talk("i have itp", ASKED)
    assert state.pending and SafetyState.from_dict(state.as_dict()) == state


class Faint:
    """A detector that hears a little in everything, as it does in "no, not at all"."""

    def scores(self, text):
        return {"emergency": 0.0, "urgent": 0.3, "routine": 0.0, "ask": 0.0, "now": 0.3, "sign:fever": 0.3}

    def parts(self, text):
        return []


@pytest.fixture
def faint(triage):
    dialogue = load_dialogue(CONTENT, Triage(triage.lexicon, Faint(), ["check_unlisted"]))

    def _talk(*texts, state=SafetyState()):
        for text in texts:
            verdict, state = dialogue.next_verdict(text, state)
        return verdict, state

    return _talk


def test_faint_suspicion_is_asked_about_once(faint):
    assert faint("the purple elephant sleeps")[0].message == "check_unlisted"
    verdict, state = faint("the purple elephant sleeps", "no, nothing like that")
    assert verdict.message == "check_no" and not state.asked


def test_faint_suspicion_after_an_alert_does_not_repeat_the_alert(faint):
    verdict, state = faint("is parking free on sundays", state=SafetyState(signs=("fever",), alert="urgent"))
    assert not verdict.check and verdict.note and state.alert == "urgent"
