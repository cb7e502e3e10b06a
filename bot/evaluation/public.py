"""The safety layer on public sets: denial in clinical notes, silence in drug reviews, alarms on medical questions.

The sets are not part of the project: NegEx test kit (Chapman), PsyTAR (CC BY 4.0), MedQuAD questions
(CC BY 4.0). `ivy evaluate safety --public FOLDER` reads negex_mentions.tsv, psytar_sentences.tsv and
medquad_questions.txt from a folder and says which are not there."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import Iterator, Optional

from bot.evaluation.sets import share
from bot.safety.context import Context
from bot.safety.lexicon import Pattern
from bot.safety.matching import Matcher, Mention, Message
from bot.safety.triage import Triage

EVERY_NTH_QUESTION = 10  # of MedQuAD's 44,603, many of them one template with another disease


def report(folder: Path, triage: Triage, show: int = 0) -> Iterator[str]:
    """The tables of the sets that are in the folder."""
    for name, table in (("negex_mentions.tsv", _negex), ("psytar_sentences.tsv", _psytar), ("medquad_questions.txt", _medquad)):
        path = folder / name
        yield f"\n{name}" if path.exists() else f"\n{name}: not in {folder}"
        if path.exists():
            yield from table(path, triage, show)


def _negex(path: Path, triage: Triage, show: int) -> Iterator[str]:
    """Is a finding of a clinical note denied? Each mention is given, so that only the context is measured."""
    matcher, counts = Matcher(triage.lexicon), Counter()
    for _, _, phrase, sentence, negation, *_ in csv.reader(path.open(encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE):
        message = matcher.read(sentence.lower())
        mention = _mention(phrase, message)
        if mention is None:
            counts["not found"] += 1
            continue
        denied = Context(message, message.context, [mention]).status(mention).kind == "denied"
        counts["denied" if denied else "kept", "Negated" if negation == "Negated" else "Affirmed"] += 1
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


def _psytar(path: Path, triage: Triage, show: int) -> Iterator[str]:
    """Patients report a side effect: what does the context silence? Each silenced mention has to be read by a person."""
    found, silenced = 0, []
    for row in csv.DictReader(path.open(encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["ADR"] != "1":
            continue
        for finding in triage.verdict(row["sentences"]).findings:
            found += finding.status != "unlisted"
            if finding.outcome == "note":
                silenced.append((finding, row["sentences"]))
    yield f"sentences that report a side effect: listed signs named {found}; of these silenced {share(len(silenced), found)}"
    for kind, count in Counter(finding.status for finding, _ in silenced).most_common():
        yield f"  {kind:16}{count:>5}"
    for finding, sentence in silenced[:show]:
        yield f"  {finding.sign} '{finding.words}' ({finding.why}; {finding.cell}): {sentence}"


def _medquad(path: Path, triage: Triage, show: int) -> Iterator[str]:
    """Questions of a health site: an alarm on any of them is false."""
    questions = path.read_text(encoding="utf-8").splitlines()[::EVERY_NTH_QUESTION]
    judged = [(question, triage.verdict(question)) for question in questions]
    alarms = [(question, verdict) for question, verdict in judged if verdict.tier != "none"]
    yield f"every {EVERY_NTH_QUESTION}th question: {len(judged)}; naming a listed sign {sum(bool(verdict.findings) for _, verdict in judged)}"
    yield f"alarms {share(len(alarms), len(judged))}"
    yield f"checks {share(sum(verdict.check for _, verdict in judged), len(judged))}"
    for question, verdict in alarms[:show]:
        yield f"  {verdict.tier}: {question}"
