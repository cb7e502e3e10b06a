"""What holds for every messaging app: who may send, what is answered once, in which order, and what is kept."""

from __future__ import annotations

import asyncio
import time

import payloads
import pytest
import stand_ins
from clinic_server import ANSWER
from waiting import eventually

from bot.channels.metrics import REGISTRY
from bot.library.speaking import Speaker

SAFETY = {**ANSWER, "text": "**Call your care team now: 555-0100.**\n\nSay: I had IVIG.", "content": "safety/urgent", "kind": "safety", "tier": "urgent"}
STIFF_NECK = "my neck is so stiff since the drip"


def counted(name: str, **labels) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_message_is_answered(clinic, medium):
    (reply,) = await clinic.write(medium, "how fast does it work")
    assert reply["text"].startswith("It often starts within") and "a few days" in reply["text"]
    assert clinic.platform(medium).refused == []
    assert [(message.text, message.input_channel) for message in clinic.agent.heard] == [("how fast does it work", medium)]


@pytest.mark.parametrize("forge", ["signature", "body", "missing", "letter"])
async def test_forged_delivery_is_refused_and_heard_by_nobody(clinic, medium, forge):
    path, headers, body = payloads.WRITE[medium]("hello")
    name = next(header for header in headers if "signature" in header.lower() and "timestamp" not in header.lower() or "secret" in header.lower())
    if forge == "signature":
        headers[name] = headers[name][:-1] + ("A" if headers[name][-1] != "A" else "B")
    elif forge == "letter":
        headers[name] = "é" + headers[name]
    elif forge == "missing":
        del headers[name]
    elif medium == "telegram":
        pytest.skip("Telegram's secret does not cover the body")
    else:
        body += b" " if medium in ("messenger", "slack") else b"&Extra=1"
    before = counted("ivy_set_aside_total", channel="twilio" if medium in ("sms", "whatsapp") else medium, why="forged")
    assert (await clinic.post(path, headers, body))[0] == 403
    await clinic.settled()
    assert clinic.agent.heard == [] and clinic.platform(medium).asked == []
    assert counted("ivy_set_aside_total", channel="twilio" if medium in ("sms", "whatsapp") else medium, why="forged") == before + 1


async def test_delivery_that_is_repeated_is_answered_once(clinic, medium):
    request = payloads.WRITE[medium]("hello")
    for _ in range(3):
        assert (await clinic.post(*request))[0] == 200
    await clinic.settled()
    assert len(clinic.platform(medium).sent) == len(clinic.agent.heard) == 1


async def test_same_words_twice_are_two_messages(clinic, medium):
    assert await clinic.write(medium, "hello") and await clinic.write(medium, "hello")


async def test_platform_is_answered_before_the_patient(clinic, medium):
    """Platforms give up after 10 seconds, Slack after 3, and send again."""
    gate = asyncio.Event()
    clinic.agent.before = lambda message: gate.wait()
    began = time.monotonic()
    assert (await clinic.post(*payloads.WRITE[medium]("hello")))[0] == 200
    assert time.monotonic() - began < 3 and clinic.platform(medium).sent == []
    gate.set()
    await clinic.settled()
    assert len(clinic.platform(medium).sent) == 1


async def test_messages_of_one_person_are_answered_in_order(clinic, medium):
    slow = iter([0.1, 0.0, 0.05])

    async def turn(message):
        await asyncio.sleep(next(slow))
        clinic.agent.says = [{**ANSWER, "text": f"You wrote {message.text}."}]

    clinic.agent.before = turn
    for text in ("one thing", "another thing", "a third"):
        await clinic.post(*payloads.WRITE[medium](text))
    await clinic.settled()
    assert [sent["text"].split(".")[0] for sent in clinic.platform(medium).sent] == ["You wrote one thing", "You wrote another thing", "You wrote a third"]


