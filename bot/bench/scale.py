"""Several Ivys on this machine: how many messages a second, what a stored conversation costs, a soak, and drills."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Iterator, Sequence

import aiohttp
import numpy as np
import sqlalchemy as sa

from bot.bench.drills import CLOCKS, DRILLS, drill, results, unsafe
from bot.bench.load import Load, load
from bot.bench.patients import FATES, Patients, Sentences, conversation_of
from bot.bench.report import BenchError, percentiles, table
from bot.bench.servers import IvyChat
from bot.bench.services import LOOPBACK, NginxServer, why_missing
from bot.bench.topology import FAKETIME, Replica, Topology
from bot.front import write_front
from bot.rasa.server import MODEL

USERS = (1, 8, 32)
WARM_UP = 40
TURNS = 40        # messages of the measures of history
LONG = 100        # turns that a long conversation has behind it
SAMPLE = 10       # seconds between two looks at memory in a soak
SOAK_PATIENTS, SOAK_PAUSE = 8, 1.0
ROUNDS = 3


def report(arguments) -> Iterator[str]:
    """The tables. Raises BenchError when a server or the model is missing."""
    reason = why_missing()
    if reason or not MODEL.exists():
        raise BenchError(reason or f"no model at {MODEL}; run `ivy train`")
    wanted = arguments.drill or [*DRILLS, *(CLOCKS if FAKETIME else ())]
    unknown = sorted(set(wanted) - set(DRILLS) - set(CLOCKS))
    if unknown:
        raise BenchError(f"no drill is called {', '.join(map(repr, unknown))}; use one of: {', '.join([*DRILLS, *CLOCKS])}")
    sentences = Sentences.read()
    yield "\nPostgreSQL, Redis, nginx, the Ivys and the patients all share this machine's cores."
    with Topology(2) as topology:
        yield from _throughput(topology, sentences, arguments.messages)
        yield from _history(topology, sentences, arguments.conversations)
        yield from _drills(topology, [name for name in wanted if name in DRILLS], arguments, sentences)
        if arguments.soak:
            yield from asyncio.run(_soak(topology, sentences, 60 * arguments.soak))
    if set(wanted) & set(CLOCKS):
        with Topology(2, own_clocks=True) as topology:
            yield from _drills(topology, list(CLOCKS), arguments, sentences)
    elif not FAKETIME:
        yield "\nClocks did not jump: that needs libfaketime, which is not installed."


def _drills(topology: Topology, names: Sequence[str], arguments, sentences: Sentences) -> Iterator[str]:
    yield from results(asyncio.run(drill(topology, name, arguments.seconds, sentences)) for name in names for _ in range(arguments.repeat))


class Front(IvyChat):
    """The installation as bot/bench/load.py speaks to a server: through `url`, its CPU that of `replicas`."""

    def __init__(self, url: str, replicas: Sequence[Replica]) -> None:
        self.url, self.replicas = url, replicas

    def cpu(self) -> float:
        return sum(replica.cpu() for replica in self.replicas)


def _throughput(topology: Topology, sentences: Sentences, messages: int) -> Iterator[str]:
    """One replica and two, in turn, so that what else the machine does meets both."""
    single = NginxServer(lambda folder, port: write_front(folder, [f"{LOOPBACK}:{topology.replicas[0].port}"], f"{LOOPBACK}:{port}")).start()
    try:
        fronts = {1: Front(single.url, topology.replicas[:1]), 2: Front(topology.front.url, topology.replicas)}
        texts = random.Random(0).choices(sentences.questions, k=messages)
        for front in fronts.values():
            asyncio.run(load(front, texts[:WARM_UP], 4))
        met = {(number, users): Load() for users in USERS for number in fronts}
        for _ in range(ROUNDS):
            for number, users in met:
                met[number, users].add(asyncio.run(load(fronts[number], texts, users)))
    finally:
        single.remove()
    rows = [[number, users, len(one.turns), one.unanswered, *percentiles(one.turns), f"{one.per_second:.1f}", f"{one.cpu_ms:.1f}", f"{one.cpu / one.seconds:.2f}"] for (number, users), one in met.items()]
    yield from table(["replicas", "users", "messages", "unanswered", "median ms", "p95", "p99", "messages/s", "CPU ms/message of the replicas", "cores used by the replicas"], rows)
    least = min(one.cpu_ms for one in met.values())
    yield f"\nA message costs a replica {least:.1f} ms of CPU at the least, so a core that does nothing else answers {1000 / least:.0f} messages a second at the most."


def _history(topology: Topology, sentences: Sentences, conversations: int) -> Iterator[str]:
    """A turn before and after the database was filled, and in a conversation that is long itself; in turns, three times."""
    front, rows = Front(topology.front.url, topology.replicas), []
    engine = sa.create_engine(topology.postgres.address("conversations"), future=True)
    texts = random.Random(1).choices(sentences.questions, k=TURNS)
    empty = _asked(front, texts)
    begun = time.monotonic()
    events = _fill(engine, asyncio.run(_one_conversation(front, texts[:5])), conversations)
    yield f"\n{conversations:,} conversations of 5 turns ({events:,} events) were put into the database in {time.monotonic() - begun:.0f} s."
    full = _asked(front, texts)
    long = _asked(front, texts, lambda session: _lengthen(engine, session, LONG))
    for name, one in (("few conversations stored", empty), (f"{conversations:,} stored", full), (f"the same, {LONG} turns behind each conversation", long)):
        rows.append([name, len(one.turns), one.unanswered, *percentiles(one.turns), f"{one.cpu_ms:.1f}"])
    engine.dispose()
    yield from table(["one user", "messages", "unanswered", "median ms", "p95", "p99", "CPU ms/message"], rows)


def _asked(front: Front, texts: Sequence[str], before=None) -> Load:
    """Each text asked by one user, five a conversation. `before`: done to a conversation after its first message, off the clock."""
    async def run() -> Load:
        met = Load()
        async with aiohttp.ClientSession() as client:
            for first in range(0, len(texts), 5):
                session = await front.open(client)
                await front.ask(client, session, texts[first])
                if before:
                    before(session)
                cpu, began = front.cpu(), time.monotonic()
                for text in texts[first : first + 5]:
                    start = time.perf_counter()
                    met.unanswered += not await front.ask(client, session, text)
                    met.turns.append(time.perf_counter() - start)
                met.cpu, met.seconds = met.cpu + front.cpu() - cpu, met.seconds + time.monotonic() - began
        return met

    return asyncio.run(run())


async def _one_conversation(front: Front, texts: Sequence[str]) -> str:
    async with aiohttp.ClientSession() as client:
        session = await front.open(client)
        for text in texts:
            await front.ask(client, session, text)
    return session


_COLUMNS = "type_name, timestamp, intent_name, action_name, data"


def _fill(engine: sa.engine.Engine, session: str, number: int) -> int:
    """Copy a conversation so many times. Returns the number of events there are then."""
    with engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO events (sender_id, {_COLUMNS}) SELECT 'web-stored-' || n, {_COLUMNS} FROM generate_series(1, :number) n, events WHERE sender_id = :name ORDER BY n, id"),
                           {"number": number, "name": conversation_of(session)})
        connection.exec_driver_sql("ANALYZE events")
        return connection.exec_driver_sql("SELECT count(*) FROM events").scalar_one()


def _lengthen(engine: sa.engine.Engine, session: str, times: int) -> None:
    """Repeat a conversation's turns behind its last; its session stays one."""
    with engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO events (sender_id, {_COLUMNS}) SELECT :name, {_COLUMNS} FROM generate_series(1, :times) n, events "
                                   "WHERE sender_id = :name AND type_name <> 'session_started' AND NOT (type_name = 'action' AND action_name = 'action_session_start') ORDER BY n, id"), {"name": conversation_of(session), "times": times})


