"""One clear sentence for every topic that has an answer: Ivy is sure of it, and answers it."""

from __future__ import annotations

import pytest

SENTENCES = {
    "what_is_ivig": "Could you tell me what on earth IVIG actually is?",
    "where_ivig_comes_from": "Whose blood plasma is it made from, and are those donors screened?",
    "how_ivig_works": "What does IVIG actually do inside my body to help my immune system behave?",
    "immune_booster_myth": "My nurse called it an immune booster, is that correct?",
    "brands": "Do Privigen and Octagam differ from each other?",
    "ivig_vs_scig": "What is the difference between under-the-skin immunoglobulin and the vein kind?",
    "alternatives": "Which other treatments exist instead of IVIG?",
    "uses_overview": "Which blood disorders is IVIG given for?",
    "use_itp": "Why do people with ITP get IVIG?",
    "use_aiha": "Is IVIG used in autoimmune hemolytic anemia?",
    "use_hdfn": "How does IVIG help a newborn with Rh disease?",
    "use_transplant": "Why would someone get IVIG after a stem cell transplant?",
    "use_other": "Is it used for post-transfusion purpura?",
    "evidence": "How strong is the scientific evidence behind IVIG?",
    "who_should_consider": "Who is a good candidate for IVIG and who is not?",
    "pregnancy_breastfeeding": "Is IVIG safe in pregnancy and while breastfeeding?",
    "children_newborns": "Is IVIG different for children than for grown-ups?",
    "how_fast": "How quickly does IVIG start working?",
    "how_long_it_lasts": "How many weeks does the effect of one IVIG treatment last?",
    "how_we_know_it_worked": "How will the doctors know that IVIG has worked?",
    "if_it_does_not_work": "What happens next if IVIG does not work?",
    "is_it_a_cure": "Is IVIG a permanent cure?",
    "dosing_general": "How do doctors work out the IVIG dose?",
    "how_often": "How often do people need IVIG infusions?",
    "infusion_day": "What happens step by step on the day of the infusion?",
    "infusion_length": "How many hours will the infusion run?",
    "prepare": "How should I get ready the day before my infusion?",
    "premedication": "Why am I given Tylenol and Benadryl before the infusion?",
    "hydration": "How much water should I drink around the infusion?",
    "after_infusion": "Can I drive and go to work after the infusion?",
    "home_infusion": "Could a nurse give me IVIG at home?",
    "missed_infusion": "What happens when somebody misses an infusion date?",
    "side_effects_common": "What are the usual side effects of IVIG?",
    "side_effects_serious": "What are the rare but dangerous side effects of IVIG?",
    "headache": "Why do so many people get headaches from IVIG?",
    "kidney_risk": "Can IVIG damage the kidneys?",
    "clot_risk": "Does IVIG raise the risk of blood clots?",
    "aseptic_meningitis": "What is aseptic meningitis after IVIG?",
    "hemolysis": "What is hemolysis after IVIG, and how do red cells break down?",
    "allergic_reaction": "Can people be allergic to IVIG because of IgA?",
    "infection_risk": "Could I catch HIV or hepatitis from IVIG?",
    "when_to_call": "Which symptoms mean I have to phone the clinic?",
    "long_term": "What does getting IVIG for many years do to a person?",
    "cost_insurance": "What does IVIG cost and will insurance cover it?",
    "supply": "Why is there a shortage of IVIG?",
    "vaccines": "How long must vaccines wait after IVIG?",
    "other_medicines": "Does IVIG interact with other medicines, such as blood thinners?",
    "lifestyle": "Can I drink alcohol and do sport while on IVIG?",
    "diabetes_blood_sugar": "Does IVIG mess with my glucose meter readings?",
    "lab_tests": "Which blood tests does IVIG change?",
    "questions_for_doctor": "What questions should I ask my doctor about IVIG?",
}


@pytest.mark.parametrize("topic", SENTENCES)
def test_clear_question_is_answered(ask, topic):
    line = ask(SENTENCES[topic])
    assert line["topic"] == topic and line["options"] == []
    assert line["replies"][0]["content"].rsplit("/", 1)[-1] == topic


def test_every_answer_has_a_sentence(library):
    """Declines are talked about elsewhere; this is the list of what can be asked."""
    answers = {item.name for item in library.items.values() if item.id.startswith("answers/") and not item.id.startswith("answers/declines/")}
    assert answers == set(SENTENCES)
