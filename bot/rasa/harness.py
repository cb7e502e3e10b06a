"""Ivy whole in one process: model, policies, guard, NLG and actions, without a server or a socket.

`ivy ask`, the evaluations and the tests talk to Ivy through this; what they see is what a patient gets."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Text

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.library.render import plain
from bot.library.service import speaker
from bot.library.speaking import Speaker
from bot.rasa.action_endpoint import InProcessActions
from bot.rasa.guard import PATIENCE, Guard
from bot.rasa.lock_store import IvyLockStore
from bot.rasa.nlg import ReviewedNLG
from bot.rasa.quickening import quicken_rasa
from bot.rasa.server import MODEL, StartError
from bot.safety.service import safety_dialogue
from bot.safety.verdict import Verdict
from bot.sharing import Sharing
from bot.understanding.decision import OFFERING, topic_of


class MemoryTrackerStore(InMemoryTrackerStore):
    """Conversations of one process, which can be forgotten as those of the database can."""

    async def forget(self, sender_id: Text) -> int:
        return 1 if self.store.pop(sender_id, None) else 0

    async def last_slot(self, sender_id: Text, name: Text) -> Optional[tuple[float, Any]]:
        """As `IvyTrackerStore.last_slot`."""
        tracker = await self.retrieve(sender_id)
        return (tracker.events[-1].timestamp, tracker.get_slot(name)) if tracker and tracker.events else None


class Heard(OutputChannel):
    """Gathers what the patient gets."""

    def __init__(self) -> None:
        self.replies: List[Dict[Text, Any]] = []

    @classmethod
    def name(cls) -> Text:
        return "web"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        self.replies.append(message)


class Ivy:
    """One conversation partner. `ask` gives the replies, `explain` the JSON contract of `ivy ask`."""

    def __init__(self, agent: Agent, patience: float = PATIENCE) -> None:
        self.agent = agent
        self.guard = Guard(agent, speaker(), safety_dialogue(), patience)
        self.guard.install()

    @classmethod
    def load(cls, model: Path = MODEL, trackers: Optional[TrackerStore] = None, patience: float = PATIENCE) -> "Ivy":
        """Raises StartError when no model was trained."""
        return cls(load_agent(model, trackers, speaker()), patience)

    async def ask(self, text: str, conversation: Optional[str] = None, button: str = "") -> List[Dict[Text, Any]]:
        """Send one message as a patient would; the replies that left, in order."""
        heard = Heard()
        message = UserMessage(text, heard, conversation or uuid.uuid4().hex, input_channel="web", metadata={"button": button})
        await self.agent.handle_message(message)
        return heard.replies

    async def explain(self, text: str, conversation: Optional[str] = None) -> Dict[Text, Any]:
        """One line of `ivy ask --json`: what was understood, what was acted on, what was said."""
        conversation = conversation or uuid.uuid4().hex
        replies = await self.ask(text, conversation)
        return explained(text, await self.agent.tracker_store.retrieve(conversation), replies)


def load_agent(model: Path, trackers: Optional[TrackerStore], speaks: Speaker) -> Agent:
    """Rasa's agent over a trained model, without its guard, its words from `speaks`. Raises StartError when no model was trained."""
    if not model.exists():
        raise StartError(f"no model at {model}; run `make train`")
    quicken_rasa()
    agent = Agent.load(str(model), generator=None, tracker_store=trackers or MemoryTrackerStore(None), lock_store=IvyLockStore(Sharing()), action_endpoint=InProcessActions())
    speak_through(agent, speaks)
    return agent


def speak_through(agent: Agent, speaks: Speaker) -> None:
    """From the next message on the agent's words are these."""
    agent.nlg = agent.processor.nlg = ReviewedNLG(domain=agent.domain, speaks=speaks)


def explained(text: Text, tracker: Optional[DialogueStateTracker], replies: Sequence[Dict[Text, Any]]) -> Dict[Text, Any]:
    """What was understood of the last message of a conversation, what was acted on, what was said to it."""
    said = tracker.latest_message if tracker else UserUttered("")
    parse = said.parse_data or {}
    verdict = Verdict.from_dict((said.metadata or {}).get("verdict") or Verdict().as_dict())
    return {
        "text": text,
        "topic": parse.get("topic"),
        "options": list(parse.get("options") or ()) if (parse.get("intent") or {}).get("name") in (OFFERING, "report_symptom") else [],
        "confidence": round(_confidence(parse), 4),
        "answers": list(parse.get("answers") or ()),
        "follow_up": parse.get("follow_up") or "",
        "tier": verdict.tier,
        "check": verdict.check,
        "suspected": verdict.suspected,
        "signs": [{"sign": f.sign, "words": f.words, "outcome": f.outcome, "why": f.why, "corrected": f.corrected, "raised": f.raised} for f in verdict.findings],
        "replies": [{"content": r.get("content"), "text": plain(r["text"]), "buttons": [b["title"] for b in r.get("buttons") or ()]} for r in replies],
        "scores": {key: round(value, 3) for key, value in dict(verdict.scores or {}).items()},
        "ranking": [[topic_of(entry["name"]), round(entry["confidence"], 3)] for entry in (parse.get("intent_ranking") or ())[:5]],
    }


def _confidence(parse: Dict) -> float:
    ranking = parse.get("intent_ranking") or [parse.get("intent") or {}]
    return float(ranking[0].get("confidence") or 0.0)
