"""Here and now, in a real person? What a denial reaches, what is past, whose it is, what is only asked.

By the rules alone: without the detector a question asks back where with it Ivy may simply answer."""

from __future__ import annotations

import pytest


def statuses(triage, text: str) -> dict:
    return {finding.sign: finding.status for finding in triage.verdict(text).findings}


def outcomes(triage, text: str) -> dict:
    return {finding.sign: finding.outcome for finding in triage.verdict(text).findings}


@pytest.mark.parametrize("text, sign", [
    ("no fever", "fever"),
    ("i dont have a fever", "fever"),
    ("I DONT HAVE A FEVER", "fever"),
    ("without any chills", "chills"),
    ("denies chest pain", "chest_pain"),
    ("fever: none", "fever"),
    ("he never had a seizure", "seizure"),
    ("fever no", "fever"),
])
def test_denied_sign_is_not_escalated(triage, text, sign):
    verdict = triage.verdict(text)
    assert statuses(triage, text)[sign] == "denied" and not verdict.acts and verdict.note


@pytest.mark.parametrize("text", ["no fever or chills", "no fever, rash or chills", "no fever, no shivers"])
def test_denial_over_a_list_reaches_every_item(triage, text):
    assert set(statuses(triage, text).values()) == {"denied"}


@pytest.mark.parametrize("text, sign", [
    ("no sex drive, chills", "chills"),
    ("no, chest pain started today", "chest_pain"),
    ("no fever but chest pain", "chest_pain"),
    ("no fever. chest pain though", "chest_pain"),
    ("i have no energy and a fever", "fever"),
    ("it is not just a headache, my neck is rigid", "stiff_neck"),
    ("no doubt about it, chest pain", "chest_pain"),
])
def test_denial_does_not_reach_beyond_what_it_denies(triage, text, sign):
    assert outcomes(triage, text)[sign] == "alert"


def test_list_without_or_is_asked(triage):
    """ "no fever, chills": nobody can tell whether the chills are denied. """
    assert outcomes(triage, "no fever, chills")["chills"] in ("check", "alert")


def test_not_just_denies_nothing(triage):
    assert "denied" not in statuses(triage, "not just a headache").values()


@pytest.mark.parametrize("text", ["never had chest pain like this", "ive never had chest pain this bad"])
def test_never_like_this_is_a_report(triage, text):
    assert triage.verdict(text).tier == "emergency"


@pytest.mark.parametrize("text", ["cant breathe", "he can not breathe", "the bleeding will not stop", "my chest pain has not gone away"])
def test_not_that_belongs_to_the_sign_is_no_denial(triage, text):
    assert triage.verdict(text).tier == "emergency"


@pytest.mark.parametrize("text", ["had a seizure years ago", "chest pain in 2017", "i had chills last spring", "history of seizures"])
def test_long_past_is_not_escalated(triage, text):
    assert set(statuses(triage, text).values()) == {"past"} and not triage.verdict(text).acts


@pytest.mark.parametrize("text", ["chills since 2019", "had a seizure years ago and again today"])
def test_past_that_goes_on_is_escalated(triage, text):
    assert triage.verdict(text).tier in ("urgent", "emergency")


def test_what_went_away_is_over(triage):
    assert statuses(triage, "my fever is gone") == {"fever": "past"}


@pytest.mark.parametrize("text", ["my chest pain is gone", "i fainted, better now", "the seizure stopped by itself"])
def test_some_signs_stay_an_alarm_after_they_passed(triage, text):
    assert triage.verdict(text).tier == "emergency"


@pytest.mark.parametrize("text", ["my neighbour has a fever", "a man in a movie had a seizure", "on the news somebody fainted"])
def test_stranger_is_not_escalated(triage, text):
    assert "stranger" in statuses(triage, text).values() and not triage.verdict(text).acts


@pytest.mark.parametrize("text", ["my sister has a fever", "my friend fainted", "my cousin has chest pain"])
def test_unclear_whose_it_is_asks(triage, text):
    assert triage.verdict(text).check


@pytest.mark.parametrize("text", ["my daughter has a fever", "my husband has chills", "our baby has a fever"])
def test_one_in_the_writers_care_counts_as_the_patient(triage, text):
    verdict = triage.verdict(text)
    assert verdict.tier in ("urgent", "emergency") and verdict.other


@pytest.mark.parametrize("text, status", [
    ("can it cause a stiff neck?", "education"),
    ("tell me about the risk of seizures", "education"),
    ("is a stiff neck common?", "question"),
    ("is a stiff neck normal?", "own_question"),
    ("what if i get a fever", "hypothetical"),
    ("i am worried i might get chest pain", "hypothetical"),
    ("why is my neck stiff?", "own_question"),
])
def test_question_by_rules_alone_asks_back(triage, text, status):
    assert status in statuses(triage, text).values() and triage.verdict(text).check


