"""Two real Ivys behind nginx: a conversation goes on wherever it is sent, and breaking one of them costs nobody an answer."""

from __future__ import annotations

import asyncio
import signal
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import sqlalchemy as sa
from waiting import eventually

from bot.bench.drills import disk_full, drill, everything_down, postgres_down, redis_down
from bot.bench.patients import Sentences, conversation_of, record_id, recorded
from bot.bench.topology import Replica
from bot.rasa.ports import port_is_free
from bot.sharing import Sharing

CHECK = "my neck is a bit sore, must be that pillow"
QUESTION = "out of curiosity, which part of donated blood ends up in IVIG"
STIFF_NECK = "my neck is so stiff I cannot look down since the drip"
CANARY = "my neighbour Quillfeather hums while the drip runs"


@pytest.fixture
def talk(topology):
    """Posts to one of the Ivys, or to the front."""
    def _talk(where, path, **body) -> dict:
        url = topology.front.url if where == "front" else topology.replicas[where].url
        session = body.get("session", "")
        return requests.post(f"{url}/api/{path}", json=body, headers={"Ivy-Conversation": session.split(".")[0]}, timeout=20).json()

    return _talk


@pytest.fixture
def session(talk):
    return talk("front", "session")["session"]


def said(answer: dict) -> list[str]:
    return [reply["content"] for reply in answer["replies"]]


def lines(talk, session) -> list[str]:
    """The conversation as it stands in the database: words, and what they got."""
    return [line.get("you") or line["ivy"]["content"] for line in talk("front", "history", session=session)["history"]]


def say(talk, where, session, text, message=None) -> list[str]:
    return said(talk(where, "message", session=session, id=message or uuid.uuid4().hex, text=text))


def whole(replica) -> bool:
    parts = requests.get(f"{replica.url}/ready", timeout=10).json()
    return parts["ready"] and parts["shared"] == parts["conversations"] == parts["records"] == {"ready": True}


def test_each_ivy_is_ready_and_names_its_parts(topology):
    eventually(lambda: all(map(whole, topology.replicas)))


def test_question_that_one_ivy_asked_is_answered_to_the_other(talk, session):
    assert say(talk, 0, session, CHECK)[-1] == "safety/check"
    (reply,) = talk(1, "message", session=session, id=uuid.uuid4().hex, button="check_yes")["replies"]
    assert reply["kind"] == "safety" and reply["tier"] == "urgent"


def test_same_message_sent_to_both_is_answered_once(talk, session):
    message = uuid.uuid4().hex
    with ThreadPoolExecutor() as both:
        first, second = both.map(lambda where: say(talk, where, session, QUESTION, message), (0, 1))
    assert first == second and lines(talk, session) == [QUESTION, *first]


def test_retry_at_the_other_ivy_gets_the_first_answer(talk, session):
    message = uuid.uuid4().hex
    assert say(talk, 0, session, QUESTION, message) == say(talk, 1, session, QUESTION, message)
    assert lines(talk, session).count(QUESTION) == 1


def test_two_messages_sent_to_two_ivys_at_once_are_answered_once_each_and_one_after_the_other(talk, session):
    texts = (QUESTION, "can I travel by train between two infusions")
    with ThreadPoolExecutor() as both:
        first, second = both.map(lambda where: [texts[where], *say(talk, where, session, texts[where])], (0, 1))
    assert lines(talk, session) in (first + second, second + first)


def test_alert_sent_to_both_is_recorded_once(talk, session, topology):
    records, message = topology.postgres.address("records"), uuid.uuid4().hex
    topology.record_all()  # of the tests before
    before = recorded(records)
    with ThreadPoolExecutor() as both:
        list(both.map(lambda where: say(talk, where, session, STIFF_NECK, message), (0, 1)))
    eventually(lambda: recorded(records) != before)
    topology.record_all()
    assert recorded(records) - before == {record_id(session, message)}


def test_conversation_forgotten_at_one_ivy_is_unknown_to_the_other(talk, session):
    say(talk, 0, session, QUESTION)
    talk(1, "forget", session=session)
    assert talk(0, "history", session=session)["history"] == []


def test_limit_of_a_conversation_is_one_for_both(talk, session):
    """Thirty a minute; asked for with what costs little, the same message again."""
    message = uuid.uuid4().hex
    while time.time() % 60 > 40:
        time.sleep(0.5)  # the shared minute is the clock's
    answers = [say(talk, number % 2, session, QUESTION, message) for number in range(32)]
    assert ["voice/too_fast"] in answers


# ---- outages ----

def answered(talk, where, session, text) -> tuple[list[str], float]:
    began = time.monotonic()
    return say(talk, where, session, text), time.monotonic() - began


