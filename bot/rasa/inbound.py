"""What comes in: which text Rasa gets for a message or a pressed button."""

from __future__ import annotations

import re

from bot.safety.tokens import clean
from bot.understanding.decision import DECLINES

LONGEST_ANSWERED = 2_000  # characters that are answered
LONGEST_JUDGED = 20_000   # characters that are searched for warning signs
FORGET_ME = "forget_done"

_FORGET = re.compile(r"(please )?(forget me|(delete|erase|forget) (this|my|our) (conversation|chat|messages))( please)?[.! ]*", re.I)
#: Buttons that are not the name of a topic or a voice line, and the intent each stands for.
BUTTON_INTENTS = {"check_yes": "affirm", "check_no": "deny", "check_not_sure": "unsure"}
CONVERSATION = frozenset({"greet", "goodbye", "thanks", "affirm", "deny", "are_you_a_bot", "what_can_you_do", "privacy", "talk_to_human", "sources_and_reviewer",
                          "explain_simpler", "tell_me_more", "change_language", "feeling_worried", "something_else", "list_show", "list_done"})


def asks_to_forget(text: str, button: str) -> bool:
    """True for "forget me" and its like, typed as the whole message."""
    return button == "forget_me" or bool(not button and _FORGET.fullmatch(clean(text[:200])))


def rasa_text(text: str, button: str) -> str:
    """The text Rasa gets: an intent for a button, else the patient's words without a leading slash,
    which Rasa would take for a command."""
    if button:
        return "/" + button_intent(button)
    return clean(text[:LONGEST_ANSWERED]).lstrip("/ ") or "?"


def button_intent(button: str) -> str:
    """The intent a known button stands for."""
    if button in BUTTON_INTENTS:
        return BUTTON_INTENTS[button]
    if button.startswith("situation_"):
        return "list_choose"
    return button if button in CONVERSATION | DECLINES else f"ask_{button}"