@pytest.mark.parametrize("text", ["is getting worse, chest pain", "can barely breathe", "does not stop, the bleeding"])
def test_statement_that_starts_like_a_question_is_a_report(triage, text):
    assert triage.verdict(text).tier == "emergency"


def test_reasons_name_the_words_that_decided(triage):
    (finding,) = triage.verdict("no fever").findings
    assert "no" in finding.why and finding.words == "fever"


@pytest.mark.parametrize("text, sign", [
    ("does the drip have to be kept cold? i ask cause the box is warm, and also my neck has gone stiff", "stiff_neck"),
    ("when is my next appointment and also i cant see out of my left eye", "sight_loss"),
    ("what if my plan does not pay, plus i have a fever of 39", "fever"),
    ("my pregnancy is high risk, now i am bleeding heavily", "bleeding_heavy"),
])
def test_a_question_does_not_reach_what_is_said_after_it(triage, text, sign):
    assert outcomes(triage, text)[sign] == "alert"


@pytest.mark.parametrize("text", ["can it cause my neck to go stiff", "what if i get a fever and a stiff neck", "how common are a fever and chills"])
def test_a_question_reaches_a_list_of_its_own(triage, text):
    assert "alert" not in outcomes(triage, text).values()


def test_the_time_of_something_else_does_not_date_a_sign(triage):
    assert outcomes(triage, "fever of 39, i had my transplant eight weeks ago")["fever"] == "alert"


def test_somebody_on_my_chest_is_me(triage):
    assert statuses(triage, "it is like somebody is sitting on my chest")["chest_pain"] == "current"


@pytest.mark.parametrize("text", ["his skin is pink, not yellow", "the bruise is old, never new ones"])
def test_a_denial_after_a_comma_denies_the_word_it_stands_before(triage, text):
    assert "alert" not in outcomes(triage, text).values()


def test_like_never_before_is_no_denial(triage):
    assert triage.verdict("suddenly my head hurts like never in all my years").acts


@pytest.mark.parametrize("text", ["my husband hits me when the nurse is gone", "heart racing, it has not settled", "my headache is worse than last time", "the toilet looks as if somebody poured cola in, every time i pee"])
def test_words_of_an_end_a_past_or_a_stranger_that_tell_of_something_else(triage, text):
    assert triage.verdict(text).tier in ("urgent", "emergency")


@pytest.mark.parametrize("text", ["my first bag gave me a bad headache, that was two years ago", "in 2019 i had a stiff neck and it never came back", "i had a killer headache last time"])
def test_dated_sign_is_past(triage, text):
    assert set(statuses(triage, text).values()) == {"past"}


@pytest.mark.parametrize("text", ["what would happen if i fainted", "if chills came on would you slow it", "could i get yellow skin one day"])
def test_imagined_sign_is_hypothetical(triage, text):
    assert "hypothetical" in statuses(triage, text).values()


def test_asking_how_to_die_is_never_a_mere_question(triage):
    assert triage.verdict("how many of those pills till you dont wake up?").check


def test_who_may_never_have_it_again_had_it_then(triage):
    assert statuses(triage, "I got hives with it in 2019, does that mean I can never have it again?")["rash_hives"] == "past"


@pytest.mark.parametrize("text, sign", [("hives as in 2019 again", "rash_hives"), ("I fainted in 2022, never since, fainted again", "fainting"), ("Never mind. Fainted again, last year it happened once", "fainting")])
def test_what_is_there_again_is_not_past(triage, text, sign):
    assert statuses(triage, text)[sign] != "past"


def test_is_it_supposed_to_is_asked_of_ones_own_body(triage):
    assert statuses(triage, "is it supposed to make your lips tingle and feel fat") == {"throat_face_swelling": "own_question"}


@pytest.mark.parametrize("text", [
    "blacked out in lidl, came to with some lady holding my feet up",
    "fainted at the tram stop, a man caught me",
    "had chest pain on the bus, a woman gave me aspirin",
    "I'm a bloke so it's no period, but I have chest pain",
])
def test_stranger_who_stands_by_or_that_the_writer_is_takes_no_sign_away(triage, text):
    assert set(statuses(triage, text).values()) == {"current"}


@pytest.mark.parametrize("text", ["seizure on tv scared me", "fainted in the film last night, i laughed", "some lady fainted next to my chair", "a man in the queue had a seizure, should i be scared of this stuff"])
def test_stranger_who_had_it_is_one(triage, text):
    assert "stranger" in statuses(triage, text).values()


@pytest.mark.parametrize("text", ["I had convulsions as a child, I'm thirty four now", "he had seizures as a kid and he is 52 now"])
def test_age_of_today_makes_no_childhood_illness_one_of_today(triage, text):
    assert statuses(triage, text)["seizure"] == "past"


@pytest.mark.parametrize("text, sign", [("had a fever as a baby and she's 39 now", "fever"), ("i had seizures as a kid and now i have them again", "seizure"), ("nosebleeds when i was 9, two now", "nose_gum_bleed")])
def test_number_before_now_that_is_no_age_takes_no_sign_away(triage, text, sign):
    assert statuses(triage, text)[sign] != "past"


