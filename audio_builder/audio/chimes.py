"""Bells and breath tones, synthesised: the same samples every time, no file to ship."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np

from ..cache import Store
from ..memory_cache import MemoryCache
from ..units import RATE, Ms, samples
from . import level
from .pcm import Floats, Samples, rounded
from .synthesised import synthesised

REACH = 15_000
"""Milliseconds that no bell rings longer than."""
ATTACK = 30
"""Milliseconds in which even an author's own bell comes: nothing strikes a listener."""

STROKE = level.SPEECH - 5.5
"""LUFS of a bell's loudest 400 ms; content.md asks for 4 to 8 LU under speech."""
SOFTER_FIRST = -2.0
"""dB of a session's first stroke against the others."""
BREATH = level.SPEECH - 12.0
"""LUFS of the loudest 400 ms of a block's first breath tones."""
_STEPS = 8
"""Steps of `STEP` from a block's first breath to its last, nearly gone: 24 LU under speech."""
STEP = -5 * math.log10(2)
"""dB of a step: what the gain of an MP3 frame can be turned down by (a quarter of an octave, `sound/frame.py`)."""


class Partial(NamedTuple):
    """One partial of a bell: its frequency in Hz, strength, and the seconds in which it falls by 60 dB."""

    hertz: float
    strength: float
    decay: float


def ring(mode: int) -> float:
    """The frequency of a thin ring's flexural mode (2 is the lowest) against its lowest one.

    n (n² - 1) / sqrt(n² + 1), Rayleigh, The Theory of Sound, § 233: 1, 2.83, 5.42, 8.77, 12.9. Struck bowls lie within
    a few per cent of it: one that was measured for the Synthesis ToolKit's `BandedWG` has 1, 2.98, 5.70, 9.0, 12.8."""

    def frequency(n: int) -> float:
        return float(n * (n * n - 1) / (n * n + 1) ** 0.5)

    return frequency(mode) / frequency(2)


def bowl() -> Samples:
    """A singing bowl at 208 Hz, struck with a soft mallet: the modes of a ring (`ring`), of 15, 11, 7 and 4 s.

    A bowl that is nowhere quite round splits each mode in two, which beat: here 0.7, 1.1, 1.7 and 2.3 times a second.
    The mallet is wide, so the high modes are weak."""
    partials = []
    for mode, strength, decay, beat in (
        (2, 1.0, 15, 0.7),
        (3, 0.5, 11, 1.1),
        (4, 0.16, 7, 1.7),
        (5, 0.04, 4, 2.3),
    ):
        hertz = 208 * ring(mode)
        partials.append(Partial(hertz - beat / 2, strength, decay))
        partials.append(Partial(hertz + beat / 2, strength * 0.6, decay * 0.9))
    return _struck(partials, attack=0.06, length=14.5)


def bell() -> Samples:
    """A small tuned bell at 523 Hz (its prime): hum, prime, minor third, fifth, nominal and what lies over it.

    The ratios are those that founders tune bells to (Fletcher and Rossing, The Physics of Musical Instruments, ch. 21:
    1/2, 1, 6/5, 3/2, 2, 5/2, 8/3, 4), the third and the nominal split by some tenths of a hertz; decays of 10 s for the
    hum down to 1.5 s."""
    return _struck(
        [
            Partial(261.6, 0.35, 10),
            Partial(523.2, 1.0, 8),
            Partial(523.2 * 6 / 5 - 0.3, 0.18, 5.5),
            Partial(523.2 * 6 / 5 + 0.3, 0.12, 5),
            Partial(523.2 * 3 / 2, 0.14, 5),
            Partial(523.2 * 2 - 0.4, 0.2, 4),
            Partial(523.2 * 2 + 0.4, 0.14, 3.6),
            Partial(523.2 * 5 / 2, 0.06, 2.5),
            Partial(523.2 * 8 / 3, 0.05, 2.2),
            Partial(523.2 * 4, 0.025, 1.5),
        ],
        attack=0.035,
        length=10.0,
    )


def wood() -> Samples:
    """A bar of wood at 294 Hz, struck with a soft mallet: decays of 1.3, 0.6 and 0.25 s.

    Its underside is cut away as a marimba's, which tunes the second partial to four times the first and the third near
    ten times (Fletcher and Rossing, ch. 19; an uncut bar has 1, 2.76, 5.40)."""
    return _struck(
        [Partial(294, 1.0, 1.3), Partial(294 * 4, 0.14, 0.6), Partial(294 * 9.9, 0.02, 0.25)],
        attack=0.03,
        length=2.0,
    )


BELLS: dict[str, Callable[[], Samples] | None] = {"bowl": bowl, "bell": bell, "wood": wood, "none": None}
"""What `--bell` takes besides a file: one stroke of each, one channel."""


