"""Outbound calls: bounded, tried again where that helps, and patient with a platform that asks for time."""

from __future__ import annotations

import time

import pytest
import stand_ins

from bot.channels.courier import Answer, Call, Courier, http_outcome


class Platform(stand_ins.StandIn):
    """Takes everything, when it has no troubles."""

    def too_many(self, seconds):
        return stand_ins.web.json_response({}, status=429, headers={"Retry-After": str(seconds)})

    async def answer(self, request):
        self.sent.append(await request.json())
        return stand_ins.web.json_response({"ok": True})


@pytest.fixture
async def platform():
    platform = await Platform().start()
    yield platform
    await platform.stop()


@pytest.fixture
async def courier():
    courier = Courier(timeout=2, first_wait=0.01, patience=20)
    yield courier
    await courier.close()


@pytest.mark.parametrize("troubles", [[500], [500, 500, "drop"], ["hang"], [("429", 0)]], ids=["error", "errors", "no answer", "limit"])
async def test_trouble_that_passes_delays_only(platform, courier, troubles):
    platform.troubles.extend(troubles)
    assert await courier.deliver(Call(platform.url, json={"text": "hello"})) == ""
    assert platform.sent == [{"text": "hello"}]


async def test_rate_limit_is_waited_for(platform, courier):
    platform.troubles.append(("429", 0.4))
    began = time.monotonic()
    assert await courier.deliver(Call(platform.url, json={})) == "" and time.monotonic() - began >= 0.4


async def test_rate_limit_longer_than_our_patience_is_given_up(platform, courier):
    platform.troubles.append(("429", 3600))
    began = time.monotonic()
    assert await courier.deliver(Call(platform.url, json={})) == "rate_limited" and time.monotonic() - began < 10


async def test_trouble_that_stays_is_given_up(platform, courier):
    platform.troubles.extend([500] * 50)
    assert await courier.deliver(Call(platform.url, json={})) == "unreachable"
    assert len(platform.asked) == 5


async def test_refusal_is_not_tried_again(courier, platform):
    platform.answer = lambda request: _refused(request)
    assert await courier.deliver(Call(platform.url, json={})) == "refused" and len(platform.asked) == 1


async def _refused(_):
    return stand_ins.web.json_response({"ok": False}, status=403)


async def test_platform_that_is_away_is_unreachable(courier):
    assert await courier.deliver(Call("http://127.0.0.1:9/", json={})) == "unreachable"


async def test_nothing_is_sent_after_its_time(platform, courier):
    assert await courier.deliver(Call(platform.url, json={}), until=time.time() - 1) == "too_late" and platform.asked == []


async def test_time_that_ends_while_waiting_ends_the_tries(platform, courier):
    platform.troubles.append(("429", 0.3))
    assert await courier.deliver(Call(platform.url, json={}), until=time.time() + 0.1) == "too_late" and platform.sent == []


async def test_redirect_is_not_followed(platform, courier):
    """It would take the token to another address."""
    platform.answer = lambda request: _redirected(request, platform.url)
    assert await courier.deliver(Call(platform.url, json={})) == "refused" and len(platform.asked) == 1


async def _redirected(_, url):
    return stand_ins.web.Response(status=302, headers={"Location": url + "/elsewhere"})


@pytest.mark.parametrize("value", ["Fri, 31 Dec 1999 23:59:59 GMT", "soon", "", None, "-5"])
def test_retry_after_that_is_no_number_is_no_reason_to_fail(value):
    outcome = http_outcome(Answer(429, {"Retry-After": value} if value is not None else {}))
    assert outcome.again and (outcome.wait is None or outcome.wait == 0)


def test_call_never_shows_its_token():
    assert "secret" not in repr(Call("https://api.example/botsecret/x"))
