"""The safety layer on public sets: denial in clinical notes, silence in drug reviews, alarms on medical questions.

The sets are not part of the project: NegEx test kit (Chapman), PsyTAR (CC BY 4.0), MedQuAD questions
(CC BY 4.0). `ivy evaluate safety --public FOLDER` reads negex_mentions.tsv, psytar_sentences.tsv and
medquad_questions.txt from a folder and says which are not there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Iterator, Mapping, Optional, Sequence

from bot.evaluation.public_sets import MEDQUAD, NEGEX, PSYTAR, GivenMention
from bot.evaluation.sets import share
from bot.safety.context import Context
from bot.safety.lexicon import Pattern
from bot.safety.matching import Matcher, Mention, Message
from bot.safety.triage import Triage

EVERY_NTH_QUESTION = 10  # of MedQuAD's 44,603, many of them one template with another disease


def report(folder: Path, found: Mapping[str, Sequence], triage: Triage, show: int = 0) -> Iterator[str]:
    """The tables of the sets that were `found` in the folder (bot/evaluation/public_sets.py)."""
    for name, table in ((NEGEX, _negex), (PSYTAR, _psytar), (MEDQUAD, _medquad)):
        yield f"\n{name}" if name in found else f"\n{name}: not in {folder}"
        if name in found:
            yield from table(found[name], triage, show)


def _negex(mentions: Sequence[GivenMention], triage: Triage, show: int) -> Iterator[str]:
    """Is a finding of a clinical note denied? Each mention is given, so that only the context is measured."""
    matcher, counts = Matcher(triage.lexicon), Counter()
    for given in mentions:
        message = matcher.read(given.sentence.lower())
        mention = _mention(given.phrase, message)
        if mention is None:
            counts["not found"] += 1
            continue
        denied = Context(message, message.context, [mention]).status(mention).kind == "denied"
        counts["denied" if denied else "kept", "Negated" if given.negated else "Affirmed"] += 1
    right, wrong, missed = counts["denied", "Negated"], counts["denied", "Affirmed"], counts["kept", "Negated"]
    yield f"mentions given {sum(counts.values())}, not found again {counts['not found']}"
    yield f"denials: precision {share(right, right + wrong)}"
    yield f"denials: recall    {share(right, right + missed)}"
    yield f"affirmed, wrongly taken for denied {share(wrong, wrong + counts['kept', 'Affirmed'])}"


def _mention(phrase: str, message: Message) -> Optional[Mention]:
    """The phrase as a mention of no sign in particular, or None when the message's words do not hold it."""
    wanted = re.findall(r"\w+", phrase.lower())
    words = [(place, word.typed.lower()) for place, word in enumerate(message.words) if re.search(r"\w", word.typed)]
    for first in range(len(words) - len(wanted) + 1):
        if [word for _, word in words[first : first + len(wanted)]] == wanted:
            positions = tuple(place for place, _ in words[first : first + len(wanted)])
            clause = next(clause for clause in message.clauses if clause[0] <= positions[0] < clause[1])
            return Mention("", positions[0], positions[-1] + 1, clause, Pattern(("given",), True), positions)
    return None


def _psytar(sentences: Sequence[str], triage: Triage, show: int) -> Iterator[str]:
    """Patients report a side effect: what does the context silence? Each silenced mention has to be read by a person."""
    found, silenced = 0, []
    for sentence in sentences:
        for finding in triage.verdict(sentence).findings:
            found += finding.status != "unlisted"
            if finding.outcome == "note":
                silenced.append((finding, sentence))
    yield f"sentences that report a side effect: listed signs named {found}; of these silenced {share(len(silenced), found)}"
    for kind, count in Counter(finding.status for finding, _ in silenced).most_common():
        yield f"  {kind:16}{count:>5}"
    for finding, sentence in silenced[:show]:
        yield f"  {finding.sign} '{finding.words}' ({finding.why}; {finding.cell}): {sentence}"


def _medquad(questions: Sequence[str], triage: Triage, show: int) -> Iterator[str]:
    """Questions of a health site: an alarm on any of them is false."""
    judged = [(question, triage.verdict(question)) for question in questions[::EVERY_NTH_QUESTION]]
    alarms = [(question, verdict) for question, verdict in judged if verdict.tier != "none"]
    yield f"every {EVERY_NTH_QUESTION}th question: {len(judged)}; naming a listed sign {sum(bool(verdict.findings) for _, verdict in judged)}"
    yield f"alarms {share(len(alarms), len(judged))}"
    yield f"checks {share(sum(verdict.check for _, verdict in judged), len(judged))}"
    for question, verdict in alarms[:show]:
        yield f"  {verdict.tier}: {question}"
