"""How well warning signs are heard, and how rarely look-alikes ring."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Iterator, Sequence

from bot.evaluation import public
from bot.evaluation.public_sets import read_folder
from bot.evaluation.rows import Wrong, lacks_words, read_all
from bot.evaluation.sets import by_hand, mean, own_sets, read_sets, share
from bot.safety.combination import BANDS, CERTAIN, COSTS, FAINT, HEARD, LOUD, LOW, OUTCOMES, TABLE
from bot.safety.detector import FOLDER
from bot.safety.lexicon import TIERS
from bot.safety.service import safety_dialogue
from bot.safety.verdict import Verdict

ALERTS = ("urgent", "emergency")


def report(arguments) -> Iterator[str]:
    """The tables for each set. Raises ContentError when a set, or one of --public, cannot be measured on."""
    readings = [partial(read_sets, arguments.set or own_sets("safety"), wrongs_of_tier)]
    if arguments.public:
        readings.append(partial(read_folder, arguments.public))
    sets, *given = read_all(readings)
    triage = safety_dialogue().triage
    if arguments.rules_only:
        triage.detector = None
    elif triage.detector is None:
        yield f"no usable safety detector at {FOLDER}: this measures the rules alone, not what is served; run `ivy train`, or give --rules-only"
    yield from table_of_outcomes()
    yield f"\ndetector: {'none, rules alone' if triage.detector is None else 'with rules'}; lexicon {triage.lexicon.version[:12]}"
    for path, rows in sets:
        judged = [(row, triage.verdict(row["text"])) for row in rows]
        yield f"\n{path.name}: {len(rows)} messages"
        yield from _table(judged)
        yield from _summary(judged)
        yield from _cells(judged)
        yield from _errors(judged, arguments.show)
    for found in given:
        yield from public.report(arguments.public, found, triage, arguments.show)


def wrongs_of_tier(row: dict) -> Iterator[Wrong]:
    """What is wrong with a row's `tier`, or with the `kind` of one that is no report."""
    if row.get("tier") not in TIERS:
        yield f"tier '{row['tier']}' is not known" if "tier" in row else 'has no "tier"', f"use one of: {', '.join(TIERS)}"
    if row.get("tier") == "none":
        yield from lacks_words(row, "kind", "write what it only looks like (denied, past, education, hypothetical, idiom ...)")


def table_of_outcomes() -> Iterator[str]:
    """The table that joins rules and detector, as it is."""
    edges = dict(zip(BANDS[1:], (FAINT, LOW, HEARD, LOUD, CERTAIN)))
    yield f"{'the rules say':38}" + "".join(f"{name:>9}" for name in BANDS)
    yield f"{'  the detector hears from':38}" + "".join(f"{edges[name]:>9}" if name in edges else f"{'':>9}" for name in BANDS)
    for name, outcomes in TABLE.items():
        yield f"{name:38}" + "".join(f"{chosen:>9}" for chosen in outcomes)


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


def _cells(judged: Sequence[tuple[dict, Verdict]]) -> Iterator[str]:
    """What each cell met, and what each outcome there would have cost: the cell of a message's strongest finding."""
    met: dict[str, Counter] = {}
    for row, verdict in judged:
        if verdict.findings and row["tier"] in COSTS:
            strongest = min(verdict.findings, key=lambda finding: (-OUTCOMES.index(finding.outcome), -TIERS.index(finding.tier)))
            met.setdefault(strongest.cell, Counter())[row["tier"]] += 1
    yield f"{'cell of the table':46}{'emergency':>11}{'urgent':>9}{'none':>7}   cost as note / check / alert"
    for cell, counts in sorted(met.items()):
        costs = [sum(COSTS[tier][place] * count for tier, count in counts.items()) for place in range(3)]
        yield f"{cell:46}{counts['emergency']:>11}{counts['urgent']:>9}{counts['none']:>7}   " + " / ".join(map(str, costs))


def _errors(judged: Sequence[tuple[dict, Verdict]], most: int) -> Iterator[str]:
    groups = {
        "missed": [(row, v) for row, v in judged if row["tier"] in ALERTS and outcome(v) in ("none", "routine")],
        "false alerts": [(row, v) for row, v in judged if row["tier"] == "none" and v.tier in ALERTS],
        "needless checks": [(row, v) for row, v in judged if row["tier"] == "none" and v.check],
    }
    for name, wrong in groups.items():
        for row, verdict in wrong[:most]:
            why = "; ".join(f"{f.sign} {f.outcome} '{f.words}' ({f.why})" for f in verdict.findings) or "no listed sign"
            yield f"{name}: {row['text']}\n    {row['tier']} {row.get('group', '')} {row.get('kind', '')} | {why} | now {dict(verdict.scores or {}).get('now', 0):.2f}"
