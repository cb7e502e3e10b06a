"""What every patient must get, whatever is broken."""

from __future__ import annotations

import re

from server import Answer

SECONDS = 3  # promise 3: every message gets a reply within this time
QUESTION = "out of curiosity, which part of donated blood ends up in IVIG"
STIFF_NECK = "my neck is so stiff I cannot look down since the drip"
CHECK = "my neck is a bit sore, must be that pillow"
QUESTION_AND_CHECK = "is it normal that the headache after ivig goes into my neck and makes it stiff"
LIST = "questions to ask my doctor"
#: Traces of the machinery: stack traces, names of intents and actions, payloads.
MACHINERY = re.compile(r"Traceback|File \"|Exception|Error:|utter_|ask_|action_|report_symptom|(^|\s)/[a-z_]+|[{}]|None\b", re.M)


def a_reply(answer: Answer) -> None:
    """A readable reply in time, with nothing of the machinery in it."""
    assert answer.status == 200, answer.body
    assert answer.replies, "silence"
    assert answer.seconds < SECONDS
    for reply in answer.replies:
        assert reply["text"].strip() and reply["html"].strip()
        assert reply["content"] and reply["version"], "words that stand nowhere in content/"
        shown = [reply["text"], *(button["title"] for button in reply["buttons"])]
        assert not MACHINERY.search("\n".join(shown)), shown
        assert not any(button["id"].startswith("/") for button in reply["buttons"])


def a_safety_message(answer: Answer, clinic) -> None:
    """The safety message, once, before anything else, with the number to call."""
    a_reply(answer)
    said = [reply for reply in answer.replies if reply["content"].startswith("safety/")]
    assert len(said) == 1, answer.contents
    assert said == answer.replies[:1], answer.contents
    assert said[0]["kind"] == "safety" and said[0]["tier"] in ("urgent", "emergency")
    assert clinic.phone in said[0]["text"] or clinic.after_hours_phone in said[0]["text"]
    assert clinic.emergency_number in said[0]["text"]
