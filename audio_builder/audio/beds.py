"""What lies under a session: loops without a seam, made from a seed, or the author's own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np

from ..cache import Store
from ..memory_cache import MemoryCache
from ..units import RATE
from . import meter
from .pcm import Floats, Samples, rounded
from .synthesised import synthesised

LOOP = 30_000
"""Milliseconds of a loop: 1,250 frames, so that an undisturbed bed's frames come round again."""
BED = -38.0
"""LUFS of a bed where nobody speaks."""
ROOM = -55.0
"""LUFS of the room: barely there."""

FAINT = -50.0
"""LUFS of a bed up to which its side needs no more than 32 kbit/s."""

_SIZE = LOOP * RATE // 1000
_SEED = 20_480
_LOWEST, _HIGHEST = 25, 16_000  # Hz: what no phone plays is left to no encoder
_WINDOW = meter.MOMENTARY // 2
_SHARE = 4.0  # LU: more of a loop than this under its own loudness is quiet on purpose


class Layer(NamedTuple):
    """A loop of a bed: how it is made, in any scale, shaped (2, samples); its LUFS; and the dB that it falls by
    between two waves."""

    make: Callable[[], Floats]
    lufs: float
    swell: float = 0.0


class Bed(NamedTuple):
    """A bed: what it is made of, and whether it makes way for speech."""

    layers: tuple[Layer, ...]
    ducked: bool = True

    @property
    def faint(self) -> bool:
        """Whether it is barely there."""
        return all(layer.lufs <= FAINT for layer in self.layers)


def _shaped(shape: Callable[[Floats], Floats]) -> Callable[[], Floats]:
    """Noise whose spectrum has the amplitude `shape` of the frequency in Hz, left and right independent."""

    def make() -> Floats:
        hertz = np.fft.rfftfreq(_SIZE, 1 / RATE).astype(np.float64)
        heard = (hertz >= _LOWEST) & (hertz <= _HIGHEST)
        amplitude = np.zeros(len(hertz))
        amplitude[heard] = shape(hertz[heard]) / (1 + (40 / hertz[heard]) ** 4)
        draw = _draw()
        phases = [draw.random(len(hertz)) for _ in range(2)]
        with ThreadPoolExecutor(
            2
        ) as pool:  # made in the frequency domain, its end runs on into its beginning
            sides = pool.map(lambda turn: np.fft.irfft(amplitude * np.exp(2j * np.pi * turn), _SIZE), phases)
            return np.stack([*sides])

    return make


def _draw() -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(_SEED))


def room(hertz: Floats) -> Floats:
    """The air of a quiet room: low, and gone above a kilohertz or two."""
    return hertz**-0.6 / (1 + (hertz / 900) ** 2)


def pink(hertz: Floats) -> Floats:
    """As much power in every octave, a little less hiss on top."""
    return hertz**-0.5 / np.sqrt(1 + (hertz / 9000) ** 2)


def brown(hertz: Floats) -> Floats:
    """Falling by 6 dB an octave, like distant surf."""
    return hertz**-1.0


def surf(hertz: Floats) -> Floats:
    """The body of a wave: low and wide, gone above some hundred hertz."""
    return hertz**-0.7 / (1 + (hertz / 500) ** 2)


def foam(hertz: Floats) -> Floats:
    """Water that runs up a beach: a hiss around a kilohertz and two."""
    return hertz**-0.4 / ((1 + (500 / hertz) ** 2) * (1 + (hertz / 3500) ** 2))


