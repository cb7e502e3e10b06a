"""What is counted, for Prometheus: how many messages, how they ended, how long they took. Never words, never ids.

Each label has a short, closed list of values: channels, topics of content/, tiers, outcomes, reasons."""

from __future__ import annotations

from typing import Any, Callable, ContextManager, Iterable, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, PlatformCollector, ProcessCollector, disable_created_metrics, generate_latest

from bot.channels.rendering import MEDIA
from bot.safety.lexicon import TIERS

disable_created_metrics()  # a second series for each one, which nobody reads
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

_MESSAGES = Counter("ivy_messages", "Messages of patients that were handled", ["channel", "topic", "tier", "outcome"], registry=REGISTRY)
_REPLY_SECONDS = Histogram("ivy_reply_seconds", "From a message's arrival at the guard to its last reply", ["channel"],
                           buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 2.5, 3, 5, 10), registry=REGISTRY)
_ESCALATIONS = Counter("ivy_escalations", "Safety messages that told somebody to call now", ["channel", "tier"], registry=REGISTRY)
# of no topic: whatever was asked, the same line stands in its place
_WITHHELD = Counter("ivy_withheld", "Answers withheld because nobody approved them", registry=REGISTRY)
_SET_ASIDE = Counter("ivy_set_aside", "Deliveries that were not handled as a message", ["channel", "why"], registry=REGISTRY)
_UNDELIVERED = Counter("ivy_undelivered", "Parts of replies that a messaging app did not take", ["channel", "why"], registry=REGISTRY)
_JOURNAL = Gauge("ivy_escalations_journalled", "Alerts on this replica's disk that the records do not have yet", registry=REGISTRY)
_NOTICES = Gauge("ivy_notices", "Notices of alerts to the clinic that wait for delivery, or are dead", ["state"], registry=REGISTRY)
_UNANSWERED = Counter("ivy_unanswered", "Replies that say there is no answer, or ask what was meant", ["channel", "why"], registry=REGISTRY)
_IN_HAND = Gauge("ivy_messages_in_hand", "Messages that are being answered now", registry=REGISTRY)
_QUEUE_SECONDS = Histogram("ivy_queue_seconds", "How long what arrives waits until the server looks at it, sampled four times a second",
                           buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5), registry=REGISTRY)
_READY = Gauge("ivy_ready", "1 while a part works, as /ready says", ["part"], registry=REGISTRY)
_ENDING = Gauge("ivy_approvals_ending", "Items whose signatures end within so many days (0: have ended)", ["days"], registry=REGISTRY)
_CONTENT = Info("ivy_content", "The content that is loaded", registry=REGISTRY)
_BUILD = Info("ivy_build", "What runs", registry=REGISTRY)

UNSURE = frozenset({"voice/not_sure", "voice/not_sure_again", "voice/did_you_mean", "voice/out_of_scope"})
#: How a message ended. The first that fits counts: an answer beside a safety message is a safety message.
OUTCOMES = ("failed", "safety", "check", "withheld", "trouble", "unsure", "answer", "talk", "silent")
# Prometheus' increase() takes the first value that it sees for the beginning: of a series that is born at 1 the first message is
# never seen. So what alerts ask after is there from the start, at 0, as such messages have it: without a topic or a tier.
for _channel in ("web", *MEDIA):
    for _outcome in ("failed", "trouble", "unsure", "silent"):
        _MESSAGES.labels(_channel, "none", "none", _outcome)


def count_message(channel: str, replies: Sequence[Mapping[str, Any]], seconds: float, failed: bool = False) -> None:
    """One patient's message with what left for it, as replies carry it in their metadata."""
    topic = next((_topic(reply) for reply in replies if reply.get("kind") == "answer"), "none")
    tier = max((reply.get("tier", "none") for reply in replies), key=TIERS.index, default="none")
    _MESSAGES.labels(channel, topic, tier, ending(replies, failed)).inc()
    _REPLY_SECONDS.labels(channel).observe(seconds)


def count_reply(channel: str, reply: Mapping[str, Any]) -> None:
    """One reply that left, even late."""
    if reply.get("kind") == "safety" and reply.get("tier") in ("urgent", "emergency"):
        _ESCALATIONS.labels(channel, reply["tier"]).inc()
    if reply.get("state") == "withheld":
        _WITHHELD.inc()
    if reply.get("content") in UNSURE:
        _UNANSWERED.labels(channel, _topic(reply)).inc()


def ending(replies: Sequence[Mapping[str, Any]], failed: bool = False) -> str:
    """How a message ended that got these replies."""
    return min({outcome_of(reply) for reply in replies} | ({"failed"} if failed else set()) or {"silent"}, key=OUTCOMES.index)


def outcome_of(reply: Mapping[str, Any]) -> str:
    """How a message ended that got this reply alone."""
    content = reply.get("content", "")
    if reply.get("kind") in ("safety", "check"):
        return reply["kind"]
    if reply.get("state") == "withheld":
        return "withheld"
    if content in ("voice/service_down", "none"):
        return "trouble"
    return "unsure" if content in UNSURE else "answer" if reply.get("kind") == "answer" else "talk"


def count_set_aside(channel: str, why: str) -> None:
    """A delivery that was no message to answer. `why`: forged, unreadable, duplicate, not_text, edited, too_fast, ..."""
    _SET_ASIDE.labels(channel, why).inc()


def count_undelivered(channel: str, why: str) -> None:
    """A part of a reply that did not arrive. `why`: refused, unreachable, too_late, ..."""
    _UNDELIVERED.labels(channel, why).inc()


def message_in_hand() -> ContextManager:
    """Within it a message is being answered."""
    return _IN_HAND.track_inprogress()


def count_wait(seconds: float) -> None:
    """How long the server took until it looked at what had arrived."""
    _QUEUE_SECONDS.observe(seconds)


def tell_parts(parts: Mapping[str, Mapping[str, Any]]) -> None:
    """Which parts work, as `Health.parts` has them."""
    for name, part in parts.items():
        _READY.labels(name).set(bool(part["ready"]))


def tell_endings(days_left: Iterable[int]) -> None:
    """When signatures end: days that are left to each item whose end is near; negative where they have ended."""
    left = list(days_left)
    for days in (30, 7, 1):
        _ENDING.labels(str(days)).set(sum(0 <= each <= days for each in left))
    _ENDING.labels("0").set(sum(each < 0 for each in left))


def tell_build(version: str, model: str) -> None:
    """Ivy's version and the id of the model that is loaded."""
    _BUILD.info({"version": version, "model": model})


def tell_content(version: str) -> None:
    """The version of the content that is served."""
    _CONTENT.info({"version": version})


def watch_dispatch(counts: Callable[[], Mapping[str, int]]) -> None:
    """From now on show what waits behind the replies (bot/records/dispatch.py, `Dispatch.counts`)."""
    _JOURNAL.set_function(lambda: counts()["journal"])
    for state in ("waiting", "dead"):
        _NOTICES.labels(state).set_function(lambda state=state: counts()[state])


def exposition() -> bytes:
    """All of it in Prometheus' text format."""
    return generate_latest(REGISTRY)


def _topic(reply: Mapping[str, Any]) -> str:
    return str(reply.get("content", "")).rsplit("/", 1)[-1] or "none"
