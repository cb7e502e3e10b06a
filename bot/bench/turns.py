"""Ivy and Rasa's default side by side: trained on the same sentences, served on the same machine, asked the same
messages in turn, so that what else the machine does meets both."""

from __future__ import annotations

import asyncio
import random
import shutil
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Callable, Iterator, Optional

from bot.bench.load import Load, load
from bot.bench.projects import default_project, ivy_project, run_logged
from bot.bench.report import BenchError, percentiles, table
from bot.bench.servers import DefaultServer, IvyServer, Server
from bot.evaluation.sets import own_sets, read_set
from bot.project import MODELS, ROOT

USERS = (1, 8, 32)
WARM_UP = 30  # messages before the first that counts
#: What Ivy's number may be, as a share of the default's in the same run.
TARGETS = (("messages a second, 8 users", "at least 3", lambda ratio: ratio >= 3), ("median turn, 1 user", "at most 0.33", lambda ratio: ratio <= 1 / 3),
           ("memory", "at most 0.8", lambda ratio: ratio <= 0.8), ("training", "at most 0.5", lambda ratio: ratio <= 0.5))


def report(arguments) -> Iterator[str]:
    """Train, start, ask, compare. Raises BenchError when a part cannot be had."""
    if not (MODELS / "safety" / "classifier.json").exists():
        raise BenchError(f"no safety detector in {MODELS}; run `ivy train`")
    folder = Path(tempfile.mkdtemp(prefix="ivy-bench-"))
    try:
        yield from _compare(folder, arguments)
    finally:
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)


def _compare(folder: Path, arguments) -> Iterator[str]:
    share, epochs = arguments.share, arguments.epochs
    projects = {"Ivy": ivy_project(folder / "ivy", share), "Rasa's default": default_project(folder / "default", share, epochs),
                "default, rules only": default_project(folder / "rules", share, epochs, stories=False)}
    yield f"\nBoth are trained on {'all sentences' if share == 1 else f'the same {share:.0%} of the sentences of each intent'} of data/nlu."
    if epochs:
        yield f"The default learns for {epochs} epochs in place of 100: its training time counts for nothing here, its turns do."
    training = {name: project.train() for name, project in projects.items()}
    detector = _train_detector(folder, projects["Ivy"].environment) if share == 1 else None
    shutil.copytree(MODELS / "safety", folder / "ivy" / "models" / "safety")
    servers = {name: (IvyServer if name == "Ivy" else DefaultServer)(name, project, arguments.port + 10 * place) for place, (name, project) in enumerate(projects.items())}
    started: list[Server] = []
    try:
        starts = {}
        for name, server in servers.items():
            starts[name] = server.start()
            started.append(server)
        loads = asyncio.run(_all_loads(servers, arguments))
        memory = {name: server.memory() for name, server in servers.items()}
    finally:
        for server in started:
            server.stop()
    yield from _tables(training, detector, starts, loads, memory)


def _train_detector(folder: Path, environment: dict) -> float:
    """Seconds for the part that the default has no match for."""
    began = time.monotonic()
    code = f"from pathlib import Path; from bot.safety.detector import train_detector; train_detector(Path({str(folder / 'detector')!r}))"
    run_logged([sys.executable, "-c", code], ROOT, environment, folder / "detector.log")
    return time.monotonic() - began


async def _all_loads(servers: dict[str, Server], arguments) -> dict[tuple, Load]:
    texts = [row["text"] for path in own_sets("topics") for row in read_set(path) if "topic" in row]
    random.Random(0).shuffle(texts)
    # all of them before one comes again: Ivy remembers what it has just encoded, and would be measured without its encoders
    in_turn = cycle(texts)
    loads = {(name, users): Load() for name in servers for users in USERS}
    warm_up = list(islice(in_turn, WARM_UP))
    for server in servers.values():
        await load(server, warm_up, 1)
    for _ in range(arguments.rounds):
        for users in USERS:
            asked = list(islice(in_turn, arguments.messages))
            for name, server in servers.items():
                loads[name, users].add(await load(server, asked, users))
    return loads


def _tables(training: dict, detector: Optional[float], starts: dict, loads: dict, memory: dict) -> Iterator[str]:
    names = list(training)
    used = {name: sum(taken for _, taken in memory[name]) for name in names}
    one = [loads[name, 1] for name in names]
    yield from table(["", *names], [
        ["training, s", *(f"{training[name]:.0f}" for name in names)],
        ["start to first answer, s", *(f"{starts[name]:.1f}" for name in names)],
        ["memory after the load, MB", *(f"{used[name] / 1e6:.0f}" for name in names)],
        ["CPU ms a message, 1 user", *(f"{met.cpu_ms:.1f}" for met in one)],
        ["messages", *(sum(len(loads[name, users].turns) for users in USERS) for name in names)],
        ["of them unanswered", *(sum(loads[name, users].unanswered for users in USERS) for name in names)],
        ["answered with a safety message", *(sum(loads[name, users].safety for users in USERS) for name in names)],
    ])
    yield from table(["users", "server", "median ms", "p95", "p99", "messages/s", "CPU ms/message"],
                     [[users, name, *percentiles(loads[name, users].turns), f"{loads[name, users].per_second:.0f}", f"{loads[name, users].cpu_ms:.1f}"] for users in USERS for name in names])
    yield from table(["process", "server", "MB"], [[process, name, f"{taken / 1e6:.0f}"] for name in names for process, taken in memory[name]])
    yield "\nBeside the topics, Ivy trains its safety detector, which the default has no match for" + (f": {detector:.0f} s." if detector else "; that is timed with --share 1.")
    for name in names[1:]:
        yield from _against(name, training, used, loads)


def _against(other: str, training: dict, used: dict, loads: dict) -> Iterator[str]:
    def ratio(of: Callable[[str], float]) -> float:
        return of("Ivy") / of(other)

    ratios = (ratio(lambda name: loads[name, 8].per_second), ratio(lambda name: sorted(loads[name, 1].turns)[len(loads[name, 1].turns) // 2]),
              ratio(lambda name: used[name]), ratio(lambda name: training[name]))
    yield from table([f"Ivy / {other}", "ratio", "target", "met"], [[what, f"{value:.2f}", target, "yes" if met(value) else "no"] for value, (what, target, met) in zip(ratios, TARGETS)])
