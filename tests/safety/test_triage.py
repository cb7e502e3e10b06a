"""From findings to a verdict: the table of combination.py row by row, what raises a tier, and what never may happen."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.project import CONTENT, ROOT
from bot.safety.combination import FAINT, HEARD, LOUD, LOW, outcome, row
from bot.safety.triage import Conversation, Triage

TIERS = ("emergency", "urgent", "routine")


class FixedDetector:
    """Hears the same in every message."""

    def __init__(self, emergency=0.0, urgent=0.0, routine=0.0, sign="") -> None:
        self._scores = {"emergency": emergency, "urgent": urgent, "routine": routine, "ask": 0.0, "now": emergency + urgent, **({f"sign:{sign}": emergency + urgent} if sign else {})}

    def scores(self, text):
        return self._scores

    def parts(self, text):
        return []


@pytest.fixture(scope="module")
def hearing(triage):
    """The shipped lexicon with a detector of fixed scores."""
    messages = [path.stem for path in (CONTENT / "safety").glob("*.md")]
    ready = Triage(triage.lexicon, None, messages)

    def _hearing(**scores):
        ready.detector = FixedDetector(**scores)
        return ready

    return _hearing


BELOW = 0.001
ROWS = [
    *[(kind, "urgent", False, now, "note") for kind in ("denied", "past", "stranger") for now in (None, 0.0, LOUD - BELOW)],
    *[(kind, "urgent", False, now, "check") for kind in ("denied", "past", "stranger") for now in (LOUD, 1.0)],
    *[(kind, "emergency", False, now, "note") for kind in ("question", "hypothetical", "education") for now in (0.0, HEARD - BELOW)],
    *[(kind, "urgent", False, now, "check") for kind in ("question", "hypothetical", "education") for now in (None, HEARD, 1.0)],
    *[(kind, "urgent", False, now, "check") for kind in ("own_question", "unclear_person", "uncertain") for now in (None, 0.0, 1.0)],
    ("current", "urgent", True, FAINT - BELOW, "note"),
    *[("current", "urgent", True, now, "check") for now in (None, FAINT, 1.0)],
    ("current", "routine", False, FAINT - BELOW, "note"),
    ("current", "urgent", False, FAINT - BELOW, "check"),
    ("current", "emergency", False, FAINT - BELOW, "check"),
    *[("current", "emergency", False, now, "check") for now in (FAINT, LOW - BELOW)],
    *[("current", tier, False, now, "alert") for tier in TIERS for now in (None, LOW, 1.0)],
]


@pytest.mark.parametrize("kind, tier, weak, now, wanted", ROWS, ids=[f"{kind} {tier}{' weak' if weak else ''} {now}" for kind, tier, weak, now, _ in ROWS])
def test_table_of_rules_and_detector(kind, tier, weak, now, wanted):
    assert outcome(row(kind, tier, weak), now) == wanted


@pytest.mark.parametrize("text", ["can it cause a stiff neck?", "what if i get a fever", "my neck is stiff", "my sister has a fever", "bad headache and vomiting"])
def test_missing_detector_is_more_cautious_than_a_silent_one(triage, hearing, text):
    """Alert before check before nothing."""
    def caution(verdict):
        return (verdict.tier != "none") * 2 + verdict.check

    assert caution(triage.verdict(text)) > caution(hearing().verdict(text)) or caution(triage.verdict(text)) == caution(hearing().verdict(text)) == 1


EMERGENCIES = ["i cant breathe", "chest pain", "my tongue is swelling up", "he had a seizure", "she fainted", "the bleeding will not stop", "i want to kill myself", "coughing up blood"]


@pytest.mark.parametrize("text", EMERGENCIES)
def test_detector_alone_never_silences_a_listed_emergency(hearing, text):
    verdict = hearing().verdict(text)
    assert verdict.check and verdict.suspected == "emergency"


@pytest.mark.parametrize("text", EMERGENCIES)
def test_listed_emergency_by_rules_alone(triage, text):
    assert triage.verdict(text).tier == "emergency"


def test_detector_hears_what_nobody_listed(hearing):
    assert hearing(emergency=LOUD).verdict("the purple elephant").tier == "emergency"
    assert hearing(urgent=LOUD).verdict("the purple elephant").tier == "urgent"
    asked = hearing(urgent=LOW).verdict("the purple elephant")
    assert asked.check and asked.message == "check_unlisted"
    assert not hearing(urgent=LOW - BELOW).verdict("the purple elephant").acts


def test_a_word_or_two_are_asked_about_only_when_heard_well(hearing):
    """"Newborn" picks a list of questions; a baby that does not wake is said in more words."""
    assert not hearing(urgent=HEARD - BELOW).verdict("purple elephant").acts
    assert hearing(urgent=HEARD).verdict("purple elephant").check


def test_sign_heard_in_one_sentence_is_named_though_the_whole_is_faint(triage):
    """"Yes" then leads to that sign's own message: the crisis line, not only the emergency number."""

    class ByText(FixedDetector):
        def scores(self, text):
            return {"emergency": 0.3, "urgent": 0.0, "routine": 0.0, "ask": 0.0, "now": 0.3, "sign:confusion": 0.2} if "parking" in text else FixedDetector(emergency=LOUD, sign="suicidal").scores(text)

    verdict = Triage(triage.lexicon, ByText(), ["check_unlisted"]).verdict("thanks for telling me about parking. the purple elephant goes home")
    assert verdict.check and verdict.signs == ("suicidal",)


