"""Rasa's imports bring stand-ins for TensorFlow, which no component of Ivy needs; whoever asks for the real one gets it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.project import ROOT, StartError


def test_ivy_that_answers_has_not_loaded_tensorflow(ask):
    assert ask("Where does the plasma in it come from?")["replies"]
    with open("/proc/self/maps", encoding="utf-8") as loaded:
        assert "tensorflow" not in loaded.read()


def test_component_that_needs_tensorflow_is_refused_with_the_repair():
    from rasa.nlu.classifiers.diet_classifier import DIETClassifier
    from rasa.utils.tensorflow.rasa_layers import RasaCustomLayer

    with pytest.raises(StartError, match="out of config.yml"):
        RasaCustomLayer()
    assert DIETClassifier.get_default_config()["epochs"] == 300, "what Rasa says of its component is still to be read"


@pytest.mark.parametrize(("asked", "answer"), [("", "False"), ("tensorflow=True", "True")])
def test_only_who_asks_for_tensorflow_has_it(asked, answer):
    code = f"from bot.rasa.server import prepare_environment; prepare_environment({asked}); import tensorflow; print(hasattr(tensorflow, '__version__'))"
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.stdout.strip() == answer, ran.stderr