_strokes: MemoryCache[str, Samples] = MemoryCache(len(BELLS))


def stroke(name: str, store: Store | None = None) -> Samples | None:
    """One stroke of a bell of BELLS, None for silence; from the `store` where it was made before."""
    make = BELLS[name]
    return None if make is None else _strokes.get(name, lambda: synthesised(name, 1, make, store))


def as_bell(sound: Samples) -> Samples:
    """An author's recording as a bell: at a stroke's level, not too sudden, and never ringing on for longer than REACH.

    It must not be silent."""
    loud = np.abs(sound.astype(np.int32))
    begin = int(np.argmax(20 * loud >= loud.max())) // samples(1)
    sound = sound[samples(begin) :]  # what lies before the stroke would take its soft attack
    cut = sound[: samples(REACH)].astype(np.float64)
    t = (np.arange(len(cut)) + 1) / samples(1)
    away = min(REACH / 3, len(cut) / samples(1) / 3) if len(sound) > samples(REACH) else 20.0
    return _at(cut * _soft(t / ATTACK) * _soft((len(cut) / samples(1) - t) / away), STROKE)


def _struck(partials: Iterable[Partial], attack: float, length: float) -> Samples:
    """The sum of decaying partials with a soft attack, in seconds, at the level of a stroke."""
    t = np.arange(round(length * RATE)) / RATE
    sound = np.zeros(len(t))
    for n, (hertz, strength, decay) in enumerate(partials):
        # the golden angle spreads the phases, so that the partials do not all peak at once
        sound += strength * 10 ** (-3 * t / decay) * np.sin(2 * np.pi * hertz * t + 2.4 * n)
    return _at(sound * _soft(t / attack) * _soft((length - t) / (length / 3)), STROKE)


_NOISE = (450.0, 900.0, 1800.0)  # Hz: breath, from a closed mouth to an open one
_WIDE = 0.45  # octaves from a band's middle to 4 dB down
_UNDER = 0.2  # of the tone's mean square: so much breath that it is heard, not so much that it hisses
_SEED = 4_600


@lru_cache(maxsize=32)
def breath(phase: Literal["in", "out"], length: Ms) -> Samples:
    """A breath tone of `length` milliseconds, one channel, as a block's first.

    To breathe in it rises from G3 (196 Hz) to C4 (262 Hz), swelling over its first half; to breathe out it falls back,
    dying away over its last two thirds. Three overtones of 6, 16 and 26 dB less; under it noise as of a breath, whose
    colour moves from 450 up to 1,800 Hz and back with the pitch."""
    seconds = length / 1000
    t = np.arange(samples(length)) / RATE
    glide = _soft(t / seconds)
    place = glide if phase == "in" else 1 - glide
    low, high = 196.0, 261.63
    turn = 2 * np.pi * np.cumsum(low * (high / low) ** place) / RATE
    tone = (
        np.sin(turn) + 0.5 * np.sin(2 * turn + 1) + 0.16 * np.sin(3 * turn + 2) + 0.05 * np.sin(4 * turn + 3)
    )
    air = np.zeros(len(t))
    for n, band in enumerate(_bands(len(t))):
        air += band * np.clip(1 - np.abs(2 * place - n), 0.0, 1.0)
    air *= np.sqrt(_UNDER * (tone**2).mean() / (air**2).mean())
    swell, away = (0.5, 0.3) if phase == "in" else (0.2, 0.66)
    return _at((tone + air) * _soft(t / (swell * seconds)) * _soft((seconds - t) / (away * seconds)), BREATH)


def _bands(size: int) -> list[Floats]:
    """Noise in three neighbouring bands, each of the same power."""
    draw = np.random.Generator(np.random.PCG64(_SEED))
    spectrum = np.fft.rfft(draw.standard_normal(size))
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    octaves = [np.log2(np.maximum(hertz, 1.0) / middle) / _WIDE for middle in _NOISE]
    bands = [np.fft.irfft(spectrum * np.exp(-0.5 * away**2), size) for away in octaves]
    return [band / np.sqrt((band**2).mean()) for band in bands]


def steps_down(nth: int, of: int) -> int:
    """The steps of `STEP` by which the `nth` (from 0) of `of` breaths is softer than the first."""
    return round(_STEPS * nth / (of - 1)) if of > 1 else 0


def _soft(x: Floats) -> Floats:
    """From 0 at 0 to 1 at 1 and on, level at both."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3 - 2 * x)


def _at(sound: Floats, target: float) -> Samples:
    """The sound with its loudest 400 ms at `target` LUFS."""
    sound = sound * (8000 / np.abs(sound).max())
    return rounded(sound * 10 ** ((target - level.loudest(rounded(sound))) / 20))
