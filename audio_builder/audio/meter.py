"""Loudness after ITU-R BS.1770-5, loudness range after EBU Tech 3342, and true peak: a meter for sound of any length.

Everything follows from the mean squares of K-weighted hops of 10 ms, so a file is read once and any of its parts can
be judged afterwards. Levels are in LUFS, arrays of powers are linear.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import soxr
from numpy.typing import NDArray

from ..units import RATE
from .pcm import Floats

Sound = NDArray[np.float32]
"""Samples shaped (n, channels), full scale at 1.0, 48 kHz."""

HOP = RATE // 100
"""Samples of a hop."""
SECOND = 100
"""Hops in a second."""
MOMENTARY = 40
"""Hops of the momentary window, 400 ms; also of a gating block, of which one begins every 100 ms."""
SHORT_TERM = 300
"""Hops of the short-term window, 3 s."""
SILENCE = -math.inf

_STEP = 10  # hops between gating blocks
_ABSOLUTE, _RELATIVE, _RELATIVE_RANGE = -70.0, -10.0, -20.0
_OVERSAMPLED = 4 * RATE
# BS.1770-5, tables 1 and 2: the coefficients at 48 kHz of the shelf (the head) and of the high-pass
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_HIGH = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
_TAPS = 4096  # after which the filters' response has fallen by more than 100 dB
_BLOCK = 16_384


class Measured(NamedTuple):
    """What a meter saw: for each hop the K-weighted mean square summed over the channels, and the highest sample of
    any channel; `true_peak` of the whole, linear; `samples` of each channel."""

    powers: Floats
    peaks: Floats
    true_peak: float
    samples: int


def powers(pieces: Iterable[Sound], hop: int = HOP) -> Floats:
    """For each hop of so many samples the K-weighted mean square summed over the channels; a last hop that is not full
    is filled with silence."""
    return np.concatenate([np.zeros(0), *(powers for powers, _ in _hops(pieces, hop))])


def measure(pieces: Iterable[Sound]) -> Measured:
    """Reads sound piece by piece, in bounded memory but for the hops; a last hop that is not full is filled with
    silence."""
    count, top = 0, 0.0
    over: soxr.ResampleStream | None = None

    def oversampled() -> Iterator[Sound]:
        nonlocal count, top, over
        for piece in pieces:
            if over is None:
                over = soxr.ResampleStream(RATE, _OVERSAMPLED, piece.shape[1], dtype="float32", quality="HQ")
            count += len(piece)
            top = max(top, _highest(over.resample_chunk(piece)))
            yield piece
        if over is not None:
            top = max(top, _highest(over.resample_chunk(piece[:0], last=True)))

    hops = [(np.zeros(0), np.zeros(0)), *_hops(oversampled(), HOP)]
    powers, peaks = (np.concatenate(part) for part in zip(*hops, strict=True))
    return Measured(powers, peaks, top, count)


def _hops(pieces: Iterable[Sound], hop: int) -> Iterator[tuple[Floats, Floats]]:
    """(powers, peaks) of the whole hops of each piece, what is left over going with the next."""
    before: Sound | None = None
    waiting = np.zeros((0, 0), np.float32)
    for piece in pieces:
        if before is None:
            before, waiting = np.zeros((_TAPS - 1, piece.shape[1]), np.float32), piece[:0]
        waiting = np.concatenate([waiting, piece])
        whole = len(waiting) // hop * hop
        if whole:
            yield _powers(before, waiting[:whole], hop), _peaks(waiting[:whole], hop)
            before = np.concatenate([before, waiting[:whole]])[1 - _TAPS :]
            waiting = waiting[whole:]
    if before is not None and len(waiting):
        rest = np.pad(waiting, ((0, hop - len(waiting)), (0, 0)))
        yield _powers(before, rest, hop), _peaks(rest, hop)


def _peaks(sound: Sound, hop: int) -> Floats:
    return np.asarray(np.abs(sound).reshape(-1, hop * sound.shape[1]).max(axis=1), np.float64)


def _highest(sound: Sound) -> float:
    return float(np.abs(sound).max()) if sound.size else 0.0


def _powers(before: Sound, sound: Sound, hop: int) -> Floats:
    """The hops of sound that follows `before`, filtered by overlap-save in blocks that fit a processor's cache."""
    total = np.zeros(len(sound) // hop)
    step = _BLOCK - _TAPS + 1
    response = _response()
    for channel in range(sound.shape[1]):
        line = np.concatenate([before[:, channel], sound[:, channel]])
        line = np.pad(line, (0, -len(sound) % step))
        blocks = np.lib.stride_tricks.sliding_window_view(line, _BLOCK)[::step]
        heard = np.fft.irfft(np.fft.rfft(blocks) * response, _BLOCK)[:, _TAPS - 1 :]
        flat = heard.reshape(-1)[: len(sound)].astype(np.float64)
        total += (flat.reshape(-1, hop) ** 2).mean(axis=1)
    return total


@lru_cache(maxsize=1)
def _response() -> NDArray[np.complex64]:
    """The spectrum of K-weighting's impulse response, cut where it has died away."""
    impulse = np.zeros(_TAPS)
    impulse[0] = 1.0
    for (b0, b1, b2), (_, a1, a2) in (_SHELF, _HIGH):
        x1 = x2 = y1 = y2 = 0.0
        for n, x in enumerate(impulse.tolist()):
            y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
            x1, x2, y1, y2 = x, x1, y, y1
            impulse[n] = y
    return np.asarray(np.fft.rfft(impulse, _BLOCK), np.complex64)


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


def lufs(power: Floats) -> Floats:
    """The loudness of K-weighted mean squares (BS.1770-5, equation 2); silence is minus infinity."""
    with np.errstate(divide="ignore"):
        return np.asarray(-0.691 + 10 * np.log10(power))


def windows(powers: Floats, hops: int) -> Floats:
    """The loudness of every window of so many hops, one beginning at each hop; what is shorter counts as followed
    by silence."""
    padded = np.concatenate([powers, np.zeros(max(0, hops - len(powers)))])
    sums = np.cumsum(np.concatenate([[0.0], padded]))
    means = (sums[hops:] - sums[:-hops]) / hops
    return lufs(np.where(means > 1e-12, means, 0.0))  # below the rounding of the sums there is silence


def momentary(powers: Floats) -> Floats:
    """Momentary loudness, beginning at each hop."""
    return windows(powers, MOMENTARY)


def short_term(powers: Floats) -> Floats:
    """Short-term loudness, beginning at each hop."""
    return windows(powers, SHORT_TERM)


def integrated(powers: Floats) -> float:
    """Integrated loudness, gated at -70 LUFS and then 10 LU below what is left (BS.1770-5, equations 3 to 7)."""
    return _mean(_gated(momentary(powers)[::_STEP], _RELATIVE))


def loudness_range(powers: Floats) -> float:
    """Loudness range in LU: from the 10th to the 95th percentile of the gated short-term loudness (EBU Tech 3342)."""
    levels = _gated(short_term(powers)[::_STEP], _RELATIVE_RANGE)
    if not len(levels):
        return 0.0
    low, high = np.percentile(levels, (10, 95))
    return float(high - low)


def _gated(levels: Floats, relative: float) -> Floats:
    levels = levels[levels > _ABSOLUTE]
    return levels[levels > _mean(levels) + relative] if len(levels) else levels


def _mean(levels: Floats) -> float:
    return float(10 * np.log10(np.mean(10 ** (levels / 10)))) if len(levels) else SILENCE


def decibels(amplitude: float) -> float:
    """A linear amplitude in dB; of nothing, minus infinity."""
    return 20 * math.log10(amplitude) if amplitude > 0 else SILENCE
