"""What a voice is: one method, and the facts that its samples depend on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import AudioBuilderError

SLOWEST, FASTEST = 0.5, 1.5
"""The speeds that every engine takes; beyond them speech stops being natural."""


@dataclass(frozen=True, slots=True)
class Speech:
    """What an engine said: mono samples, float32, full scale at 1.0, `rate` of them a second."""

    samples: NDArray[np.float32]
    rate: int


class Voice(Protocol):
    """A voice of an engine at a speed. Opening one is cheap: the model is loaded by the first `speak` of a process.

    Voices pickle: workers get them that way.
    """

    @property
    def engine(self) -> str:
        """The name of the engine, as in `--voice`."""

    @property
    def name(self) -> str:
        """The name of the voice within its engine."""

    @property
    def speed(self) -> float:
        """Speed on the common scale: 1.0 is the voice's own pace, and time is inverse to it."""

    @property
    def gain(self) -> float:
        """The decibels that bring this voice's speech to -16 LUFS; fixed, so that no line changes another's level."""

    @property
    def identity(self) -> tuple[str, ...]:
        """Everything but the text that the samples depend on: part of the key of a clip."""

    def speak(self, text: str) -> Speech:
        """The words as sound. Raises VoiceFailed, without a place, for text it can never say."""


def checked_speed(speed: float) -> float:
    """The speed, if it is one that voices have."""
    if not SLOWEST <= speed <= FASTEST:  # false for NaN as well
        raise AudioBuilderError(
            f"speed {speed:g} is out of range: a voice speaks from {SLOWEST} (slow) to {FASTEST} (fast), "
            f"and 1.0 is its own pace"
        )
    return float(speed)


def primary(language: str) -> str:
    """The language of a BCP 47 tag without its region or script: `en` of `en-GB`."""
    return re.split(r"[-_]", language.strip().casefold(), maxsplit=1)[0]