def test_faint_suspicion_does_not_name_a_sign_of_another_tier(triage):
    class Tired(FixedDetector):
        def scores(self, text):
            return {"emergency": 0.05, "urgent": 0.25, "routine": 0.5, "ask": 0.0, "now": 0.3, "sign:tiredness": 0.48}

    verdict = Triage(triage.lexicon, Tired()).verdict("the purple elephant sleeps")
    assert verdict.tier == "routine" or verdict.signs == ()


def test_detector_does_not_undo_a_denial_by_itself(hearing):
    """It hears the sign in "no fever" too, so its word only makes Ivy ask."""
    verdict = hearing(urgent=0.9, sign="fever").verdict("no fever")
    assert verdict.tier == "none" and verdict.check


RAISED = [
    ("stiff neck and a seizure", "stiff_neck"),
    ("my neck is stiff and there are new bruises", "stiff_neck"),
    ("dark urine and i fainted", "dark_urine"),
    ("dark urine, chest pain", "dark_urine"),
    ("yellow skin and short of breath", "yellow"),
    ("my calf is swollen and i am short of breath", "one_limb"),
    ("hives and my throat is swelling", "rash_hives"),
    ("fever and new bruises", "fever"),
    ("chills and then i fainted", "chills"),
    ("splitting headache and i am 30 weeks pregnant", "headache_strong"),
    ("splitting headache, my platelets are low", "headache_strong"),
    ("a fever and it is getting worse fast", "fever"),
]


@pytest.mark.parametrize("text, sign", RAISED, ids=[text for text, _ in RAISED])
def test_what_stands_together_is_an_emergency(triage, text, sign):
    verdict = triage.verdict(text)
    (finding,) = [finding for finding in verdict.findings if finding.sign == sign]
    assert verdict.tier == finding.tier == "emergency" and finding.raised


@pytest.mark.parametrize("text, sign", [("splitting headache", "headache_strong"), ("fever", "fever"), ("my neck is stiff", "stiff_neck"), ("dark urine", "dark_urine")])
def test_the_same_sign_alone_is_urgent(triage, text, sign):
    verdict = triage.verdict(text)
    assert verdict.tier == "urgent" and sign in verdict.signs


def test_denied_companion_does_not_raise(triage):
    assert triage.verdict("fever but no new bruises").tier == "urgent"


@pytest.mark.parametrize("fact, text, tier", [("low_platelets", "splitting headache", "emergency"), ("pregnancy", "splitting headache", "emergency"), ("itp", "a mild headache", "urgent")])
def test_known_fact_raises(triage, fact, text, tier):
    assert triage.verdict(text, Conversation(known=frozenset({fact}))).tier == tier


def test_sign_said_before_raises(triage):
    assert triage.verdict("fever", Conversation(signs=frozenset({"new_spots_bruises"}))).tier == "emergency"


@pytest.mark.parametrize("text", ["no fever. my neck is stiff", "what does it cost? i have chest pain", "i fainted years ago. chest pain now", "tired, and i cant breathe"])
def test_worst_clause_wins(triage, text):
    assert triage.verdict(text).tier in ("urgent", "emergency")


def test_own_message_comes_first(triage):
    assert triage.verdict("chest pain and i want to kill myself").message == "emergency_suicidal"


@pytest.mark.parametrize("text", [
    "No matter. To be truthful I sometimes wonder why I go on with any of it, I'd sooner not wake up.",
    "i would rather not wake up tomorrow",
    "I'd sooner not wake up at all",
    "I don't want to wake up to another day of this",
    "I hope I don't wake up the next morning",
    "I don't see the point of living with this pain any more",
])
def test_wish_not_to_wake_up_gets_the_words_for_it(triage, text):
    assert triage.verdict(text).message == "emergency_suicidal"


@pytest.mark.parametrize("text", ["whats the point of living", "What is the point of going on, he says"])
def test_question_that_nobody_asks_to_learn_is_asked_back(triage, text):
    verdict = triage.verdict(text)
    assert verdict.check and verdict.suspected == "emergency" and verdict.signs == ("suicidal",)


@pytest.mark.parametrize("text", ["my neck is stiff too yes. I don't want to wake my husband for nothing", "stiff neck. i would rather not wake up my mother"])
def test_who_lets_others_sleep_has_not_fainted_and_wants_to_live(triage, text):
    assert triage.verdict(text).signs == ("stiff_neck",)


