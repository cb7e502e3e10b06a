"""One sentence, every sign: what is true of a sentence about one sign must be true of it about all.

The signs' plain names are put into sentences that no sign's author had in mind. Names that are no noun a
patient could have ("now") or say what is happening in general are phrased here."""

from __future__ import annotations

import pytest

from bot.safety.service import safety_dialogue

#: Names that read oddly in a sentence, in a patient's words.
SAID = {
    "baby_limp_unresponsive": "a limp baby who will not wake", "breathing": "trouble breathing", "confusion": "sudden confusion and a muddled head",
    "during_infusion": "a strange new feeling while the drip is running", "exposure": "contact with chickenpox", "fainting": "a fainting fit",
    "fetal_movement": "a baby in my belly who hardly moves", "infection": "a bad cough with green phlegm", "newborn_feed_yellow": "a yellow newborn who feeds less",
    "overdose": "too many of my pills in me", "pregnancy_bleeding": "heavy bleeding in my pregnancy", "suicidal": "thoughts of ending my life",
    "violence": "a partner who hits me", "stroke": "a drooping face and slurred speech", "leg_weakness": "weak numb legs", "head_injury": "a hard knock to the head",
    "bleeding_heavy": "heavy bleeding that will not stop", "thunderclap_headache": "a sudden headache, the worst ever", "cough_vomit_blood": "blood coming up when i cough",
    "sugar_odd": "odd sugar readings on my meter", "sight_loss": "a sudden loss of sight in one eye", "blood_urine": "blood in my urine", "blood_stool": "blood in my stool",
    "one_limb": "one swollen painful leg", "iv_site": "a red hot spot where the drip was", "swelling_weight": "swollen ankles and fast weight gain", "low_urine": "hardly any urine",
}
ROUTINE = ("achy_muscles", "flushing_mild", "mild_headache", "mild_nausea", "sleep_mood_mild", "sore_arm", "tiredness", "worn_off")
#: Signs of their own kind: no patient denies or asks about them in these words.
OWN = ("suicidal", "violence", "overdose", "during_infusion", "exposure", "worn_off")


@pytest.fixture(scope="module")
def triage():
    ready = safety_dialogue().triage
    assert ready.detector is not None, "no safety detector at models/safety; run `make train`"
    return ready


def signs(triage, without=()):
    return [(sign.id, SAID.get(sign.id, sign.name)) for sign in triage.lexicon.signs.values() if sign.id not in without]


@pytest.mark.parametrize("sentence", [
    "since last night i have {}",
    "Hello, thank you for the leaflet. I have had {} since this morning.",
    "can i park behind the clinic on friday? also i have {} now",
    "no rash, no itching, but {} since yesterday",
])
def test_every_sign_reported_is_heard(triage, sentence):
    """Alerted or asked about; a routine sign may also be answered as one."""
    deaf = [sign for sign, said in signs(triage) if not (verdict := triage.verdict(sentence.format(said))).acts and verdict.tier == "none"]

    assert deaf == []


@pytest.mark.parametrize("sentence", ["since last night i have {}", "Hello, thank you for the leaflet. I have had {} since this morning."])
def test_every_emergency_and_urgent_sign_reported_plainly_is_alerted(triage, sentence):
    asked = [sign for sign, said in signs(triage, without=ROUTINE) if triage.verdict(sentence.format(said)).tier not in ("urgent", "emergency")]

    assert asked == []


@pytest.mark.parametrize("sentence", ["what is {} a sign of, in general", "how common is it that people get {} after a drip", "my booklet lists {} as a side effect, what does that mean"])
def test_no_sign_asked_about_in_general_is_alerted(triage, sentence):
    loud = [sign for sign, said in signs(triage, without=OWN) if triage.verdict(sentence.format(said.replace("my ", "the "))).tier in ("urgent", "emergency")]

    assert loud == []


@pytest.mark.parametrize("sentence", ["i do not have {}, all is well", "glad to say i do not have {}, can i go swimming", "the nurse asked, and i never had {}"])
def test_no_sign_denied_is_alerted(triage, sentence):
    loud = [sign for sign, said in signs(triage, without=OWN) if triage.verdict(sentence.format(said)).tier in ("urgent", "emergency")]

    assert loud == []