async def test_person_who_waits_holds_up_nobody_else(clinic, medium):
    gate = asyncio.Event()

    async def turn(message):
        if message.text == "slow":
            await gate.wait()

    clinic.agent.before = turn
    await clinic.post(*payloads.WRITE[medium]("slow", 1))
    await clinic.post(*payloads.WRITE[medium]("quick", 2))
    await asyncio.to_thread(eventually, lambda: clinic.platform(medium).sent)
    assert len(clinic.platform(medium).sent) == 1
    gate.set()
    await clinic.settled()
    assert len(clinic.platform(medium).sent) == 2


async def test_person_is_one_conversation_that_leads_back_to_nobody(clinic, medium):
    await clinic.write(medium, "hello", 1)
    await clinic.write(medium, "hello again", 1)
    await clinic.write(medium, "hello", 2)
    first, again, other = [message.sender_id for message in clinic.agent.heard]
    assert first == again != other and first.startswith(medium + "-") and len(first) == len(medium) + 33
    for message in clinic.agent.heard:
        known = f"{message.sender_id} {message.message_id} {message.metadata}"
        assert not any(trace in known for trace in (payloads.NAME, "1500555", "1001", "2001", "U1", "T061EG9R6"))


async def test_another_secret_makes_other_names():
    from bot.channels.identity import Pseudonyms

    assert Pseudonyms("a").conversation("sms", payloads.PHONE) != Pseudonyms("b").conversation("sms", payloads.PHONE) != Pseudonyms("b").conversation("whatsapp", payloads.PHONE)


async def test_agent_that_fails_is_no_silence(clinic, medium):
    async def broken(_):
        raise RuntimeError(f"the words {STIFF_NECK}")

    clinic.agent.before = broken
    (reply,) = await clinic.write(medium, "hello")
    assert "I can't answer right now" in reply["text"] and "911" in reply["text"]


async def test_safety_message_passes_an_answer_that_still_waits(clinic, medium):
    platform = clinic.platform(medium)
    platform.troubles.extend([("429", 0.3)] * 4)  # long enough for the second message to come meanwhile
    clinic.agent.says = [{**ANSWER, "text": "First part."}, {**ANSWER, "text": "Second part."}]
    await clinic.post(*payloads.WRITE[medium]("how fast"))
    while not platform.asked:  # it asks for time before it takes the first part
        await asyncio.sleep(0.01)
    clinic.agent.says = [{**ANSWER, "text": "Answer."}, SAFETY]
    await clinic.write(medium, STIFF_NECK)
    assert [sent["text"].strip("*")[:4] for sent in platform.sent] == ["Firs", "Call", "Seco", "Answ"]


async def test_trouble_of_the_platform_delays_only(clinic, medium):
    clinic.platform(medium).troubles.extend([500, "hang", ("429", 0.1)])
    assert len(await clinic.write(medium, "hello")) == 1


async def test_what_cannot_be_delivered_is_logged_by_id_and_counted(clinic, medium, caplog):
    before = counted("ivy_undelivered_total", channel=medium, why="unreachable")
    clinic.platform(medium).troubles.extend([500] * 50)
    assert await clinic.write(medium, f"hello from {payloads.NAME}") == []
    assert counted("ivy_undelivered_total", channel=medium, why="unreachable") == before + 1
    (message,) = clinic.agent.heard
    assert message.message_id in caplog.text
    assert not any(trace in caplog.text for trace in (payloads.NAME, stand_ins.TOKEN, "1500555", message.sender_id))


async def test_too_many_messages_are_told_once_and_a_warning_sign_is_still_heard(clinic, medium):
    channel = clinic.channels["twilio" if medium in ("sms", "whatsapp") else medium]
    channel._rate._here.most = 2
    for _ in range(2):
        await clinic.write(medium, "hello")
    (told,) = await clinic.write(medium, "hello?")
    assert "Many messages came at once" in told["text"]
    assert await clinic.write(medium, "hello??") == []
    clinic.agent.says = [SAFETY]
    (alarm,) = await clinic.write(medium, STIFF_NECK)
    assert alarm["text"].strip("*").startswith("Call your care team now")


