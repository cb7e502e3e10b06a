"""How well warning signs are heard, and how rarely look-alikes ring."""

from __future__ import annotations

from collections import Counter
from typing import Iterator, Sequence

from bot.evaluation.sets import by_hand, mean, own_sets, read_set, share
from bot.safety.service import safety_dialogue
from bot.safety.verdict import Verdict

ALERTS = ("urgent", "emergency")


def report(arguments) -> Iterator[str]:
    """The tables for each set."""
    triage = safety_dialogue().triage
    if arguments.rules_only:
        triage.detector = None
    yield f"detector: {'none, rules alone' if triage.detector is None else 'with rules'}; lexicon {triage.lexicon.version[:12]}"
    for path in arguments.set or own_sets("safety"):
        rows = [row for row in read_set(path) if "tier" in row]
        judged = [(row, triage.verdict(row["text"])) for row in rows]
        yield f"\n{path.name}: {len(rows)} messages"
        yield from _table(judged)
        yield from _summary(judged)
        yield from _errors(judged, arguments.show)


def outcome(verdict: Verdict) -> str:
    return verdict.tier if verdict.tier != "none" else "check" if verdict.check else "none"


def _table(judged: Sequence[tuple[dict, Verdict]]) -> Iterator[str]:
    kinds: dict[str, Counter] = {}
    for row, verdict in judged:
        kinds.setdefault(row["tier"] if row["tier"] != "none" else row["kind"], Counter())[outcome(verdict)] += 1
    columns = ("emergency", "urgent", "routine", "check", "none")
    yield f"{'written as':26}" + "".join(f"{column:>11}" for column in columns)
    for kind, counts in sorted(kinds.items()):
        yield f"{kind:26}" + "".join(f"{counts[column]:>11}" for column in columns)


def _summary(judged: Sequence[tuple[dict, Verdict]]) -> Iterator[str]:
    reports = [(row, v) for row, v in judged if row["tier"] in ALERTS]
    emergencies = [(row, v) for row, v in judged if row["tier"] == "emergency"]
    calm = [(row, v) for row, v in judged if row["tier"] == "none"]
    routine = [(row, v) for row, v in judged if row["tier"] == "routine"]
    caught = lambda v: v.tier in ALERTS or v.check  # noqa: E731
    yield f"emergency and urgent caught      {_share(reports, caught)}"
    yield f"  over hands                     {by_hand([{**row, 'hit': caught(v)} for row, v in reports], lambda rows: mean(row['hit'] for row in rows))}"
    yield f"emergency and urgent alerted     {_share(reports, lambda v: v.tier in ALERTS)}"
    yield f"emergency called emergency       {_share(emergencies, lambda v: v.tier == 'emergency')}"
    yield f"look-alikes alerted              {_share(calm, lambda v: v.tier in ALERTS)}"
    yield f"look-alikes checked              {_share(calm, lambda v: v.check)}"
    yield f"routine called emergency         {_share(routine, lambda v: v.tier == 'emergency')}"


def _share(judged, holds) -> str:
    return share(sum(bool(holds(verdict)) for _, verdict in judged), len(judged))


def _errors(judged: Sequence[tuple[dict, Verdict]], most: int) -> Iterator[str]:
    groups = {
        "missed": [(row, v) for row, v in judged if row["tier"] in ALERTS and outcome(v) in ("none", "routine")],
        "false alerts": [(row, v) for row, v in judged if row["tier"] == "none" and v.tier in ALERTS],
        "needless checks": [(row, v) for row, v in judged if row["tier"] == "none" and v.check],
    }
    for name, wrong in groups.items():
        for row, verdict in wrong[:most]:
            why = "; ".join(f"{f.sign} {f.outcome} '{f.words}' ({f.why})" for f in verdict.findings) or "no listed sign"
            yield f"{name}: {row['text']}\n    {row['tier']} {row.get('group', '')} {row['kind']} | {why} | now {dict(verdict.scores or {}).get('now', 0):.2f}"
