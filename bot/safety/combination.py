"""The table that joins the two detectors: what the rules say of a sign, and how loudly the model hears a report.

A clinician can read it, and `ivy evaluate safety` prints it with what each cell met and would have cost."""

from __future__ import annotations

from typing import Mapping, Optional, Sequence

#: Bands of the model's probability that a sign is reported here and now; "missing" is no model at all.
BANDS = ("silent", "faint", "low", "heard", "loud", "certain", "missing")
#: Where each band begins, but the first and the last. LOW from .15 to .25 took 9 of 35 false alarms out of 3,627 topic
#: questions and made 1 of 859 alerts of the voices set a check; at .40 it would have been 11, for 11 checks. What nobody listed is
#: asked about from "low" on: 3 of 1,429 reports were silent before, one of them an emergency, for 8 checks on 827 look-alikes.
FAINT, LOW, HEARD, LOUD, CERTAIN = 0.03, 0.25, 0.40, 0.70, 0.90

#: What becomes of a sign, by what the rules say of it (down) and the model's band (across).
#: alert: say the safety message. check: answer, and ask "are you having this now?". note: answer, with
#: the standing safety line. A listed sign here and now never falls below check by the model's word alone,
#: unless it is a routine one.
TABLE: Mapping[str, Sequence[str]] = {
    #                           silent   faint    low      heard    loud     certain  missing
    "here and now":            ("check", "check", "alert", "alert", "alert", "alert", "alert"),
    "here and now, routine":   ("note",  "check", "alert", "alert", "alert", "alert", "alert"),
    "a word uncertain alone":  ("note",  "check", "check", "check", "check", "check", "check"),
    "unclear":                 ("check", "check", "check", "check", "check", "check", "check"),
    "asked about":             ("note",  "note",  "note",  "check", "check", "check", "check"),
    "taken out":               ("note",  "note",  "note",  "note",  "check", "check", "note"),
    "not listed":              ("none",  "none",  "check", "check", "alert", "alert", "none"),
    "not listed, a word or two": ("none", "none", "none",  "check", "alert", "alert", "none"),
    "not listed, one sentence of several": ("none", "none", "none", "none", "check", "alert", "none"),
    "not listed, a part of a longer message": ("none", "none", "none", "check", "check", "alert", "none"),
}
#: Which row a reading of the context belongs to; `current` is split by tier and by how certain the words are.
ROW_OF = {
    "denied": "taken out", "past": "taken out", "stranger": "taken out",
    "question": "asked about", "education": "asked about", "hypothetical": "asked about",
    "own_question": "unclear", "uncertain": "unclear", "unclear_person": "unclear",
}
#: What a wrong outcome costs, by what the message was: (note or none, check, alert). Silence towards an
#: emergency is the dearest; a needless alarm costs trust, a needless question little.
COSTS = {"emergency": (40, 4, 0), "urgent": (20, 2, 0), "none": (0, 1, 5)}
OUTCOMES = ("note", "check", "alert")


def band(now: Optional[float]) -> str:
    """The band of a probability; None is a missing model."""
    if now is None:
        return "missing"
    return next((name for name, edge in zip(BANDS, (FAINT, LOW, HEARD, LOUD, CERTAIN)) if now < edge), "certain")


def row(status: str, tier: str, weak: bool) -> str:
    """The table's row for a sign of a tier whose context reads `status`. `weak`: named by words uncertain by themselves."""
    if status in ROW_OF:
        return ROW_OF[status]
    if weak:
        return "a word uncertain alone"
    return "here and now, routine" if tier == "routine" else "here and now"


def outcome(of_row: str, now: Optional[float]) -> str:
    """alert, check, note or none."""
    return TABLE[of_row][BANDS.index(band(now))]