async def test_draft_label_and_sources_go_with_an_answer(clinic, medium):
    clinic.agent.says = [{**ANSWER, "label": "Draft: not yet reviewed by a clinician.", "sources": ["robak", "tiki", "ash19"]}]
    (reply,) = await clinic.write(medium, "hello")
    assert reply["text"].endswith("Draft: not yet reviewed by a clinician. Sources: Hematology (journal); Blood (journal), and 1 more.")


async def test_long_typed_text_reaches_the_guard_whole(clinic, medium):
    """It searches all of it for warning signs."""
    await clinic.write(medium, "hello there . " * 300 + STIFF_NECK)
    assert clinic.agent.heard[0].text.endswith(STIFF_NECK)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"text"', b"{", b"[" * 100_000, b"\xff\xfe", b"{}", b"payload=%7B", b"payload=null", b"&" * 500])
async def test_rubbish_from_the_platform_itself_is_taken_without_a_reply(clinic, medium, body):
    """Another answer than 200 would have it sent again and again."""
    sign = {"telegram": lambda: (payloads.WRITE["telegram"]("x")[0], payloads.WRITE["telegram"]("x")[1], body), "messenger": lambda: payloads.messenger({}, raw=body),
            "slack": lambda: payloads.slack(body), "sms": lambda: payloads.twilio({}), "whatsapp": lambda: payloads.twilio({"To": "whatsapp:+1"})}
    assert (await clinic.post(*sign[medium]()))[0] == 200
    await clinic.settled()
    assert clinic.agent.heard == []


async def test_body_of_a_size_that_no_platform_sends_is_refused(clinic, medium):
    path, headers, _ = payloads.WRITE[medium]("x")
    assert (await clinic.post(path, headers, b"x" * 200_000))[0] == 413


async def test_webhook_is_only_posted_to(clinic, medium):
    path, _, _ = payloads.WRITE[medium]("x")
    assert (await clinic.get(path, {}))[0] in (403, 405)


async def test_stranger_is_told_first_what_ivy_is_and_what_is_kept(clinic, medium):
    clinic.greet(True)
    first, reply = await clinic.write(medium, "how fast does it work")
    assert "I am a computer program" in first["text"] and 'type "forget me"' in first["text"] and reply["text"].startswith("It often starts")


async def test_stranger_with_a_warning_sign_is_told_nothing_before_it(clinic, medium):
    clinic.greet(True)
    clinic.agent.says = [SAFETY]
    (alarm,) = await clinic.write(medium, STIFF_NECK)
    assert alarm["text"].strip("*").startswith("Call your care team now")


async def test_line_that_fails_does_not_silence_what_it_goes_with(clinic, medium, monkeypatch):
    """A broken template in content/voice, for example."""
    def broken(*_args, **_more):
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(Speaker, "voice", broken)
    clinic.greet(True)
    clinic.agent.says = [{**SAFETY, "buttons": [{"id": "how_fast", "title": "How fast does it start to work?"}]}, ANSWER]
    alarm, answer = await clinic.write(medium, STIFF_NECK)
    assert alarm["text"].strip("*").startswith("Call your care team now") and answer["text"].startswith("It often starts")


@pytest.mark.parametrize("text", ["/restart", "\x00", "{{ clinic.phone }}", "<b>", "👍", "/ask_how_fast{\"slot\": 1}"])
async def test_any_text_is_answered(clinic, medium, text):
    assert await clinic.write(medium, text)


@pytest.mark.parametrize("medium", ["telegram", "messenger", "slack"])
async def test_half_a_character_is_answered(clinic, medium):
    """As a client sends it that cuts a text in the middle of an emoji."""
    assert await clinic.write(medium, "is it safe \ud83d")
