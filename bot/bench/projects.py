"""Two projects on the same sentences and dialogues, each in a folder of its own: Ivy's, and Rasa's default.

The default is what `rasa init` gives (rasa/engine/recipes/config_files/default_config.yml): DIET, TED and
UnexpecTED, 100 epochs each. Ivy's actions and reviewed words become plain responses of the same text. TED
learns from stories only, so each rule without a condition is also given to it as a story; the second
default, `rules only`, does without, and its learned policies are idle."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Optional

import yaml
from jinja2 import TemplateError

from bot.bench.report import BenchError
from bot.library.service import speaker
from bot.project import DATA, ROOT
from bot.rasa.server import ENVIRONMENT

FEWEST = 2  # sentences that are kept of each intent, however small the share


@dataclass(frozen=True)
class Project:
    """A folder with what `rasa train` reads, and the environment it is trained in."""

    folder: Path
    config: Path
    domain: Path
    environment: dict

    @property
    def model(self) -> Path:
        return self.folder / "models" / "ivy.tar.gz"

    def train(self) -> float:
        """Train with nothing cached. Returns seconds. Raises BenchError when Rasa cannot."""
        command = [sys.executable, "-m", "rasa", "train", "--config", str(self.config), "--domain", str(self.domain), "--data", "data",
                   "--out", "models", "--fixed-model-name", "ivy", "--skip-validation", "--force"]
        began = time.monotonic()
        run_logged(command, self.folder, self.environment, self.folder / "training.log")
        return time.monotonic() - began


def run_logged(command: list[str], folder: Path, environment: dict, log: Path) -> None:
    """Run to the end. Raises BenchError with the log's last lines."""
    with log.open("wb") as out:
        code = subprocess.run(command, cwd=folder, env=environment, stdout=out, stderr=out).returncode
    if code:
        raise BenchError(f"{' '.join(command[1:4])} ended with {code}:\n" + "\n".join(log.read_text(errors="replace").splitlines()[-5:]))


def clean_environment(**more: str) -> dict:
    """This process's environment as the operator set it: what Ivy's own start adds is Ivy's, not the default's."""
    inherited = {key: value for key, value in os.environ.items() if key not in ENVIRONMENT and not key.startswith("IVY_")}
    return {**inherited, "RASA_TELEMETRY_ENABLED": "false", "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "PYTHONPATH": str(ROOT), **more}


def ivy_project(folder: Path, share: float) -> Project:
    """Ivy's own config and domain; trained as `ivy train` does, a thread a core."""
    _write_data(folder, share, rules_file())
    encoder = {key: value for key, value in os.environ.items() if key == "IVY_ENCODER"}
    threads = {name: str(os.cpu_count()) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    return Project(folder, ROOT / "config.yml", ROOT / "domain.yml", clean_environment(**threads, **encoder))


def default_project(folder: Path, share: float, epochs: Optional[int] = None, stories: bool = True) -> Project:
    """The same sentences and dialogues under Rasa's default pipeline and policies."""
    dialogues = _plain_actions(rules_file())
    dialogues["rules"].append({"rule": "not understood", "steps": [{"intent": "nlu_fallback"}, {"action": "utter_not_sure"}]})
    if stories:
        dialogues["stories"] = dialogues.get("stories", []) + [{"story": rule["rule"], "steps": rule["steps"]} for rule in dialogues["rules"] if set(rule) == {"rule", "steps"}]
    _write_data(folder, share, dialogues)
    domain, config = folder / "domain.yml", folder / "config.yml"
    _dump(domain, _plain_domain(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))))
    _dump(config, default_config(epochs))
    _dump(folder / "credentials.yml", {"rest": None})
    _dump(folder / "endpoints.yml", {})
    return Project(folder, config, domain, clean_environment())


def default_config(epochs: Optional[int] = None) -> dict:
    """Rasa's own default, from the installed package; other epochs where they are given."""
    config = yaml.safe_load(files("rasa.engine.recipes.config_files").joinpath("default_config.yml").read_text(encoding="utf-8"))
    for part in (*config["pipeline"], *config["policies"]):
        if epochs and "epochs" in part:
            part["epochs"] = epochs
    return config


def rules_file() -> dict:
    """All of data/stories in one: {"rules": [...], "stories": [...]}."""
    dialogues: dict = {"version": "3.1", "rules": [], "stories": []}
    for path in sorted((DATA / "stories").glob("*.yml")):
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
        for kind in ("rules", "stories"):
            dialogues[kind] += read.get(kind) or []
    return dialogues


def _write_data(folder: Path, share: float, dialogues: dict) -> None:
    (folder / "data").mkdir(parents=True)
    _dump(folder / "data" / "stories.yml", {key: value for key, value in dialogues.items() if value})
    draw = random.Random(0)
    for path in sorted((DATA / "nlu").glob("*.yml")):
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
        for intent in read["nlu"]:
            if "intent" in intent:
                lines = intent["examples"].splitlines()
                kept = draw.sample(lines, min(len(lines), max(FEWEST, round(share * len(lines)))))
                intent["examples"] = "\n".join(kept) + "\n"
        _dump(folder / "data" / path.name, read)


def _plain_actions(dialogues: dict) -> dict:
    """Custom actions become responses."""
    for dialogue in (*dialogues["rules"], *dialogues["stories"]):
        for step in dialogue["steps"]:
            if str(step.get("action", "")).startswith("action_"):
                step["action"] = "utter_" + step["action"]
    return dialogues


def _plain_domain(domain: dict) -> dict:
    """Responses are texts, so that the default sends as many words as Ivy does."""
    names = [*domain["responses"], *(f"utter_{action}" for action in domain.pop("actions", ())), "utter_default"]
    return {**domain, "responses": {name: [{"text": _words(name.removeprefix("utter_"))}] for name in names}}


def _words(name: str) -> str:
    speaks = speaker()
    situation, item = speaks.situation(), speaks.library.answer(name)
    try:
        return (speaks.answer(item, situation) if item else speaks.voice(name, situation)).text
    except (KeyError, TemplateError):  # words that need a conversation: the length is what matters here
        return speaks.trouble(situation).text


def _dump(path: Path, content: dict) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000), encoding="utf-8")
