"""What the safety layer says of a message, with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping

#: Buttons of the check question: what the pages send when one is pressed. Here, where no spaCy is: the action server needs them too.
CHECK_BUTTONS = {"check_yes": "Yes", "check_no": "No", "check_not_sure": "Not sure"}


@dataclass(frozen=True)
class Finding:
    """One sign named in the message.

    `outcome`: alert, check or note. `words` as typed; `corrected` what spelling changed in them;
    `status` is what the context made of it (current, denied, past ...); `why` says it in words; `raised` why its tier went up, if it did;
    `cell` where in the table of combination.py the outcome stands."""

    sign: str
    tier: str
    outcome: str
    words: str
    why: str
    status: str = "current"
    corrected: str = ""
    raised: str = ""
    cell: str = ""


@dataclass(frozen=True)
class Verdict:
    """The decision for one message.

    `tier` is what is acted on: emergency, urgent, routine or none. `check`: Ivy asks "are you having
    this now?"; `suspected` is then the tier it suspects, and after an alert the tier of that alert. `note`: a standing safety line goes with the
    answer, for the signs of `noted_names`. `message` names the safety message to say. `other`: the sign is somebody else's.
    `scores` are the model's probabilities, empty where there is no model."""

    tier: str = "none"
    check: bool = False
    suspected: str = "none"
    note: bool = False
    message: str = ""
    signs: tuple = ()
    names: tuple = ()
    noted_names: tuple = ()
    other: bool = False
    findings: tuple = ()
    scores: Mapping[str, float] = ()
    lexicon: str = ""

    @property
    def acts(self) -> bool:
        """True when a safety message or a check question must reach the patient."""
        return bool(self.message)

    def as_dict(self) -> dict:
        """JSON form, as it travels in a message's metadata."""
        return {**vars(self), "findings": tuple(dict(vars(finding)) for finding in self.findings), "scores": dict(self.scores or {})}

    @classmethod
    def from_dict(cls, data: Mapping) -> "Verdict":
        """The verdict from its JSON form. Raises TypeError or KeyError for anything else."""
        findings = tuple(Finding(**finding) for finding in data["findings"])
        lists = {key: tuple(data[key]) for key in ("signs", "names", "noted_names")}
        return cls(**{**data, **lists, "findings": findings})
