"""Training: a part is made again when what it learned from changed, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import training
from bot.training import PARTS, inputs_hash, stale_parts, train_part

DETECTOR, TOPICS = "safety detector", "topics"
FILES = {"bot/understanding/classifier.py": "C = 10\n", "bot/understanding/encoders.py": "# encoders\n", "requirements.lock": "rasa==3.6.21\n", "data/spelling/protected.txt": "dont\n", "bot/safety/detector.py": "# detector\n",
         "data/safety/reports.yml": "stiff_bark:\n- my bark went stiff overnight\n", "data/nlu/fruit.yml": "nlu:\n- intent: ask_apples\n  examples: |\n    - which apple is the sourest\n",
         "config.yml": "pipeline: []\n", "domain.yml": "intents: []\n", "data/stories/rules.yml": "rules: []\n", "bot/rasa/topics.py": "# topics\n", "bot/rasa/triage.py": "# triage\n",
         "bot/rasa/policy.py": "# policy\n", "content/safety/signs/bark.yml": "tier: urgent\n", "bot/web/ivy.css": "body {}\n"}


class FakeTrainer:
    """Writes a model file, after whatever it was told to do first."""

    def __init__(self, made: Path) -> None:
        self._made, self.trained, self.first = made, 0, lambda: None

    def __call__(self) -> None:
        self.trained += 1
        self._made.parent.mkdir(parents=True, exist_ok=True)
        self._made.write_text(f"model {self.trained}")
        self.first()


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    models = tmp_path / "models"
    monkeypatch.setattr(training, "ROOT", tmp_path)
    monkeypatch.setattr(training, "MODELS", models)
    monkeypatch.setattr(training, "MADE", {DETECTOR: models / "safety" / "classifier.json", TOPICS: models / "ivy.tar.gz"})
    return tmp_path


@pytest.fixture
def trainers(tree, monkeypatch):
    """Trainers that take no time, by part."""
    fakes = {part: FakeTrainer(training.MADE[part]) for part in PARTS}
    monkeypatch.setattr(training, "_train_detector", fakes[DETECTOR])
    monkeypatch.setattr(training, "_train_topics", fakes[TOPICS])
    return fakes


@pytest.fixture
def trained(tree, trainers):
    for part in PARTS:
        train_part(part)
    return tree


def test_every_named_file_is_in_the_project():
    """A name that fits no file would watch nothing."""
    from bot.project import ROOT

    assert [pattern for patterns in PARTS.values() for pattern in patterns if not list(ROOT.glob(pattern))] == []


def test_fresh_clone_trains_every_part(tree):
    assert stale_parts() == [DETECTOR, TOPICS]


def test_second_start_trains_nothing(trained):
    assert stale_parts() == []


def test_asked_for_explicitly_every_part_is_trained(trained):
    assert stale_parts(force=True) == [DETECTOR, TOPICS]


CHANGES = {
    "a topic sentence": ("data/nlu/fruit.yml", [DETECTOR, TOPICS]),
    "a safety sentence": ("data/safety/reports.yml", [DETECTOR]),
    "a rule": ("data/stories/rules.yml", [TOPICS]),
    "the pipeline": ("config.yml", [TOPICS]),
    "the domain": ("domain.yml", [TOPICS]),
    "the classifier's code": ("bot/understanding/classifier.py", [DETECTOR, TOPICS]),
    "a word that spelling leaves alone": ("data/spelling/protected.txt", [DETECTOR, TOPICS]),
    "a package's version": ("requirements.lock", [DETECTOR, TOPICS]),
    "a sign of the lexicon": ("content/safety/signs/bark.yml", []),
    "the page": ("bot/web/ivy.css", []),
}


@pytest.mark.parametrize(("path", "stale"), CHANGES.values(), ids=CHANGES)
def test_change_makes_stale_what_learned_from_it(trained, path, stale):
    (trained / path).write_text((trained / path).read_text().replace("a", "o", 1) + "# one more line\n")
    assert stale_parts() == stale


def test_another_sentence_encoder_makes_everything_stale(trained, monkeypatch):
    """A model of one encoder means nothing on the other's vectors."""
    monkeypatch.setattr(training, "encoder_version", lambda: "another")
    assert stale_parts() == [DETECTOR, TOPICS]


def test_one_letter_of_a_sentence_is_a_change(trained):
    file = trained / "data/nlu/fruit.yml"
    file.write_text(file.read_text().replace("sourest", "saurest"))
    assert stale_parts() == [DETECTOR, TOPICS]


def test_change_taken_back_is_none(trained):
    file = trained / "data/nlu/fruit.yml"
    before = file.read_text()
    file.write_text("nlu: []\n")
    file.write_text(before)
    assert stale_parts() == []


def test_new_file_of_sentences_is_a_change(trained):
    (trained / "data/nlu/nuts.yml").write_text("nlu: []\n")
    assert stale_parts() == [DETECTOR, TOPICS]


def test_deleted_file_of_sentences_is_a_change(trained):
    (trained / "data/safety/reports.yml").unlink()
    assert stale_parts() == [DETECTOR]


def test_text_moved_between_files_is_a_change(trained):
    before = inputs_hash(DETECTOR)
    (trained / "data/safety/reports.yml").rename(trained / "data/safety/other.yml")
    assert inputs_hash(DETECTOR) != before


@pytest.mark.parametrize("part", PARTS)
def test_deleted_model_is_made_again(trained, part):
    training.MADE[part].unlink()
    assert stale_parts() == [part]


def test_change_during_training_is_trained_next_time(trained, trainers):
    trainers[TOPICS].first = lambda: (trained / "domain.yml").write_text("intents: [new]\n")
    train_part(TOPICS)
    assert stale_parts() == [TOPICS]


def test_training_that_ends_halfway_leaves_a_stale_part(trained, trainers):
    """Even when the files are put back as they were: the model may be of the files in between."""
    before = (trained / "domain.yml").read_text()
    (trained / "domain.yml").write_text("intents: [new]\n")
    trainers[TOPICS].first = lambda: 1 // 0
    with pytest.raises(ZeroDivisionError):
        train_part(TOPICS)
    (trained / "domain.yml").write_text(before)
    assert stale_parts() == [TOPICS]


def test_training_one_part_does_not_train_the_other(tree, trainers):
    train_part(DETECTOR)
    assert ([fake.trained for fake in trainers.values()], stale_parts()) == ([1, 0], [TOPICS])
