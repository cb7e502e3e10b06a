"""Another language, and only when it is sure."""

from __future__ import annotations

import pytest

from bot.understanding.language import other_language


@pytest.mark.parametrize("text, code", [
    ("¿Cuánto tiempo tarda la infusión en hacer efecto?", "es"),
    ("wie lange dauert die Behandlung", "de"),
    ("quanto dura la terapia in ospedale", "it"),
    ("jak długo trwa wlew w szpitalu", "pl"),
    ("combien de temps dure la perfusion à l'hôpital", "fr"),
    ("¿cuántas semanas dura el efecto de Privigen?", "es"),
])
def test_sentence_in_another_language(text, code):
    assert other_language(text) == code


@pytest.mark.parametrize("text", [
    "how long would all that last",
    "privigen octagam gamunex",
    "ITP AIHA HDFN NAIT",
    "what is rituximab and eltrombopag",
    "my abuela gets this drip every month",
    "asdf qwer zxcv",
    "hw lnog dose ivig last",
    "whn cna privigen be stpped",
])
def test_english_names_and_noise_are_not_taken_for_another(text):
    assert other_language(text) is None


@pytest.mark.parametrize("text", ["", "   ", "hola", "muchas gracias", "ivig?", "🙂🙂🙂", "... !!! ???"])
def test_too_short_to_tell(text):
    assert other_language(text) is None
