"""Loudness after ITU-R BS.1770-5, and bringing sound to a loudness without overload.

One channel is measured as it is heard on both of two, 3 LU above what a meter says of it alone: so a clip has the
loudness that it will have in a stereo session.
"""

from __future__ import annotations

import math

import numpy as np

from ..units import MS_SAMPLES, RATE
from .pcm import Floats, Samples, rounded

SPEECH = -16.0
"""LUFS of speech, the anchor of every level."""
CEILING = -5.5
"""dBFS that no sample of a clip passes, on each channel: room for what lies under it, and for the encoder."""

_HOP = RATE // 10
_PIECE = 100 * _HOP
_BEFORE = RATE  # the weighting filters have died away after a second
# BS.1770-5, tables 1 and 2: the coefficients at 48 kHz of the shelf (the head) and of the high-pass
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_HIGH = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))


def weight(size: int) -> Floats:
    """The power gain of K-weighting at each frequency of `rfft` of so many samples."""
    turn = 2 * np.pi * np.fft.rfftfreq(size)
    once, twice = np.cos(turn), np.cos(2 * turn)
    gain = np.ones(len(turn))
    for above, below in (_SHELF, _HIGH):
        for (a, b, c), power in ((above, 1), (below, -1)):
            # |a + b z + c z²|² on the unit circle, without complex numbers: loops are long
            gain *= (a * a + b * b + c * c + 2 * b * (a + c) * once + 2 * a * c * twice) ** power
    return np.maximum(gain, 0.0)


def momentary(sound: Samples) -> Floats:
    """The loudness in LUFS of each 400 ms, a step of 100 ms apart, of one channel heard on two.

    Sound shorter than 400 ms counts as followed by silence."""
    hops = np.concatenate([_hop_powers(sound, at) for at in range(0, max(1, len(sound)), _PIECE)])
    hops = np.concatenate([hops, np.zeros(max(0, 4 - len(hops)))])
    blocks = np.convolve(hops, np.full(4, 0.25), "valid")
    levels: Floats = -0.691 + 10 * np.log10(np.maximum(2 * blocks, 1e-20))
    return levels


def _hop_powers(sound: Samples, at: int) -> Floats:
    """The weighted mean squares of the 100 ms hops from sample `at` on, 10 s of them."""
    before = min(at, _BEFORE)
    piece = sound[at - before : at + _PIECE].astype(np.float64) / 32768
    padded = np.concatenate([piece, np.zeros(_BEFORE + -(len(piece) - before) % _HOP)])
    spectrum = np.fft.rfft(padded)
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(len(padded)))
    for above, below in (_SHELF, _HIGH):
        spectrum = spectrum * np.polyval(above[::-1], z) / np.polyval(below[::-1], z)
    heard = np.fft.irfft(spectrum, len(padded))[before : len(padded) - _BEFORE]
    return np.asarray((heard.reshape(-1, _HOP) ** 2).mean(axis=1))


def loudness(sound: Samples) -> float:
    """The integrated loudness in LUFS, gated as BS.1770 says; minus infinity where all is below -70."""
    levels = momentary(sound)
    for gate in (-70.0, None):
        levels = levels[levels > (gate if gate is not None else _mean(levels) - 10)]
        if not len(levels):
            return -math.inf
    return _mean(levels)


def _mean(levels: Floats) -> float:
    return float(10 * np.log10(np.mean(10 ** (levels / 10))))


def levelled(sound: Samples, target: float = SPEECH) -> Samples:
    """The sound at a loudness of `target` LUFS, its peaks held below the ceiling by gains that move slowly.

    Silence stays as it is."""
    measured = loudness(sound)
    if measured == -math.inf:
        return sound
    return limited(sound, 10 ** ((target - measured) / 20))


def limited(sound: Samples, gain: float) -> Samples:
    """The sound times `gain`, no sample above the ceiling: turned down from 5 ms before a peak to 5 ms after."""
    ceiling = 32768 * 10 ** (CEILING / 20)
    size = len(sound)
    padded = np.concatenate([sound, np.zeros(-size % MS_SAMPLES, np.int16)]).reshape(-1, MS_SAMPLES)
    peaks = (
        np.maximum(np.abs(padded.max(axis=1).astype(np.int32)), np.abs(padded.min(axis=1).astype(np.int32)))
        * gain
    )
    wanted = np.minimum(1.0, ceiling / np.maximum(peaks, 1.0))
    if (wanted == 1).all():
        return rounded(sound.astype(np.float64) * gain)
    lowest = np.lib.stride_tricks.sliding_window_view(np.pad(wanted, 6, constant_values=1.0), 13).min(axis=1)
    # the mean of 11 neighbours, each of them at most what the middle one wants, is at most that too
    smooth = np.convolve(np.pad(lowest, 5, mode="edge"), np.full(11, 1 / 11), "valid") * gain
    middles = np.arange(len(smooth)) + 0.5
    out = np.empty_like(padded)
    for at in range(0, len(padded), 10_000):  # ten seconds at a time: recordings can be long
        part = slice(at, at + 10_000)
        where = at + (np.arange(len(padded[part]) * MS_SAMPLES) + 0.5) / MS_SAMPLES
        out[part] = rounded(padded[part] * np.interp(where, middles, smooth).reshape(-1, MS_SAMPLES))
    return out.reshape(-1)[:size]