@pytest.mark.parametrize("text, sign", [("itp as a child, nose pouring blood", "bleeding_heavy"), ("chest pain, heart murmur as a child", "chest_pain")])
def test_childhood_of_another_illness_dates_no_sign(triage, text, sign):
    assert statuses(triage, text)[sign] == "current"


@pytest.mark.parametrize("text", [
    "before ivig i used to have nosebleeds, bruises and black stools", "As a child, I had seizures", "I had seizures, nosebleeds and hives as a child", "my son had seizures, as a toddler he was on keppra",
])
def test_all_that_the_writer_used_to_have_is_past(triage, text):
    assert set(statuses(triage, text).values()) == {"past"}


@pytest.mark.parametrize("text, sign", [
    ("I used to be fit, my chest hurts badly", "chest_pain"),
    ("i used to see fine, suddenly i am blind in one eye", "sight_loss"),
    ("i used to get migraines, this one is a thunderclap, worst headache of my life", "thunderclap_headache"),
])
def test_what_the_writer_used_to_be_does_not_reach_beyond_another_subject(triage, text, sign):
    assert statuses(triage, text)[sign] == "current"


def test_what_the_writer_used_to_do_dates_no_sign(triage):
    assert statuses(triage, "it hurts where a rider would feel it (I used to ride, so I know), with pain from the spine down")["back_pain"] == "current"


def test_what_is_denied_raises_no_tier(triage):
    denied, not_denied = ("no clots", "no big clots", "without any clots, flows ok"), ("clots too", "no clots yesterday but today yes", "no pain just clots", "never had such clots", "no clots at first, now big ones")
    tiers = [triage.verdict(f"peeing blood, {text}").tier for text in (*denied, *not_denied)]
    assert tiers == len(denied) * ["urgent"] + len(not_denied) * ["emergency"]


def test_imagining_ones_death_is_never_mere_imagination(triage):
    verdict = triage.verdict("what if i just stepped in front of the bus")
    assert verdict.check and verdict.suspected == "emergency"


@pytest.mark.parametrize("text", ["late today because a kid stepped in front of the bus", "the nurse stepped in front of the bus to stop it for me lol", "are there steps in front of the metro entrance"])
def test_step_in_front_of_a_bus_that_nobody_thought_of_is_no_sign(triage, text):
    assert not triage.verdict(text).acts


@pytest.mark.parametrize("text, sign", [
    ("never bled so much with a period", "heavy_period"), ("i never had such a headache", "mild_headache"),
    ("cant get to the end of a sentence without stopping for air", "breathing"), ("her eyes have puffed shut and her voice is gone all tight", "swelling_weight"),
    ("last time i paid 14 euro, also had a right tightness across the breastbone", "chest_pain"), ("urine is pink, platelet 25 last time", "blood_urine"),
    ("it burns when i pee, had my transplant in march", "infection"), ("the chills keep coming back in waves", "chills"),
    ("platelets were 9 in march, nose pouring blood", "bleeding_heavy"), ("in the past two hours his speech got slurred", "stroke"), ("for the first time i passed out", "fainting"),
    ("previously healthy, confused since noon", "confusion"), ("chest pain back in my left side", "chest_pain"), ("my leg is numb and no longer moves", "leg_weakness"),
    ("my neck is stiff. the headache is gone", "stiff_neck"), ("a complete change in character in grandpa, he is confused", "confusion"),
])
def test_words_of_denial_or_past_that_belong_to_something_else_take_no_sign_away(triage, text, sign):
    assert statuses(triage, text)[sign] == "current"


@pytest.mark.parametrize("text", ["had a fever of 39 last time", "chest pain in march", "i had a seizure after my transplant in 2017", "back in the day i had chills", "never had a seizure in march or april",
                                  "chest pain, 3 years ago", "years ago i had a clot and also chest pain", "blood in my urine, after surgery last year", "chest pain, during my infusion last year",
                                  "i never have chest pain, such a relief", "chills in the past years", "my neck was stiff. it is gone now"])
def test_past_is_still_past(triage, text):
    assert not any(finding.status == "current" for finding in triage.verdict(text).findings)


@pytest.mark.parametrize("text", ["my wife fainted last year and i want to kill myself", "i read about this in the leaflet and i want to kill myself", "when i was diagnosed my life ended and i want to die",
                                  "reddit says it is safe and honestly i would be better off dead"])
def test_thoughts_of_dying_beside_what_is_past_or_read_are_asked_about(triage, text):
    assert triage.verdict(text).check or triage.verdict(text).tier == "emergency"


@pytest.mark.parametrize("text", ["a man at the bus stop called the ambulance because i could not speak", "in the facebook group they told me to call about my stiff neck"])
def test_stranger_who_sees_it_in_the_writer_takes_nothing_away(triage, text):
    assert triage.verdict(text).check


def test_half_an_emoji_is_read(triage):
    assert triage.verdict("\ud83d chest pain").acts
