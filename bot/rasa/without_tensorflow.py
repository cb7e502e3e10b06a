"""Keeps TensorFlow out of Ivy's processes: about 420 MB, and more than half of the time that Rasa's imports take.

Rasa 3.6 imports it at each start (rasa/utils/train_utils.py, rasa/engine/recipes/default_components.py) for DIET, TED and
other components that config.yml does not name. Here those get something to derive their classes from, and no more."""

from __future__ import annotations

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Optional

from bot.project import StartError

LEFT_OUT = ("tensorflow", "keras")


class _AnyAttribute(type):
    def __getattr__(cls, name: str) -> type:
        return _any_attribute(name)


class StandIn(metaclass=_AnyAttribute):
    """Stands for every class and function of TensorFlow: to derive from and to annotate with. Raises StartError when it is used."""

    def __init__(self, *_arguments: Any, **_settings: Any) -> None:
        raise StartError("this needs TensorFlow, which Ivy leaves out (bot/rasa/without_tensorflow.py); take the component that needs it out of config.yml")


class _StandIns(MetaPathFinder, Loader):
    def find_spec(self, fullname: str, _path: Any = None, _target: Any = None) -> Optional[ModuleSpec]:
        return ModuleSpec(fullname, self, is_package=True) if fullname.split(".")[0] in LEFT_OUT else None

    def exec_module(self, module: ModuleType) -> None:
        module.__getattr__ = _any_attribute


def leave_out_tensorflow() -> None:
    """From now on `import tensorflow` brings stand-ins in this process, unless it was imported before. Call it before Rasa is imported."""
    if not set(LEFT_OUT) & set(sys.modules) and not any(isinstance(finder, _StandIns) for finder in sys.meta_path):
        sys.meta_path.insert(0, _StandIns())


def _any_attribute(name: str) -> type:
    if name.startswith("__"):  # Python asks for these to learn what a thing can do
        raise AttributeError(name)
    return StandIn