def rain() -> Floats:
    """Steady rain on leaves: a veil of noise, and 90 drops a second on either side, each a short ring between 900 and
    4,000 Hz that dies within hundredths of a second; few are loud."""
    veil = _shaped(lambda hertz: hertz**-0.35 / ((1 + (300 / hertz) ** 2) * (1 + (hertz / 6000) ** 2)))()
    draw = _draw()
    drops = np.zeros((2, _SIZE))
    t = np.arange(RATE // 20) / RATE
    for side in range(2):
        for pitch in (900, 1300, 1900, 2700, 4000):
            hits = np.zeros(_SIZE)
            count = 18 * LOOP // 1000
            hits[draw.integers(0, _SIZE, count)] = draw.pareto(2.5, count).clip(0, 6)
            ringing = np.zeros(_SIZE)
            ringing[: len(t)] = (
                np.sin(2 * np.pi * pitch * t) * np.exp(-t * pitch / 9) * (1 - np.exp(-t * 3000))
            )
            drops[side] += np.fft.irfft(np.fft.rfft(hits) * np.fft.rfft(ringing), _SIZE)
    return np.asarray(veil / veil.std() + 0.5 * drops / drops.std())


def drone() -> Floats:
    """A still chord on A: root, fifth and octaves from 110 Hz, each partial a pair that beats once in 15 to 30 s.

    Every frequency is a whole number of turns in the loop, and other ones left than right, so that the two sides
    drift apart and together; the pairs beat at different moments, so that the chord changes and not its level."""
    t = np.arange(_SIZE) / _SIZE
    sound = np.zeros((2, _SIZE))
    turns = LOOP // 1000
    for n, (hertz, strength) in enumerate(
        ((110, 1.0), (165, 0.55), (220, 0.5), (330, 0.3), (440, 0.16), (660, 0.07), (880, 0.03))
    ):
        for side in range(2):
            for twin, share in ((0, 1.0), (1 + side, 0.45)):
                whole = hertz * turns + 3 * side + twin  # left 0 and 1, right 3 and 5 turns more
                sound[side] += (
                    share * strength * np.sin(2 * np.pi * (whole * t + 0.38 * (n + 3 * side) * (1 + twin)))
                )
    return sound


BEDS: dict[str, Bed | None] = {
    "room": Bed((Layer(_shaped(room), ROOM),), ducked=False),
    "brown": Bed((Layer(_shaped(brown), BED),)),
    "pink": Bed((Layer(_shaped(pink), BED),)),
    "rain": Bed((Layer(rain, BED),)),
    "ocean": Bed((Layer(_shaped(surf), BED - 1, swell=4.0), Layer(_shaped(foam), BED - 1, swell=8.0))),
    "drone": Bed((Layer(drone, BED),)),
    "none": None,
}
"""What `--ambience` takes besides a file."""


_loops: MemoryCache[str, tuple[Samples, ...]] = MemoryCache(len(BEDS))


def loop(name: str, store: Store | None = None) -> tuple[Samples, ...]:
    """The loops of a bed of BEDS, one a layer, each shaped (samples, 2), its channels independent; from the `store`
    where they were made before."""
    bed = BEDS[name]
    layers = bed.layers if bed else ()

    def made() -> tuple[Samples, ...]:
        each = enumerate(layers)
        return tuple(synthesised(f"{name} {n}", 2, partial(_loop, layer), store) for n, layer in each)

    return _loops.get(name, made)


def _loop(layer: Layer) -> Samples:
    curve = np.sqrt(meter.weight(_SIZE))
    with ThreadPoolExecutor(2) as pool:
        sides = pool.map(lambda side: _even(side, layer.lufs, curve), layer.make())
        return np.stack([rounded(side * 32768) for side in sides], axis=1)


def _even(sound: Floats, lufs: float, curve: Floats) -> Floats:
    """One side of a loop at a loudness, its momentary loudness made even: noise wavers, the more the lower it is, and a
    bed that comes and goes by itself keeps people awake. In mono one side is all there is. `curve` is the meter's
    weighting of each frequency."""
    where = np.arange(_SIZE) / meter.HOP - 0.5
    for _ in range(2):  # a third time makes what it smooths no smoother
        heard = np.fft.irfft(np.fft.rfft(sound) * curve, _SIZE)
        power = (heard**2).reshape(-1, meter.HOP).mean(axis=1)
        around = np.concatenate([power[-_WINDOW:], power, power[: _WINDOW - 1]])
        level = np.lib.stride_tricks.sliding_window_view(around, meter.MOMENTARY).mean(axis=-1)
        gain = np.sqrt(10 ** ((lufs + 0.691) / 10) / 2 / level)
        turn = np.concatenate([gain[-1:], gain, gain[:1]])
        sound = sound * np.interp(where, np.arange(-1, len(gain) + 1), turn)
    return sound