@pytest.mark.parametrize("text", ["My husband does not want to wake, I have shaken him twice", "he did not want to wake this morning"])
def test_one_who_does_not_want_to_wake_is_an_emergency(triage, text):
    assert triage.verdict(text).tier == "emergency"


@pytest.mark.parametrize("text", ["What is the point of going on IVIG if it wears off?", "i wonder why i keep going red after each bag", "I don't wake up before noon"])
def test_words_of_weariness_in_another_sense_are_no_alarm(triage, text):
    assert "suicidal" not in triage.verdict(text).signs


@pytest.mark.parametrize("text, facts", [("i have ITP", {"itp", "low_platelets"}), ("i do not have itp", set()), ("no itp", set()), ("i am pregnant", {"pregnancy"})])
def test_facts_said(triage, text, facts):
    assert triage.facts(triage.read(text)) == facts


def test_verdict_survives_its_json_form(triage):
    verdict = triage.verdict("no fever, my neck is stiff")
    assert type(verdict).from_dict(json.loads(json.dumps(verdict.as_dict()))).as_dict() == verdict.as_dict()


PROGRAM = """
import json, sys
from bot.safety.triage import load_triage
triage = load_triage()
print(json.dumps([triage.verdict(text).as_dict() for text in json.loads(sys.argv[1])]))
"""


def test_two_processes_judge_alike():
    """Set and hash order differ between processes; verdicts and their reasons do not."""
    texts = json.dumps([text for text, _ in RAISED] + EMERGENCIES + ["why is my neck so stiff, should i worry?", "no fever, rash or chills", "stif nekc"])
    runs = [subprocess.Popen([sys.executable, "-c", PROGRAM, texts], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, stdout=subprocess.PIPE) for seed in ("1", "2")]
    first, second = [run.communicate()[0] for run in runs]
    assert len(json.loads(first)) > 20 and first == second


@pytest.mark.parametrize("piece", ["hit head ", "no fever, ", "no ", "38.5 ", "fever. ", "he not took too many pills "])
def test_ten_times_the_repetition_costs_no_more_than_thirty_times_the_work(triage, piece):
    """Not a hundred times: the longest message that is judged (20,000 characters) cannot hold up the others. Steps are counted, not seconds."""
    def steps(length):
        counted = 0

        def count(frame, event, arg):
            nonlocal counted
            counted += event in ("call", "c_call")

        message = triage.read((piece * length)[:length])
        sys.setprofile(count)
        try:
            triage.judge(message)
        finally:
            sys.setprofile(None)
        return counted

    assert steps(10_000) <= 30 * steps(1_000)


PIECES = st.sampled_from(["no", "not", "fever", "neck", "stiff", "38.5", "°", ",", ".", "?", "\n", "or", "my", "sister", "'", "n't", "2019", "since", "cant", "breathe", "itp", "\u200b", "ẞ", "İ"])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.text(max_size=2_000) | st.lists(PIECES, max_size=200).map(" ".join))
def test_any_text_is_judged(triage, text):
    verdict = triage.verdict(text[:2_000])
    assert verdict.acts == (verdict.tier != "none" or verdict.check)


@pytest.mark.parametrize("text, tier", [
    ("mi padre no puede respirar", "emergency"), ("Desde ayer me cuesta respirar", "emergency"), ("a mi mamá le duele el pecho", "emergency"),
    ("se me está cerrando la garganta", "emergency"), ("mi esposo se desmayó en el baño", "emergency"), ("ya no quiero vivir", "emergency"),
    ("el bebé no despierta", "emergency"), ("está vomitando sangre", "emergency"),
    ("tengo fiebre desde anoche", "urgent"), ("amanecí con el cuello muy rígido", "urgent"), ("la orina me sale oscura", "urgent"),
    ("tengo los ojos amarillos", "urgent"), ("le sangra la nariz otra vez", "urgent"), ("me salieron ronchas por todo el cuerpo", "urgent"),
])
def test_spanish_signs_are_heard_with_and_without_accents(triage, text, tier):
    assert triage.verdict(text).tier == tier


@pytest.mark.parametrize("text", ["no tengo fiebre", "sin fiebre y sin escalofríos"])
def test_spanish_denial_is_a_denial(triage, text):
    assert not triage.verdict(text).acts


@pytest.mark.parametrize("text", ["¿puede causar fiebre?", "¿la fiebre es un efecto secundario?"])
def test_spanish_question_in_general_is_no_alarm(triage, text):
    assert triage.verdict(text).tier == "none"


@pytest.mark.parametrize("risk", ["i take the birth control pill", "i had a clot before", "i have a heart condition", "i am being treated for lymphoma", "i am 78"])
def test_a_risk_said_in_the_message_raises_a_swollen_leg(triage, risk):
    """facts: age, a past clot, estrogen, cancer, a central line, heart and kidney disease make a clot likelier."""
    assert triage.verdict("one leg is swollen and hurts").tier == "urgent"
    assert triage.verdict(f"{risk}. one leg is swollen and hurts").tier == "emergency"
