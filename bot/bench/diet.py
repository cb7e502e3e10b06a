"""Rasa's default NLU pipeline (DIET, 100 epochs) on a public set, trained and asked in the same run as Ivy's classifier."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Iterator, Mapping, Sequence

import yaml

from bot.bench.projects import clean_environment, default_config, run_logged
from bot.evaluation.sets import share

TRAINED_ON = "train_10"


def judged_by_diet(name: str, training: Sequence, tests: Mapping[str, Sequence], measured: list) -> Iterator[str]:
    """Train on a set's 10-shot sentences, judge its tests. The first label counts, whatever the fallback would say."""
    from rasa.core.agent import Agent

    with tempfile.TemporaryDirectory() as temporary:
        project = Path(temporary)
        (project / "config.yml").write_text(yaml.safe_dump({**default_config(), "policies": []}))
        examples = [{"text": text, "intent": label, "entities": []} for text, label in training]
        (project / "nlu.json").write_text(json.dumps({"rasa_nlu_data": {"common_examples": examples}}))
        began = time.monotonic()
        run_logged([sys.executable, "-m", "rasa", "train", "nlu", "--nlu", "nlu.json", "--config", "config.yml", "--out", "models", "--fixed-model-name", "diet"],
                   project, clean_environment(), project / "training.log")
        seconds = time.monotonic() - began
        yield f"\n{name}, {TRAINED_ON}: {len(training)} sentences; Rasa's default, 100 epochs; trained in {seconds:.0f} s"
        agent = Agent.load(str(project / "models" / "diet.tar.gz"))
        for test, wanted in tests.items():
            right = sum(asyncio.run(_all_right(agent, wanted)))
            measured.append((name, TRAINED_ON, "Rasa's default (DIET)", test, right, len(wanted), seconds))
            yield f"- {test}: {share(right, len(wanted))}"


async def _all_right(agent, rows: Sequence) -> list[bool]:
    return [_first(await agent.parse_message(text)) == label for text, label in rows]


def _first(parsed: dict) -> str:
    return next((entry["name"] for entry in parsed.get("intent_ranking", ()) if entry["name"] != "nlu_fallback"), "")
