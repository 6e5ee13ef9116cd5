"""Bells and breath tones, synthesised: the same samples every time, no file to ship."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np

from ..units import RATE, samples
from . import level
from .pcm import AudioSegment, Floats, rounded, segment

REACH = 15_000
"""Milliseconds that no bell rings longer than."""

_STROKE = level.SPEECH - 5.5
"""LUFS of a bell's loudest 400 ms; content.md asks for 4 to 8 LU under speech."""
_SOFTER_FIRST = -2.0
_BREATH = level.SPEECH - 12.0
"""LUFS of the loudest 400 ms of a block's first breath tones."""
_FADING = -12.0
"""dB from a block's first breath to its last."""


class Partial(NamedTuple):
    """One partial of a bell: its frequency in Hz, strength, and the seconds in which it falls by 60 dB."""

    hertz: float
    strength: float
    decay: float


def bowl() -> AudioSegment:
    """A singing bowl: low, wide partials, each a pair that beats slowly."""
    partials = []
    for ratio, strength, decay, beat in (
        (1, 1.0, 15, 0.7),
        (2.71, 0.55, 11, 1.1),
        (5.13, 0.2, 7, 1.7),
        (8.1, 0.05, 4, 2.3),
    ):
        partials += [
            Partial(208 * ratio - beat / 2, strength, decay),
            Partial(208 * ratio + beat / 2, strength * 0.6, decay),
        ]
    return _struck(partials, attack=0.06, length=14.0)


def bell() -> AudioSegment:
    """A small bell: a hum note below, a soft minor third above the note that one hears."""
    ratios = (
        (0.5, 0.35, 10),
        (1, 1.0, 8),
        (1.19, 0.3, 5),
        (1.5, 0.18, 5),
        (2.01, 0.35, 4),
        (2.74, 0.1, 2.5),
        (3.76, 0.04, 1.5),
    )
    return _struck(
        [Partial(523 * ratio, strength, decay) for ratio, strength, decay in ratios],
        attack=0.035,
        length=10.0,
    )


def wood() -> AudioSegment:
    """A bar of wood, struck with a soft mallet."""
    partials = [Partial(294, 1.0, 1.3), Partial(294 * 3.93, 0.16, 0.6), Partial(294 * 9.2, 0.02, 0.25)]
    return _struck(partials, attack=0.03, length=2.0)


BELLS: dict[str, Callable[[], AudioSegment] | None] = {"bowl": bowl, "bell": bell, "wood": wood, "none": None}
"""What `--bell` takes: one stroke of each, mono."""


@lru_cache(maxsize=2 * len(BELLS))
def stroke(name: str, first: bool) -> AudioSegment | None:
    """One stroke of a bell of BELLS, None for silence; the first of a session is softer."""
    make = BELLS[name]
    if make is None:
        return None
    return make().apply_gain(_SOFTER_FIRST) if first else make()


def _struck(partials: list[Partial], attack: float, length: float) -> AudioSegment:
    """The sum of decaying partials with a soft attack, in seconds, at the level of a stroke."""
    t = np.arange(round(length * RATE)) / RATE
    sound = np.zeros(len(t))
    for n, (hertz, strength, decay) in enumerate(partials):
        # the golden angle spreads the phases, so that the partials do not all peak at once
        sound += strength * 10 ** (-3 * t / decay) * np.sin(2 * np.pi * hertz * t + 2.4 * n)
    return _at(sound * _soft(t / attack) * _soft((length - t) / (length / 3)), _STROKE)


@lru_cache(maxsize=64)
def breath(phase: Literal["in", "out"], length: int) -> AudioSegment:
    """A breath tone of `length` milliseconds, mono, as a block's first: rising to breathe in, falling out."""
    seconds = length / 1000
    t = np.arange(samples(length)) / RATE
    glide = _soft(t / seconds)
    low, high = 196.0, 261.63
    hertz = low * (high / low) ** (glide if phase == "in" else 1 - glide)
    turn = 2 * np.pi * np.cumsum(hertz) / RATE
    sound = (
        np.sin(turn) + 0.5 * np.sin(2 * turn + 1) + 0.16 * np.sin(3 * turn + 2) + 0.05 * np.sin(4 * turn + 3)
    )
    swell, away = (0.5, 0.3) if phase == "in" else (0.25, 0.65)
    return _at(sound * _soft(t / (swell * seconds)) * _soft((seconds - t) / (away * seconds)), _BREATH)


def softening(nth: int, of: int) -> float:
    """The dB by which the `nth` (from 0) of `of` breaths is softer than the first: less and less until the last."""
    return _FADING * nth / (of - 1) if of > 1 else 0.0


def _soft(x: Floats) -> Floats:
    """From 0 at 0 to 1 at 1 and on, level at both."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3 - 2 * x)


def _at(sound: Floats, target: float) -> AudioSegment:
    """The sound with its loudest 400 ms at `target` LUFS."""
    sound = sound * (8000 / np.abs(sound).max())
    loudest = float(level.momentary(rounded(sound)).max())
    return segment(rounded(sound * 10 ** ((target - loudest) / 20)))
