"""Where a message ends one question and begins the next.

Cut at the ends of sentences and lines, and at "and", "also", "plus" or a comma where a question begins
behind it: "what is ITP, and who gets it" is two, "headache and nausea" is one."""

from __future__ import annotations

import re

MOST_CLAUSES = 4      # each costs an encoding
FEW_WORDS = 3
SHORT_LIST = 7        # words of "cost and side effects?", which asks for both

_OPENERS = ("am|are|can|could|did|do|does|has|have|how|hows|is|isn't|may|must|shall|should|was|what|whats|what's|when|where|wheres|which|who|whos|who's|whom|whose|why|will|would|"
            "for how|in what|at what|on what|to what|tell me|explain")
_END = re.compile(r"(?<=[?!])\s*(?=\w)|(?<=[.;])\s+|\s*\n\s*")
_JOINT = re.compile(rf"(?:\s*,|\s+-+)?\s+(?:(?:and|also|plus|then|but|or|as well as|another thing|&)[\s,:]+)+(?:(?:then|my question is)\s+)?(?=(?:{_OPENERS})\b)|\s*,\s*(?=(?:{_OPENERS})\b)", re.I)
_LIST = re.compile(r"\s*(?:,|\band also\b|\band\b|\bplus\b|&|\+)\s*", re.I)
_LEAD = re.compile(r"^(?:also|and|another thing|one more thing|secondly|second|next|then)\b[\s,:]*", re.I)
_TALK = re.compile(r"^(?:hi|hello|hey|good (?:morning|evening|afternoon|day)|thanks|thank you|thx|ok|okay|great)\b[\s,!.]*(?:ivy\b)?[\s,!.]*", re.I)
_ASKS = re.compile(rf"\?\s*$|^(?:{_OPENERS})\b|\b(?:want to know|like to know|wonder)", re.I)
_TELLS = re.compile(r"\b(?:i|i'm|im|i've|my|we|our|he|she|they|thanks?|please)\b", re.I)
_FEAR = re.compile(r"\b(?:i'?m|i am|i feel|i'm feeling|we are|we're|feeling|so|very|really|a bit|me|makes me)\b.{0,25}\b(?:scared|afraid|frightened|terrified|worried|anxious|nervous|panick\w*|overwhelmed|scares|crying|petrified)\b", re.I)
#: What names the treatment, its brands or an illness that it is for.
_TREATMENT = re.compile(r"\b(?:iv\s?ig|ig|(?:immun\w*|gamma) ?globulins?|infus\w+|drips?|treatments?|antibod\w+|plasma|platelets?|itp|aiha|hdfn|privigen|octagam|gamunex|gammagard|"
                        r"flebogamma|panzyga|gammaplex|gammaked|kiovig|bivigam|asceniv|intratect)\b", re.I)
_OPENED = re.compile(rf"\b(?:{_OPENERS})\b", re.I)


def clauses(text: str) -> list[str]:
    """The parts of a message that may each be a question, in order, at most MOST_CLAUSES; one where nothing divides it."""
    parts = [part for sentence in _END.split(text) for part in _JOINT.split(_TALK.sub("", sentence))]
    bare = [_LEAD.sub("", part.strip(" ,;:-")).strip() for part in parts]
    kept = [part for part in bare if any(letter.isalnum() for letter in part)]
    if len(kept) > MOST_CLAUSES:
        kept = [part for part in kept if _ASKS.search(part)][:MOST_CLAUSES] or kept[:1]
    return kept or [text]


def listed(text: str) -> list[str]:
    """The words of a short list that asks no whole question: "cost and side effects?"; empty where it is none."""
    if len(text.split()) > SHORT_LIST or _OPENED.search(text):
        return []
    parts = [part.strip(" ?.!") for part in _LIST.split(text)]
    return parts if len(parts) == 2 and all(parts) else []


def asks(clause: str) -> bool:
    """True when a clause has the form of a question, or is a bare noun; "I have ITP" is told, not asked."""
    return bool(_ASKS.search(clause)) or len(clause.split()) <= FEW_WORDS and not _TELLS.search(clause)


def fears(clause: str) -> bool:
    """True when a clause tells of the writer's own fear."""
    return bool(_FEAR.search(clause))


def names_treatment(clause: str) -> bool:
    """True when a clause names the treatment, or an illness that it is for."""
    return bool(_TREATMENT.search(clause))
