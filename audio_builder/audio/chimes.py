"""Bells and breath tones, synthesised: always the same samples, and no sound files to ship."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np

from ..cache import Store
from ..units import RATE, Ms, samples
from . import level
from .pcm import Floats, Samples, smoothstep, to_samples
from .synthesis_cache import synthesised

LONGEST_RING = Ms(15_000)
"""No bell rings longer than this."""
BELL_ATTACK = Ms(30)
"""Shortest attack of a bell, an author's recording included, so that no bell startles a listener."""

STROKE_LUFS = level.SPEECH_LUFS - 5.5
"""Loudness of a bell's loudest 400 ms. A session promises 4 to 8 LU below speech (docs/sound.md)."""
FIRST_STROKE_ATTENUATION_DB = 2.0
"""How many dB the first stroke of a session is softer than the others."""
BREATH_LUFS = level.SPEECH_LUFS - 12.0
"""Loudness of the loudest 400 ms of the first breath tones of a block."""
BREATH_STEP_DB = 5 * math.log10(2)
"""A step of attenuation: a quarter of an octave, the unit of an MP3 frame's gain (`mp3/frame.py`)."""
_BREATH_STEPS = (
    8  # from the first breath of a block to the last one, which is 24 LU below speech: nearly gone
)


class Partial(NamedTuple):
    """A partial of a bell: its frequency in Hz, its relative strength, and the seconds in which it decays by 60 dB."""

    hertz: float
    strength: float
    decay: float


def ring_mode_ratio(mode: int) -> float:
    """Return the frequency of a flexural mode of a thin ring, relative to the lowest mode, 2.

    The formula is n (n² - 1) / sqrt(n² + 1) (Rayleigh, The Theory of Sound, § 233): 1, 2.83, 5.42, 8.77, 12.9. Struck
    bowls differ from it by a few per cent. The bowl measured for `BandedWG` of the Synthesis ToolKit has 1, 2.98, 5.70,
    9.0, 12.8."""

    def frequency(n: int) -> float:
        return float(n * (n * n - 1) / (n * n + 1) ** 0.5)

    return frequency(mode) / frequency(2)


def _bowl() -> Samples:
    """Synthesise a singing bowl at 208 Hz, struck with a soft mallet.

    It has the modes of a ring, which decay in 15, 11, 7 and 4 s. No real bowl is perfectly round, which splits each
    mode in two that beat: here 0.7, 1.1, 1.7 and 2.3 times a second. The mallet is wide, so high modes are weak."""
    partials = []
    for mode, strength, decay, beat in (
        (2, 1.0, 15, 0.7),
        (3, 0.5, 11, 1.1),
        (4, 0.16, 7, 1.7),
        (5, 0.04, 4, 2.3),
    ):
        hertz = 208 * ring_mode_ratio(mode)
        partials.append(Partial(hertz - beat / 2, strength, decay))
        partials.append(Partial(hertz + beat / 2, strength * 0.6, decay * 0.9))
    return _strike(partials, attack=0.06, length=14.5)


