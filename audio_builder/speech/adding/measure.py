"""Measure how loud and how fast a voice is, before it is added.

A voice has one gain and one scale of speeds, so that lines do not affect one another. For the built-in voices they are
constants in the code. Added voices are measured on the sentences of their language in `sentences.toml`, once, and the
result is kept with them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...audio import level
from ...errors import VoiceFailed
from ...units import RATE
from ..crew import open_crew
from ..sentences import sentences_in
from ..shape import shape
from ..voice import Speech
from ..worker import Worker

SentencesProgress = Callable[[int, int], None]
"""Called with the number of sentences spoken so far and the number to speak."""

_TIMEOUT = 120.0
"""Seconds for one sentence, including the loading of a model. Large models are slow on small computers."""
_MOST_WORKERS = 4
_CEILING = -0.1
"""Highest peak of a clip in dBFS, as in `shape`."""


class VoiceToMeasure(Protocol):
    """A voice that is not added yet. Must be picklable: worker processes receive it that way."""

    def say(self, text: str, control: float) -> Speech:
        """Return the text as speech. `control` is the engine's own number for the speed."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a voice.

    `gain` is in dB, as in `Voice.gain`. `durations` are relative to that at the control 1.0, one for each control.
    """

    gain: float
    durations: tuple[float, ...]


def measure(
    candidate: VoiceToMeasure,
    language: str,
    controls: Sequence[float],
    typical: float,
    progress: SentencesProgress,
) -> Measured:
    """Measure a voice on the sentences of its language at several speeds, which include 1.0 and `typical`.

    `typical` is the control at which sessions usually are: the gain is measured there. Raise VoiceFailed if the voice
    cannot speak.
    """
    sentences = sentences_in(language)
    keys = [(control, text) for control in controls for text in sentences]
    spoken: dict[tuple[float, str], NDArray[np.int16]] = {}

    def report() -> None:
        progress(len(spoken), len(keys))

    def speak(key: tuple[float, str], worker: Worker) -> NDArray[np.int16]:
        return worker.call(_TIMEOUT, shaped, candidate, key[1], key[0])

    report()
    with open_crew(min(os.cpu_count() or 1, _MOST_WORKERS)) as crew:
        for key, sound in crew.run(speak, keys, report):
            spoken[key] = sound
            report()
    seconds = [sum(spoken[control, text].size for text in sentences) / RATE for control in controls]
    natural = seconds[controls.index(1.0)]
    rising = np.maximum.accumulate([round(one / natural, 4) for one in seconds])
    return Measured(_gain(spoken[typical, text] for text in sentences), tuple(map(float, rising)))


def shaped(candidate: VoiceToMeasure, text: str, control: float) -> NDArray[np.int16]:
    """Return what a voice says as a clip without gain. Raise VoiceFailed if it says nothing."""
    speech = candidate.say(text, control)
    if not speech.samples.size or not np.abs(speech.samples).max() > 0:  # also true for NaN
        raise VoiceFailed("said nothing")
    return shape(speech)


def _gain(sounds: Iterable[NDArray[np.int16]]) -> float:
    """Return the gain in dB, in tenths, that brings these clips to SPEECH_LUFS, with what the limiter takes away."""
    target = level.SPEECH_LUFS - level.HEADROOM_DB
    return round(level.gain_for(np.concatenate(list(sounds)), target, _CEILING) + level.HEADROOM_DB, 1)
