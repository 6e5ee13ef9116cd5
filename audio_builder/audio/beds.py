"""Beds, the ambience beneath a session: seamless loops, synthesised from a seed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np

from ..cache import Store
from ..units import RATE, Ms, samples
from . import meter
from .pcm import Floats, Samples, to_samples
from .synthesis_cache import synthesised

LOOP_LENGTH = Ms(30_000)
"""Length of a synthesised loop: 1,250 MP3 frames, so that the frames of an undisturbed bed repeat."""
BED_LUFS = -38.0
"""Loudness of a bed in pauses."""
ROOM_LUFS = -55.0
"""Loudness of the room, barely audible."""
FAINT_LUFS = -50.0
"""A bed up to this loudness is faint: 32 kbit/s are enough for its side signal in joint stereo."""

_SIZE = samples(LOOP_LENGTH)
_SEED = 20_480
_LOWEST, _HIGHEST = 25, 16_000  # Hz: no phone reproduces more, so the encoder spends no bits on it


class Layer(NamedTuple):
    """A loop that a bed consists of.

    `synthesise` returns it at any level, shaped (2, samples). `lufs` is its loudness. `swell_db` is how far it falls
    between two waves."""

    synthesise: Callable[[], Floats]
    lufs: float
    swell_db: float = 0.0


class Bed(NamedTuple):
    """A synthesised bed. If it is `ducked`, it becomes softer beneath speech."""

    layers: tuple[Layer, ...]
    ducked: bool = True

    def is_faint(self, raised_db: float) -> bool:
        """Return whether the bed is barely audible (FAINT_LUFS) if it is raised by some dB."""
        return all(layer.lufs + raised_db <= FAINT_LUFS for layer in self.layers)


def _noise(amplitude_at: Callable[[Floats], Floats]) -> Callable[[], Floats]:
    """Return a function that synthesises noise with this amplitude at each frequency in Hz, independent left and right.

    The noise is synthesised in the frequency domain, so its end continues into its beginning."""

    def synthesise() -> Floats:
        hertz = np.fft.rfftfreq(_SIZE, 1 / RATE).astype(np.float64)
        audible = (hertz >= _LOWEST) & (hertz <= _HIGHEST)
        amplitude = np.zeros(len(hertz))
        amplitude[audible] = amplitude_at(hertz[audible]) / (1 + (40 / hertz[audible]) ** 4)
        random = _random()
        phases = [random.random(len(hertz)) for _ in range(2)]
        with ThreadPoolExecutor(2) as pool:
            sides = pool.map(
                lambda phase: np.fft.irfft(amplitude * np.exp(2j * np.pi * phase), _SIZE), phases
            )
            return np.stack([*sides])

    return synthesise


def _random() -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(_SEED))


def _room(hertz: Floats) -> Floats:
    """Return the spectrum of the air in a quiet room: low, with little above 1 or 2 kHz."""
    return hertz**-0.6 / (1 + (hertz / 900) ** 2)


def _pink(hertz: Floats) -> Floats:
    """Return a spectrum of equal power in every octave, with slightly less hiss at the top."""
    return hertz**-0.5 / np.sqrt(1 + (hertz / 9000) ** 2)


def _brown(hertz: Floats) -> Floats:
    """Return a spectrum that falls by 6 dB per octave, like distant surf."""
    return hertz**-1.0


def _surf(hertz: Floats) -> Floats:
    """Return the spectrum of the body of a wave: low and wide, with little above a few hundred hertz."""
    return hertz**-0.7 / (1 + (hertz / 500) ** 2)


def _foam(hertz: Floats) -> Floats:
    """Return the spectrum of water running up a beach: a hiss around 1 to 2 kHz."""
    return hertz**-0.4 / ((1 + (500 / hertz) ** 2) * (1 + (hertz / 3500) ** 2))


def _rain() -> Floats:
    """Synthesise steady rain on leaves: a veil of noise and 90 drops a second on each side.

    A drop is a short ring between 900 and 4,000 Hz that decays within hundredths of a second. Few drops are loud."""
    veil = _noise(lambda hertz: hertz**-0.35 / ((1 + (300 / hertz) ** 2) * (1 + (hertz / 6000) ** 2)))()
    random = _random()
    drops = np.zeros((2, _SIZE))
    t = np.arange(RATE // 20) / RATE
    for side in range(2):
        for pitch in (900, 1300, 1900, 2700, 4000):
            hits = np.zeros(_SIZE)
            count = 18 * LOOP_LENGTH // 1000
            hits[random.integers(0, _SIZE, count)] = random.pareto(2.5, count).clip(0, 6)
            ringing = np.zeros(_SIZE)
            ringing[: len(t)] = (
                np.sin(2 * np.pi * pitch * t) * np.exp(-t * pitch / 9) * (1 - np.exp(-t * 3000))
            )
            drops[side] += np.fft.irfft(np.fft.rfft(hits) * np.fft.rfft(ringing), _SIZE)
    return np.asarray(veil / veil.std() + 0.5 * drops / drops.std())


def _drone() -> Floats:
    """Synthesise a sustained chord on A, with root, fifth and octaves from 110 Hz.

    Each partial is a pair that beats once in 30 s on the left and in 15 s on the right. Every frequency has a whole
    number of periods in the loop. The frequencies differ between left and right, so the sides drift apart and together.
    The pairs beat at different times, so the colour of the chord changes but not its level."""
    t = np.arange(_SIZE) / _SIZE
    sound = np.zeros((2, _SIZE))
    seconds = LOOP_LENGTH // 1000
    for n, (hertz, strength) in enumerate(
        ((110, 1.0), (165, 0.55), (220, 0.5), (330, 0.3), (440, 0.16), (660, 0.07), (880, 0.03))
    ):
        for side in range(2):
            for extra, share in ((0, 1.0), (1 + side, 0.45)):
                periods = (
                    hertz * seconds + 3 * side + extra
                )  # left 0 and 1, right 3 and 5 more than the pitch has
                sound[side] += (
                    share * strength * np.sin(2 * np.pi * (periods * t + 0.38 * (n + 3 * side) * (1 + extra)))
                )
    return sound


BEDS: dict[str, Bed | None] = {
    "room": Bed((Layer(_noise(_room), ROOM_LUFS),), ducked=False),
    "brown": Bed((Layer(_noise(_brown), BED_LUFS),)),
    "pink": Bed((Layer(_noise(_pink), BED_LUFS),)),
    "rain": Bed((Layer(_rain, BED_LUFS),)),
    "ocean": Bed(
        (Layer(_noise(_surf), BED_LUFS - 1, swell_db=4.0), Layer(_noise(_foam), BED_LUFS - 1, swell_db=8.0))
    ),
    "drone": Bed((Layer(_drone, BED_LUFS),)),
    "none": None,
}
"""The beds of `--ambience` by name, besides a file."""


def bed_loops(name: str, store: Store | None = None) -> tuple[Samples, ...]:
    """Return a loop for each layer of a bed of BEDS, shaped (samples, 2) and independent left and right.

    Loops are cached."""
    bed = BEDS[name]
    layers = enumerate(bed.layers if bed else ())
    return tuple(synthesised(f"{name} {n}", 2, partial(_loop, layer), store) for n, layer in layers)


def _loop(layer: Layer) -> Samples:
    curve = np.sqrt(meter.k_weighting(_SIZE))
    with ThreadPoolExecutor(2) as pool:
        sides = pool.map(lambda side: _with_even_loudness(side, layer.lufs, curve), layer.synthesise())
        return np.stack([to_samples(side * 32768) for side in sides], axis=1)


def _with_even_loudness(sound: Floats, lufs: float, curve: Floats) -> Floats:
    """Return one side of a loop with its momentary loudness at `lufs` throughout.

    Noise wavers, the more the lower it is, and a bed that comes and goes by itself keeps people awake. Each side is
    evened out on its own, because a mono session has only one of them. `curve` is the K-weighting as amplitude."""
    positions = np.arange(_SIZE) / meter.HOP_SAMPLES - 0.5
    half = meter.MOMENTARY_HOPS // 2
    for _ in range(2):  # a third pass brings no further improvement
        weighted = np.fft.irfft(np.fft.rfft(sound) * curve, _SIZE)
        power = (weighted**2).reshape(-1, meter.HOP_SAMPLES).mean(axis=1)
        circular = np.concatenate([power[-half:], power, power[: half - 1]])
        windows = np.lib.stride_tricks.sliding_window_view(circular, meter.MOMENTARY_HOPS)
        gain = np.sqrt(10 ** ((lufs + 0.691) / 10) / 2 / windows.mean(axis=-1))
        gain = np.concatenate([gain[-1:], gain, gain[:1]])
        sound = sound * np.interp(positions, np.arange(-1, len(gain) - 1), gain)
    return sound