def _bell() -> Samples:
    """Synthesise a small tuned bell at 523 Hz (its prime).

    The ratios are those to which founders tune bells: hum 1/2, prime 1, minor third 6/5, fifth 3/2, nominal 2, then
    5/2, 8/3 and 4 (Fletcher and Rossing, The Physics of Musical Instruments, ch. 21). The third and the nominal are
    split by fractions of a hertz. Decay takes from 10 s for the hum down to 1.5 s."""
    return _strike(
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


def _wood() -> Samples:
    """Synthesise a wooden bar at 294 Hz, struck with a soft mallet, with decays of 1.3, 0.6 and 0.25 s.

    Its underside is cut like that of a marimba bar. This tunes the second partial to four times the first and the third
    to nearly ten times (Fletcher and Rossing, ch. 19). An uncut bar has 1, 2.76, 5.40."""
    return _strike(
        [Partial(294, 1.0, 1.3), Partial(294 * 4, 0.14, 0.6), Partial(294 * 9.9, 0.02, 0.25)],
        attack=0.03,
        length=2.0,
    )


BELLS: dict[str, Callable[[], Samples] | None] = {"bowl": _bowl, "bell": _bell, "wood": _wood, "none": None}
"""The bells of `--bell` by name, besides a file. Each function synthesises one stroke on one channel.

`BuildOptions.bell` in `options.py` lists the same names, because options are declared before any sound is made."""


def bell_stroke(name: str, store: Store | None = None) -> Samples | None:
    """Return one stroke of a bell of BELLS on one channel, or None for `none`. Strokes are cached."""
    synthesise = BELLS[name]
    return None if synthesise is None else synthesised(name, 1, synthesise, store)


def shape_stroke(recording: Samples) -> Samples:
    """Return an author's recording, one channel, as a stroke of a bell.

    It has the level of a stroke, an attack of BELL_ATTACK, and fades out before LONGEST_RING. The recording must not be
    silent."""
    magnitude = np.abs(recording.astype(np.int32))
    start = int(np.argmax(20 * magnitude >= magnitude.max())) // samples(1)
    recording = recording[samples(start) :]  # else the attack would shape the silence before the stroke
    sound = recording[: samples(LONGEST_RING)].astype(np.float64)
    length = len(sound) / samples(1)
    t = (np.arange(len(sound)) + 1) / samples(1)
    fade = min(LONGEST_RING / 3, length / 3) if len(recording) > samples(LONGEST_RING) else 20.0
    return _normalise(sound * smoothstep(t / BELL_ATTACK) * smoothstep((length - t) / fade), STROKE_LUFS)


def _strike(partials: Iterable[Partial], attack: float, length: float) -> Samples:
    """Add up decaying partials, with a soft attack, at the level of a stroke. Attack and length are in seconds."""
    t = np.arange(round(length * RATE)) / RATE
    sound = np.zeros(len(t))
    for n, (hertz, strength, decay) in enumerate(partials):
        # the golden angle, 2.4 rad, spreads the phases, so that the partials do not all peak at once
        sound += strength * 10 ** (-3 * t / decay) * np.sin(2 * np.pi * hertz * t + 2.4 * n)
    return _normalise(sound * smoothstep(t / attack) * smoothstep((length - t) / (length / 3)), STROKE_LUFS)


_LOW_PITCH, _HIGH_PITCH = 196.0, 261.63  # Hz: G3 and C4
_BREATH_BANDS = (450.0, 900.0, 1800.0)  # Hz: the sound of breath, from a closed mouth to an open one
_BAND_WIDTH = 0.45  # octaves from the centre of a band to 4 dB down
_BREATH_POWER = 0.2  # relative to the tone: loud enough to hear the breath, too soft to hiss
_SEED = 4_600


@lru_cache(maxsize=32)
def breath_tone(phase: Literal["in", "out"], length: Ms) -> Samples:
    """Return a breath tone on one channel, as loud as the first one of a block.

    The tone for breathing in rises from G3 (196 Hz) to C4 (262 Hz) and swells over its first half. The tone for
    breathing out falls back and fades over its last two thirds. Both have three overtones of -6, -16 and -26 dB. The
    noise of a breath lies beneath, and its colour moves from 450 up to 1,800 Hz and back with the pitch."""
    seconds = length / 1000
    t = np.arange(samples(length)) / RATE
    glide = smoothstep(t / seconds)
    position = glide if phase == "in" else 1 - glide
    angle = 2 * np.pi * np.cumsum(_LOW_PITCH * (_HIGH_PITCH / _LOW_PITCH) ** position) / RATE
    tone = (
        np.sin(angle)
        + 0.5 * np.sin(2 * angle + 1)
        + 0.16 * np.sin(3 * angle + 2)
        + 0.05 * np.sin(4 * angle + 3)
    )
    noise = np.zeros(len(t))
    for n, band in enumerate(_noise_bands(len(t))):
        noise += band * np.clip(1 - np.abs(2 * position - n), 0.0, 1.0)
    noise *= np.sqrt(_BREATH_POWER * (tone**2).mean() / (noise**2).mean())
    swell, fade = (0.5, 0.3) if phase == "in" else (0.2, 0.66)
    envelope = smoothstep(t / (swell * seconds)), smoothstep((seconds - t) / (fade * seconds))
    return _normalise((tone + noise) * envelope[0] * envelope[1], BREATH_LUFS)


def _noise_bands(size: int) -> list[Floats]:
    """Return noise in three neighbouring bands of equal power."""
    random = np.random.Generator(np.random.PCG64(_SEED))
    spectrum = np.fft.rfft(random.standard_normal(size))
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    distances = [np.log2(np.maximum(hertz, 1.0) / centre) / _BAND_WIDTH for centre in _BREATH_BANDS]
    bands = [np.fft.irfft(spectrum * np.exp(-0.5 * distance**2), size) for distance in distances]
    return [band / np.sqrt((band**2).mean()) for band in bands]


def steps_down(cycle: int, cycles: int) -> int:
    """Return by how many steps of BREATH_STEP_DB the breath `cycle` (from 0) of `cycles` is softer than the first."""
    return round(_BREATH_STEPS * cycle / (cycles - 1)) if cycles > 1 else 0


def _normalise(sound: Floats, target: float) -> Samples:
    """Return the sound with its loudest 400 ms at `target` LUFS."""
    sound = sound * (8000 / np.abs(sound).max())
    return to_samples(sound * 10 ** ((target - level.max_momentary(to_samples(sound))) / 20))
