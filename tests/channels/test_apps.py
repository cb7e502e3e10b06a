"""What is special in each app: its kinds of messages, its handshakes, its buttons, its windows."""

from __future__ import annotations

import json
import time

import aiogram.types
import payloads
import pytest
from clinic_server import ANSWER
from payloads import (HANDSHAKE, fresh, messenger, messenger_event, messenger_page, messenger_text, slack, slack_event, slack_press, telegram, telegram_message, telegram_press, twilio,
                      twilio_form)
from test_messaging import SAFETY, STIFF_NECK, counted

NOT_TEXT, EDITED, IN_A_GROUP = "I can only read typed words", "You changed an earlier message", "Others can read along here"
BUTTONS = [{"id": "how_long_it_lasts", "title": "How long does IVIG last?"}, {"id": "check_not_sure", "title": "Not sure"}]
OFFER = {**ANSWER, "buttons": BUTTONS}
PICTURE = [{"file_id": "AgAC", "file_unique_id": "AQ", "width": 90, "height": 90}]


async def said(clinic, app, request) -> list[dict]:
    """What the person gets for a delivery."""
    platform = clinic.platforms[app]
    before = len(platform.sent)
    assert (await clinic.post(*request))[0] == 200
    await clinic.settled()
    assert platform.refused == []
    return platform.sent[before:]


async def heard(clinic, app, request) -> list[tuple]:
    """Which texts and buttons reach the guard for a delivery."""
    await said(clinic, app, request)
    return [(message.text, message.metadata["button"]) for message in clinic.agent.heard]


# ---- kinds of messages ----

