"""Changes the list of questions to take to the doctor, and says what it now holds."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Text

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.library.list_commands import Command, button_command, list_command
from bot.library.questions import SLOT, QuestionList, carry_out
from bot.library.service import question_sets


class ActionQuestionList(Action):
    """The words come from Rasa's NLG (`utter_list`). The list is kept in its slot only, so it ends with the session."""

    def name(self) -> Text:
        return "action_question_list"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Dict[Text, Any]]:
        message = next(event for event in reversed(tracker.events) if event.get("event") == "user")
        kept = QuestionList.from_dict(tracker.get_slot(SLOT))
        following, told = carry_out(asked_for(message), kept, question_sets())
        dispatcher.utter_message(response="utter_list", **told)
        return [SlotSet(SLOT, following.as_dict())] if following != kept else []


def asked_for(message: Mapping[Text, Any]) -> Command:
    """The command of a user event: its button's, else its words'. That situations were offered was seen
    when the message was understood. Anything else asks which situation it is."""
    pressed = button_command((message.get("metadata") or {}).get("button") or "")
    return pressed or list_command(message.get("text") or "", question_sets()) or Command("choose")