async def _soak(topology: Topology, sentences: Sentences, seconds: float) -> list[str]:
    """Patients talk for a long time; memory and open files of each replica, at the first and the last third's median."""
    talking = Patients(topology.front.url, sentences, SOAK_PATIENTS, SOAK_PAUSE, seed=2)
    task = asyncio.ensure_future(talking.talk())
    looks: list[list[tuple[int, int]]] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await asyncio.sleep(SAMPLE)
        looks.append([(replica.memory(), replica.descriptors()) for replica in topology.replicas])
    talking.stop()
    fates = await task
    third = max(1, len(looks) // 3)
    rows = []
    for place, replica in enumerate(topology.replicas):
        for what, which, unit in (("memory, MB", 0, 1e6), ("open files", 1, 1)):
            values = [look[place][which] / unit for look in looks]
            rows.append([f"{replica.name}: {what}", *(f"{value:.0f}" for value in (values[0], np.median(values[third : 2 * third]), np.median(values[-third:]), max(values)))])
    lines = list(table([f"soak of {seconds / 60:.0f} minutes", "at first", "second third", "last third", "most"], rows))
    return [*lines, f"\n{fates.sent} messages, {fates.sent / seconds:.1f} a second: {', '.join(f'{fates.counts[fate]} {fate}' for fate in FATES)}; {fates.late} took over 3 s; "
                    f"{fates.warnings} warning signs, {len(fates.unsafe)} without a safety message.", *unsafe("soak", fates)]