KINDS = {
    "telegram sticker": ("telegram", lambda: telegram(telegram_message(sticker={"file_id": "CAAC", "emoji": "👍"})), NOT_TEXT),
    "telegram voice": ("telegram", lambda: telegram(telegram_message(voice={"file_id": "AwAC", "duration": 3})), NOT_TEXT),
    "telegram location": ("telegram", lambda: telegram(telegram_message(location={"longitude": 1.0, "latitude": 2.0})), NOT_TEXT),
    "telegram picture": ("telegram", lambda: telegram(telegram_message(photo=PICTURE)), NOT_TEXT),
    "telegram edit": ("telegram", lambda: telegram(telegram_message("how fast is it", kind="edited_message")), EDITED),
    "telegram group": ("telegram", lambda: telegram(telegram_message("how fast is it", chat={"id": -100, "type": "supergroup", "title": "Family"})), IN_A_GROUP),
    "messenger sticker": ("messenger", lambda: messenger(messenger_page(messenger_event(message={"attachments": [{"type": "image", "payload": {"sticker_id": 369239263222822}}]}))), NOT_TEXT),
    "messenger voice": ("messenger", lambda: messenger(messenger_page(messenger_event(message={"attachments": [{"type": "audio", "payload": {"url": "https://x.example"}}]}))), NOT_TEXT),
    "messenger edit": ("messenger", lambda: messenger(messenger_page(messenger_event(message_edit={"mid": "m_1", "text": "how fast is it", "num_edit": 1}))), EDITED),
    "picture message": ("twilio", lambda: twilio(twilio_form("", NumMedia="1", MediaUrl0="https://api.twilio.com/x", MediaContentType0="image/jpeg")), NOT_TEXT),
    "whatsapp location": ("twilio", lambda: twilio(twilio_form("", whatsapp=True, Latitude="37.7", Longitude="-122.4")), NOT_TEXT),
    "slack file": ("slack", lambda: slack(slack_event(text="", subtype="file_share", files=[{"id": "F1"}])), NOT_TEXT),
    "slack edit": ("slack", lambda: slack(slack_event(subtype="message_changed", text=None, message={"user": "U061F7AUR", "text": "how fast is it"}, previous_message={"text": "how is it"})), EDITED),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_no_new_text_gets_a_kind_sentence_with_the_numbers(clinic, kind):
    app, request, line = KINDS[kind]
    (reply,) = await said(clinic, app, request())
    assert line in reply["text"] and "In an emergency, call" in reply["text"] and clinic.agent.heard == []


@pytest.mark.parametrize("kind", ["telegram edit", "telegram group", "messenger edit", "slack edit"])
async def test_warning_sign_in_an_edit_or_a_group_is_heard(clinic, kind):
    app, request, _ = KINDS[kind]
    path, headers, body = request()
    clinic.agent.says = [SAFETY]
    changed = json.loads(body.decode().replace("how fast is it", STIFF_NECK))
    again = {"telegram": lambda: telegram(changed), "messenger": lambda: messenger(changed), "slack": lambda: slack(changed)}[app]()
    assert [reply["text"].strip("*")[:28] for reply in await said(clinic, app, again)] == ["Call your care team now: 555"]


@pytest.mark.parametrize(("app", "request_"), [
    ("telegram", lambda: telegram(telegram_message(photo=PICTURE, caption="is this a bruise"))),
    ("messenger", lambda: messenger(messenger_text("is this a bruise", attachments=[{"type": "image", "payload": {"url": "https://x.example"}}]))),
    ("twilio", lambda: twilio(twilio_form("is this a bruise", NumMedia="1", MediaUrl0="https://x.example"))),
    ("slack", lambda: slack(slack_event(text="is this a bruise", subtype="file_share", files=[{"id": "F1"}])))], ids=["telegram", "messenger", "twilio", "slack"])
async def test_words_under_a_picture_are_answered_and_the_picture_is_owned_up_to(clinic, app, request_):
    replies = await said(clinic, app, request_())
    assert len(replies) == 2 and "It often starts" in replies[0]["text"] and NOT_TEXT in replies[1]["text"]
    assert clinic.agent.heard[0].text == "is this a bruise"


#: Made when they are sent: Slack's are refused when they are older than five minutes.
QUIET = {
    "telegram": [lambda: telegram({"update_id": fresh(), "my_chat_member": {"chat": {"id": 42}}}), lambda: telegram(telegram_message(pinned_message={"message_id": 1})),
                 lambda: telegram(telegram_message("hi", kind="channel_post")), lambda: telegram(telegram_message(kind="edited_message", location={"longitude": 1.0, "latitude": 2.0})), lambda: telegram({})],
    "messenger": [lambda: messenger(messenger_page(messenger_event(message={"text": "Ivy's words", "is_echo": True, "app_id": 1}))), lambda: messenger(messenger_page(messenger_event(read={"watermark": 1}))),
                  lambda: messenger(messenger_page(messenger_event(delivery={"mids": ["m"], "watermark": 1}))), lambda: messenger(messenger_page(messenger_event(reaction={"mid": "m", "action": "react", "emoji": "x"}))),
                  lambda: messenger({**messenger_text("hi"), "object": "instagram"})],
    "twilio": [lambda: twilio({"MessageSid": "SM1", "MessageStatus": "delivered", "To": payloads.PHONE, "From": "+1"}), lambda: twilio(twilio_form("STOP", OptOutType="STOP"))],
    "slack": [lambda: slack(slack_event(text="Ivy's words", bot_id="B1")), lambda: slack(slack_event(subtype="message_deleted", text=None)), lambda: slack(slack_event(text="hi", channel_type="channel", channel="C1")),
              lambda: slack(slack_event(subtype="message_changed", text=None, message={"user": "U1", "text": "same"}, previous_message={"text": "same"})), lambda: slack(slack_event(type="reaction_added", channel_type=None))],
}


@pytest.mark.parametrize(("app", "request_"), [pytest.param(app, request, id=f"{app} {number}") for app, requests in QUIET.items() for number, request in enumerate(requests)])
async def test_notices_are_not_replied_to(clinic, app, request_):
    assert await said(clinic, app, request_()) == [] and clinic.agent.heard == []


# ---- handshakes ----

async def test_messenger_handshake(clinic):
    assert await clinic.get("/webhooks/messenger", HANDSHAKE) == (200, "1158201444")


@pytest.mark.parametrize("wrong", [{"hub.verify_token": "guessed"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"}])
async def test_messenger_handshake_with_another_token_is_refused(clinic, wrong):
    assert (await clinic.get("/webhooks/messenger", {**HANDSHAKE, **wrong}))[0] == 403


async def test_slack_handshake(clinic):
    body = {"token": "gone", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P", "type": "url_verification"}
    assert await clinic.post(*slack(body)) == (200, body["challenge"])
    assert (await clinic.post(*slack(body, secret="guessed")))[0] == 403


@pytest.mark.parametrize("late", [-400, 400])
async def test_slack_request_of_another_time_is_refused(clinic, late):
    assert (await clinic.post(*slack(slack_event(text="hi"), at=time.time() + late)))[0] == 403


async def test_slack_retry_that_was_not_answered_before_is_answered(clinic):
    """The first try may have been lost with the server."""
    event = slack_event(text="hi")
    assert len(await said(clinic, "slack", slack(event, **{"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}))) == 1
    assert await said(clinic, "slack", slack(event, **{"X-Slack-Retry-Num": "2", "X-Slack-Retry-Reason": "http_timeout"})) == []


# ---- batches ----

async def test_messenger_batch_is_read_whole(clinic):
    page = messenger_page(messenger_event("1", message={"text": "one"}), messenger_event("2", read={"watermark": 1}), messenger_event("3", message={"text": "two"}))
    page["entry"] += [{"id": "page"}, {"id": "page", "messaging": "rubbish"}, *messenger_text("three", "4")["entry"]]
    assert sorted(text for text, _ in await heard(clinic, "messenger", messenger(page))) == ["one", "three", "two"]


# ---- buttons ----

@pytest.mark.parametrize(("app", "press"), [
    ("telegram", lambda button: telegram(telegram_press(button))), ("slack", lambda button: slack(slack_press(button), content_type="application/x-www-form-urlencoded")),
    ("messenger", lambda button: messenger(messenger_text("2", quick_reply={"payload": button}))),
    ("messenger", lambda button: messenger(messenger_page(messenger_event(postback={"title": "x", "payload": button}))))], ids=["telegram", "slack", "messenger quick reply", "messenger postback"])
@pytest.mark.parametrize(("button", "reaches"), [("check_not_sure", ("", "check_not_sure")), ("forget_me", ("", "forget_me")), ("no_longer_there", ("no longer there", ""))])
async def test_pressed_button_reaches_the_guard_by_its_id(clinic, app, press, button, reaches):
    ((text, pressed),) = await heard(clinic, app, press(button))
    assert pressed == reaches[1] and (pressed or text == reaches[0])


@pytest.mark.parametrize("app", ["telegram", "slack"])
async def test_titles_are_on_native_buttons(clinic, app):
    clinic.agent.says = [OFFER]
    (reply,) = await clinic.write(app, "hi")
    assert reply["buttons"] == [(button["id"], button["title"]) for button in BUTTONS] and "1." not in reply["text"]


async def test_pressed_telegram_button_stops_its_clock(clinic):
    await said(clinic, "telegram", telegram(telegram_press("cost_insurance")))
    assert any(path.endswith("/answerCallbackQuery") for path in clinic.platforms["telegram"].asked)


@pytest.mark.parametrize(("command", "button"), [("/start", "greet"), ("/start deep-link", "greet"), ("/help", "what_can_you_do"), ("/forget", "forget_me"), ("/start@ivy_bot", "greet")])
async def test_telegram_command_is_a_button(clinic, command, button):
    ((_, pressed),) = await heard(clinic, "telegram", telegram(telegram_message(command)))
    assert pressed == button


@pytest.mark.parametrize("app", ["sms", "whatsapp", "messenger"])
async def test_number_picks_a_choice(clinic, app):
    clinic.agent.says = [OFFER]
    (reply,) = await clinic.write(app, "hi")
    assert "To pick one, reply with its number:\n1. How long does IVIG last?\n2. Not sure" in reply["text"]
    await clinic.write(app, "Reply 2.")
    assert clinic.agent.heard[1].metadata["button"] == "check_not_sure"


@pytest.mark.parametrize("app", ["sms", "whatsapp"])
async def test_choices_of_several_replies_are_numbered_through(clinic, app):
    clinic.agent.says = [OFFER, {**OFFER, "buttons": [{"id": "cost_insurance", "title": "What does it cost?"}]}]
    assert "3. What does it cost?" in (await clinic.write(app, "hi"))[1]["text"]
    await clinic.write(app, "three")
    assert clinic.agent.heard[1].metadata["button"] == "cost_insurance"


async def test_number_after_a_reply_without_choices_is_a_message(clinic):
    clinic.agent.says = [OFFER]
    await clinic.write("sms", "hi")
    clinic.agent.says = [ANSWER]
    await clinic.write("sms", "thanks")
    await clinic.write("sms", "2")
    assert clinic.agent.heard[2].metadata["button"] == "" and clinic.agent.heard[2].text == "2"


async def test_kind_sentence_leaves_the_choices_as_they_were(clinic):
    clinic.agent.says = [OFFER]
    await clinic.write("whatsapp", "hi")
    await said(clinic, "twilio", twilio(twilio_form("", "+15005550001", whatsapp=True, NumMedia="1")))
    await clinic.write("whatsapp", "1")
    assert clinic.agent.heard[1].metadata["button"] == "how_long_it_lasts"


# ---- windows, limits and words of the platforms ----

async def test_messenger_reply_after_a_day_is_not_sent_and_counted(clinic):
    before = counted("ivy_undelivered_total", channel="messenger", why="too_late")
    event = messenger_event(message={"text": "hi"})
    event["timestamp"] -= 25 * 3600 * 1000
    assert await said(clinic, "messenger", messenger(messenger_page(event))) == []
    assert counted("ivy_undelivered_total", channel="messenger", why="too_late") == before + 1


@pytest.mark.parametrize(("code", "why"), [(63016, "too_late"), (21610, "opted_out"), (21211, "refused")])
async def test_whatsapp_reply_that_twilio_will_not_send_is_counted_by_its_reason(clinic, code, why):
    before = counted("ivy_undelivered_total", channel="whatsapp", why=why)
    platform = clinic.platforms["twilio"]
    platform.answer = lambda request: _refusal(platform, code)
    assert await clinic.write("whatsapp", "hi") == [] and len(platform.asked) == 1
    assert counted("ivy_undelivered_total", channel="whatsapp", why=why) == before + 1


async def _refusal(platform, code):
    return platform.refuse("code", 400, {"code": code, "message": "no", "status": 400})


async def test_text_message_that_failed_later_is_counted(clinic):
    before = counted("ivy_undelivered_total", channel="sms", why="refused")
    await said(clinic, "twilio", twilio({"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30005", "To": payloads.PHONE, "From": "+15005550001"}))
    assert counted("ivy_undelivered_total", channel="sms", why="refused") == before + 1


async def test_reply_goes_out_from_the_number_that_was_written_to(clinic):
    (reply,) = await said(clinic, "twilio", twilio(twilio_form("hi", payloads.PHONE, "+15005559999", whatsapp=True)))
    assert (reply["to"], reply["from"]) == ("whatsapp:" + payloads.PHONE, "whatsapp:+15005559999")


async def test_twilio_gets_an_empty_answer_that_it_can_read(clinic):
    assert await clinic.post(*twilio(twilio_form("hi"))) == (200, "<Response/>")


async def test_mention_in_a_slack_channel_is_answered_in_private(clinic):
    (reply,) = await said(clinic, "slack", slack(slack_event(type="app_mention", text="<@U0LAN0Z89> is it &lt; 5 days? <https://a.example|see>", channel="C9", channel_type=None)))
    assert reply["to"] == "U061F7AUR" and clinic.agent.heard[0].text == "is it < 5 days? see"


async def test_platform_that_limits_messages_gets_them_slower(clinic, medium):
    """Three parts, at most two a second."""
    platform = clinic.platform(medium)
    platform._most = 2
    clinic.agent.says = [{**ANSWER, "text": f"Part {number}."} for number in (1, 2, 3)]
    replies = await clinic.write(medium, "hi")
    assert [reply["text"][:7] for reply in replies] == ["Part 1.", "Part 2.", "Part 3."]


async def test_telegrams_own_types_read_what_is_tested_here():
    for update in (telegram_message("hi"), telegram_message(photo=PICTURE, caption="c"), telegram_press("cost_insurance"), telegram_message("hi", kind="edited_message")):
        assert aiogram.types.Update(**update).update_id == update["update_id"]
