"""What lies under a session: noise shaped by frequency, in loops without a seam."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

import numpy as np

from ..units import RATE
from . import level
from .pcm import Floats, Samples, rounded

LOOP = 30_000
"""Milliseconds of a loop: 1,250 frames, so that an undisturbed bed's frames come round again."""

_SIZE = LOOP * RATE // 1000
_SEED = 20_480


class Bed(NamedTuple):
    """A bed: the amplitude of its spectrum at each frequency in Hz, its LUFS, and whether it makes way for speech."""

    shape: Callable[[Floats], Floats]
    lufs: float
    ducked: bool


def room(hertz: Floats) -> Floats:
    """The air of a quiet room: low, and gone above a kilohertz or two."""
    return hertz**-0.6 / (1 + (hertz / 900) ** 2)


def pink(hertz: Floats) -> Floats:
    """As much power in every octave, a little less hiss on top."""
    return hertz**-0.5 / np.sqrt(1 + (hertz / 9000) ** 2)


def brown(hertz: Floats) -> Floats:
    """Falling by 6 dB an octave, like distant surf."""
    return hertz**-1.0


BEDS: dict[str, Bed | None] = {
    "room": Bed(room, -55.0, ducked=False),
    "brown": Bed(brown, -38.0, ducked=True),
    "pink": Bed(pink, -38.0, ducked=True),
    "none": None,
}
"""What `--ambience` takes."""


_making = Lock()


def loop(name: str) -> Samples | None:
    """The loop of a bed of BEDS, shaped (samples, 2), its channels independent; None for silence."""
    bed = BEDS[name]
    if bed is None:
        return None
    with _making:  # threads that want the same loop wait for the first to make it
        return _loop(bed)


@lru_cache(maxsize=len(BEDS))
def _loop(bed: Bed) -> Samples:
    """The loop of a bed, made in the frequency domain, so that its end runs on into its beginning."""
    hertz = np.fft.rfftfreq(_SIZE, 1 / RATE).astype(np.float64)
    shape = np.zeros(len(hertz))
    heard = (hertz >= 25) & (hertz <= 16_000)
    shape[heard] = bed.shape(hertz[heard]) / (1 + (40 / hertz[heard]) ** 4)
    # Parseval: the weighted mean square of one channel, and BS.1770's sum of two
    power = float(2 * (shape**2 * level.weight(_SIZE)).sum()) / _SIZE**2
    gain = 10 ** ((bed.lufs + 0.691) / 20) / np.sqrt(2 * power) * 32768
    draw = np.random.Generator(np.random.PCG64(_SEED))
    channels = [
        np.fft.irfft(gain * shape * np.exp(2j * np.pi * draw.random(len(shape))), _SIZE) for _ in range(2)
    ]
    return rounded(np.stack(channels, axis=1))
