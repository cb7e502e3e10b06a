"""Parts of a running installation are broken while patients talk, and put right again; every message's fate is counted."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Callable, ContextManager, Iterable, Iterator, Mapping, Optional, Sequence

import numpy as np
import psutil

from bot.bench.heartbeat import Heartbeat
from bot.bench.patients import FATES, LATE, Fates, Patients, Sentences, lost_and_doubled, recorded
from bot.bench.report import percentiles, table
from bot.bench.topology import Replica, Topology

PATIENTS, PAUSE = 6, 0.6  # about ten messages a second from six patients
SETTLE = 3.0              # seconds before the break, and after the last repair for what waits to be recorded

Drill = Callable[[Topology], ContextManager[None]]


@contextmanager
def nothing(topology: Topology) -> Iterator[None]:
    yield


@contextmanager
def replica_killed(topology: Topology) -> Iterator[None]:
    """kill -9; another starts in its place."""
    victim = topology.replicas[0]
    victim.kill()
    yield
    victim.start().ready()


@contextmanager
def replica_stopped(topology: Topology, replica: Optional[Replica] = None) -> Iterator[None]:
    """SIGTERM, as in a rolling update; another starts in its place."""
    leaving = replica or topology.replicas[-1]
    leaving.tell(signal.SIGTERM)
    code = leaving.wait()
    if code:
        raise RuntimeError(f"{leaving.name} ended with {code}")
    yield
    leaving.start().ready()


@contextmanager
def release_swapped(topology: Topology) -> Iterator[None]:
    """The next release is installed and the Ivys are started anew one by one, so that old and new serve side by side; then back."""
    before = topology.replicas[0].content()
    topology.releases.install(1, topology.postgres.address("records"))
    _one_by_one(topology)
    if before in (after := {replica.content() for replica in topology.replicas}) or len(after) > 1:
        raise RuntimeError(f"the Ivys serve {after} after the release that follows {before}")
    yield
    topology.releases.roll_back()
    _one_by_one(topology)


def _one_by_one(topology: Topology) -> None:
    for replica in topology.replicas:
        with replica_stopped(topology, replica):
            pass


@contextmanager
def replica_hangs(topology: Topology) -> Iterator[None]:
    with _paused([topology.replicas[0].pid]):
        yield


@contextmanager
def postgres_down(topology: Topology) -> Iterator[None]:
    topology.postgres.stop()
    yield
    topology.postgres.start()


@contextmanager
def postgres_hangs(topology: Topology) -> Iterator[None]:
    server = psutil.Process(topology.postgres.pid)
    with _paused([server.pid, *(child.pid for child in server.children())]):
        yield


@contextmanager
def redis_down(topology: Topology) -> Iterator[None]:
    topology.redis.stop()
    yield
    topology.redis.start()


@contextmanager
def redis_hangs(topology: Topology) -> Iterator[None]:
    with _paused([topology.redis.pid]):
        yield


@contextmanager
def disk_full(topology: Topology) -> Iterator[None]:
    """No Ivy can write to a file any more, not even its log (RLIMIT_FSIZE: each write fails as on a full disk)."""
    before = [(replica, resource.prlimit(replica.pid, resource.RLIMIT_FSIZE)) for replica in topology.replicas]
    for replica, (_, hard) in before:
        resource.prlimit(replica.pid, resource.RLIMIT_FSIZE, (0, hard))
    yield
    for replica, limits in before:
        resource.prlimit(replica.pid, resource.RLIMIT_FSIZE, limits)


@contextmanager
def actions_hang(topology: Topology) -> Iterator[None]:
    """They take connections and never answer."""
    with _paused([replica.actions().pid for replica in topology.replicas]):
        yield


@contextmanager
def clock_jumps(topology: Topology) -> Iterator[None]:
    """One Ivy's clock is set back an hour, the other's forward. Their installation needs clocks of their own."""
    for replica, seconds in zip(topology.replicas, (-3600, 3600)):
        replica.set_clock(seconds)
    yield
    for replica in topology.replicas:
        replica.set_clock(0)


@contextmanager
def everything_down(topology: Topology) -> Iterator[None]:
    """No Ivy is left: nginx alone answers."""
    for replica in topology.replicas:
        replica.kill()
    yield
    for replica in topology.replicas:
        replica.start()
    for replica in topology.replicas:
        replica.ready()


DRILLS: Mapping[str, Drill] = {"nothing": nothing, "kill -9 of a replica": replica_killed, "SIGTERM of a replica": replica_stopped,
                               "release swapped": release_swapped, "replica hangs": replica_hangs,
                               "PostgreSQL down": postgres_down, "PostgreSQL hangs": postgres_hangs, "Redis down": redis_down, "Redis hangs": redis_hangs,
                               "disk full": disk_full, "action servers hang": actions_hang, "no replica left": everything_down}
#: Needs an installation whose Ivys have clocks of their own.
CLOCKS: Mapping[str, Drill] = {"clocks jump": clock_jumps}


@dataclass(frozen=True)
class Result:
    """What one drill came to. `lost`, `doubled`: alerts. `beats`: seconds after which an Ivy's event loop answered, each time it was asked."""

    name: str
    fates: Fates
    lost: int
    doubled: int
    beats: Sequence[float]