@pytest.mark.parametrize("outage", [postgres_down, redis_down, disk_full], ids=lambda outage: outage.__name__)
def test_warning_sign_gets_its_message_in_an_outage_and_service_comes_back(topology, talk, session, outage):
    say(talk, 0, session, QUESTION)
    with outage(topology):
        for where in (0, 1):
            contents, seconds = answered(talk, where, talk(where, "session")["session"], STIFF_NECK)
            assert contents[0].startswith("safety/") and seconds < 3
            assert answered(talk, where, session, QUESTION)[0]
    for replica in topology.replicas:
        replica.ready()
    eventually(lambda: say(talk, 1, session, QUESTION)[0].startswith("answers/"))  # a turn of the outage may have the conversation still
    assert lines(talk, session)[0] == QUESTION, "what was said before the outage is remembered"


def shares(replica) -> bool:
    """Whether an Ivy asks Redis again; after an outage it leaves it alone for two seconds."""
    return requests.get(f"{replica.url}/ready", timeout=10).json()["shared"]["ready"]


def test_check_is_remembered_by_the_other_ivy_while_the_database_is_away(topology, talk, session):
    eventually(lambda: all(map(shares, topology.replicas)))
    with postgres_down(topology):
        assert say(talk, 0, session, CHECK)[-1] == "safety/check"
        (reply,) = talk(1, "message", session=session, id=uuid.uuid4().hex, button="check_yes")["replies"]
    assert reply["kind"] == "safety"
    for replica in topology.replicas:
        replica.ready()


@pytest.mark.timeout(900)  # four starts of an Ivy, one after the other
@pytest.mark.parametrize("name", ["kill -9 of a replica", "SIGTERM of a replica", "release swapped"])
def test_patients_who_talk_while_ivys_go_and_come_are_all_answered(topology, name):
    result = asyncio.run(drill(topology, name, 5, Sentences.read(), patients=3))
    assert result.fates.sent >= 10 and result.fates.counts["unanswered"] == 0 and result.fates.warnings and result.fates.unsafe == []
    assert (result.lost, result.doubled) == (0, 0)


def has_a_message_in_hand(replica) -> bool:
    return "ivy_messages_in_hand 1.0" in requests.get(f"{replica.url}/metrics", timeout=10).text


async def test_ivy_that_is_told_to_stop_finishes_the_message_in_hand(topology, talk, session):
    replica, link = topology.replicas[0], Sharing(topology.redis.url, topology.environment["IVY_SECRET"])
    await asyncio.to_thread(eventually, lambda: shares(replica))
    async with link.lock(f"turn {conversation_of(session)}", 20):  # the message waits for it
        in_hand = asyncio.ensure_future(asyncio.to_thread(say, talk, 0, session, QUESTION))
        await asyncio.to_thread(eventually, lambda: has_a_message_in_hand(replica))
        replica.tell(signal.SIGTERM)
    assert (await in_hand)[0].startswith("answers/")
    assert replica.wait() == 0
    replica.start().ready()


def test_patient_gets_the_numbers_while_no_ivy_is_left(topology, talk, library):
    with everything_down(topology):
        answer = talk("front", "message", session="x", id="1", text=STIFF_NECK)
        assert said(answer) == ["page/outage"] and library.clinic.emergency_number in answer["replies"][0]["text"]
        eventually(lambda: all(port_is_free(replica.action_port) for replica in topology.replicas))  # an action server ends a moment after its Ivy
    assert said(talk("front", "session")) == ["voice/start"]


def database_gives_up(topology, words: str) -> None:
    """A statement with a patient's words in it takes too long, as in a database that has too much to do."""
    engine = sa.create_engine(topology.postgres.address("conversations"), connect_args={"options": "-c statement_timeout=100"})
    with pytest.raises(sa.exc.OperationalError), engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_sleep(5), :words"), {"words": words})
    engine.dispose()


def test_nothing_a_patient_typed_is_in_any_log(topology, talk, session):
    say(talk, 0, session, CANARY)
    with redis_down(topology):
        say(talk, 1, session, CANARY)
    with postgres_down(topology):
        say(talk, 1, session, CANARY)
    for replica in topology.replicas:
        replica.ready()
    database_gives_up(topology, CANARY)
    logs = [path.read_text(errors="replace") for path in topology.logs()]
    assert len(logs) >= 6 and "canceling statement" in "".join(logs) and not any(word in text for text in logs for word in ("Quillfeather", "hums while", session.split(".")[0]))


# ---- the start ----

def test_ivy_whose_redis_is_down_ends_its_start_with_one_sentence(topology):
    ivy = Replica("alone", {**topology.environment, "IVY_REDIS": "redis://:hush@127.0.0.1:9/0"}).start()
    try:
        assert ivy.wait() == 2 and "correct IVY_REDIS" in ivy.log() and "hush" not in ivy.log() and "Traceback" not in ivy.log()
    finally:
        ivy.remove()
