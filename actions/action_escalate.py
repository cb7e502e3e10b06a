"""Says the safety message for a warning sign, and records it before it leaves."""

from __future__ import annotations

from typing import Any, Dict, List, Text

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.records.escalations import note_before_reply


class ActionEscalate(Action):
    """The words come from Rasa's NLG (`utter_safety`), which knows the verdict, the clinic and the hour;
    nothing is asked before the number was given. The guard stands behind this action."""

    def name(self) -> Text:
        return "action_escalate"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Dict[Text, Any]]:
        message = next(event for event in reversed(tracker.events) if event.get("event") == "user")
        dispatcher.utter_message(response="utter_safety")
        metadata = message.get("metadata") or {}
        verdict = metadata.get("verdict")
        if verdict:
            row = (metadata["message_id"], verdict["tier"], verdict["signs"], f"safety/{verdict['message']}", message.get("input_channel"), "action")
            await note_before_reply(*row)
        return []