async def drill(topology: Topology, name: str, seconds: float, sentences: Sentences, patients: int = PATIENTS) -> Result:
    """Let patients talk: some seconds whole, `seconds` broken, some seconds repaired."""
    records = topology.postgres.address("records")
    await asyncio.to_thread(topology.record_all)  # a late record of something before would look like a doubled one
    before = recorded(records)
    talking, heart = Patients(topology.front.url, sentences, patients, PAUSE), Heartbeat([replica.url for replica in topology.replicas])
    task, listening = asyncio.ensure_future(talking.talk()), asyncio.ensure_future(heart.listen())
    await asyncio.sleep(SETTLE)
    broken = {**DRILLS, **CLOCKS}[name](topology)
    await asyncio.to_thread(broken.__enter__)
    try:
        await asyncio.sleep(seconds)
    finally:
        await asyncio.to_thread(broken.__exit__, None, None, None)
    await asyncio.sleep(SETTLE)
    talking.stop()
    fates = await task
    await asyncio.sleep(SETTLE)
    await asyncio.to_thread(topology.record_all)
    listening.cancel()
    return Result(name, fates, *lost_and_doubled(records, fates, before), heart.seconds)


def results(drills: Iterable[Result]) -> Iterator[str]:
    """The table of all drills, a row as soon as one is done (the last two columns: how long an Ivy's event loop took to answer), and what was said to warning signs that got no safety message."""
    header = ["drill", "sent", "by Ivy", "by the safety net", "unanswered", "not opened", f"over {LATE:.0f} s", "median ms", "p95", "p99", "warning signs", "without a safety message", "alerts", "lost", "doubled", "loop, p99 ms", "longest"]
    done: list[Result] = []

    def rows() -> Iterator[list]:
        for one in drills:
            done.append(one)
            fates = one.fates
            yield [one.name, fates.sent, *(fates.counts[fate] for fate in FATES), fates.not_opened, fates.late, *percentiles(fates.seconds), fates.warnings, len(fates.unsafe), len(fates.alerts), one.lost, one.doubled,
                   *(f"{1000 * value:.0f}" for value in (np.percentile(one.beats, 99), max(one.beats)))]

    yield from table(header, rows())
    for one in done:
        yield from unsafe(one.name, one.fates)


def unsafe(name: str, fates: Fates) -> Iterator[str]:
    """What was said to warning signs that got no safety message."""
    if fates.unsafe:
        yield f"\n{name}: warning signs were answered with {'; '.join(sorted(set(fates.unsafe)))}."


@contextmanager
def _paused(pids: Sequence[int]) -> Iterator[None]:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in pids:
        os.kill(pid, signal.SIGCONT)
