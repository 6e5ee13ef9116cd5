"""How long lines last, guessed from their words: for a plan without a voice."""

from __future__ import annotations

from collections.abc import Iterable

from ..script.model import Line, Sound
from ..units import Ms

_SENTENCE = 135
_LETTER = 59.7
_CLAUSE = 242
_COLON = 600
_RECORDING = Ms(30_000)


def estimate(sounds: Iterable[Sound], speed: float) -> dict[Sound, Ms]:
    """Milliseconds for each line at a speed (1.0 is the voice's own pace), from its letters and the marks within it.

    Fitted by least squares to the default voice on the shipped scripts: off by 5.5 % of a sentence in the mean.
    A recording counts as half a minute.
    """
    return {
        sound: Ms(round(_spoken(sound.text) / speed)) if isinstance(sound, Line) else _RECORDING
        for sound in sounds
    }


def _spoken(text: str) -> float:
    letters = sum(character.isalnum() for character in text)
    clauses = sum(text.count(mark) for mark in (", ", "; ", " — ", " - "))
    return _SENTENCE + _LETTER * letters + _CLAUSE * clauses + _COLON * text.count(": ")
