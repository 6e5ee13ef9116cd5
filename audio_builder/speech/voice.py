"""The interface of a voice: one method, and the facts that its samples depend on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import AudioBuilderError
from ..options import FASTEST, SLOWEST


@dataclass(frozen=True, slots=True)
class Speech:
    """What a voice says: mono float32 samples, full scale at 1.0, at `rate` samples per second."""

    samples: NDArray[np.float32]
    rate: int


class Voice(Protocol):
    """A voice of an engine at one speed. Must be picklable: worker processes receive it that way.

    Opening a voice is cheap. A process loads the model the first time it calls `speak`.
    """

    @property
    def engine(self) -> str:
        """The name of the engine, as in `--voice`."""

    @property
    def name(self) -> str:
        """The name of the voice within its engine."""

    @property
    def speed(self) -> float:
        """The speed on the common scale: 1.0 is the voice's natural pace, and 0.5 takes twice as long."""

    @property
    def gain(self) -> float:
        """The gain in dB that brings this voice to -16 LUFS. Fixed, so that lines do not affect one another."""

    @property
    def identity(self) -> tuple[str, ...]:
        """Everything but the text that the samples depend on, such as versions. Part of a clip's cache key."""

    def speak(self, text: str) -> Speech:
        """Return the text as speech. Raise VoiceFailed if the voice can never say it.

        Only worker processes call this, since an engine may hang, crash or print.
        """


def checked_speed(speed: float) -> float:
    """Return the speed as a float. Raise AudioBuilderError if it is outside the range of voices."""
    if not SLOWEST <= speed <= FASTEST:  # also true for NaN
        raise AudioBuilderError(
            f"Invalid speed {speed:g}: use a number from {SLOWEST} (slow) to {FASTEST} (fast); "
            f"1.0 is the voice's natural pace"
        )
    return float(speed)


def primary(language: str) -> str:
    """Return the language of a BCP 47 tag without region or script, such as `en` for `en-GB`."""
    return re.split(r"[-_]", language.strip().casefold(), maxsplit=1)[0]
