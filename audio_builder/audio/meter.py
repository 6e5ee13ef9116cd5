"""A loudness meter for sound of any length.

It measures loudness (ITU-R BS.1770-5), loudness range (EBU Tech 3342) and true peak. All loudness follows from the
mean squares of K-weighted hops of 10 ms, so a file is read once and any part of it can be judged afterwards. Loudness
is in LUFS; powers are linear.
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
from .pcm import Floats, Samples, pieces_of

Signal = NDArray[np.float32]
"""Samples at 48 kHz, shaped (n, channels), with full scale at 1.0."""

HOP_SAMPLES = RATE // 100
SECOND_HOPS = 100
MOMENTARY_HOPS = 40
"""Hops in the momentary window and in a gating block, 400 ms."""
SHORT_TERM_HOPS = 300
"""Hops in the short-term window, 3 s."""
SILENCE = -math.inf
"""Loudness of silence."""

_GATING_STEP = 10  # hops from one gating block to the next
_ABSOLUTE_GATE = -70.0  # LUFS
_RELATIVE_GATE, _RANGE_GATE = -10.0, -20.0  # LU
_OVERSAMPLED_RATE = 4 * RATE
# BS.1770-5, tables 1 and 2: the filter coefficients at 48 kHz, (b0, b1, b2) and (1, a1, a2)
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
_TAPS = 4096  # by then the filters' response has fallen by more than 100 dB
_BLOCK = 16_384


class Measurement(NamedTuple):
    """What the meter measured.

    `powers` holds the K-weighted mean square of each hop, summed over the channels, and `peaks` the highest sample of
    each hop in any channel. `true_peak` is linear and that of the whole. `samples` counts those of one channel."""

    powers: Floats
    peaks: Floats
    true_peak: float
    samples: int


def signal_pieces(sound: Samples) -> Iterator[Signal]:
    """Yield 16-bit samples, shaped (n,) or (n, channels), as the meter takes them: ten seconds at a time."""
    for piece in pieces_of(sound):
        yield piece.reshape(len(piece), -1).astype(np.float32) / np.float32(32768)


def hop_powers(pieces: Iterable[Signal], hop: int = HOP_SAMPLES) -> Floats:
    """Return the K-weighted mean square of each hop of `hop` samples, summed over the channels.

    Silence fills the last hop if it is incomplete."""
    return np.concatenate([np.zeros(0), *(powers for powers, _ in _hops(pieces, hop))])


def measure_signal(pieces: Iterable[Signal]) -> Measurement:
    """Measure sound that arrives in pieces of any size, keeping only the hops in memory.

    Silence fills the last hop if it is incomplete."""
    count, peak = 0, 0.0
    resampler: soxr.ResampleStream | None = None

    def with_true_peak() -> Iterator[Signal]:
        nonlocal count, peak, resampler
        for piece in pieces:
            if resampler is None:
                resampler = soxr.ResampleStream(
                    RATE, _OVERSAMPLED_RATE, piece.shape[1], dtype="float32", quality="HQ"
                )
            count += len(piece)
            peak = max(peak, _highest(resampler.resample_chunk(piece)))
            yield piece
        if resampler is not None:
            peak = max(peak, _highest(resampler.resample_chunk(piece[:0], last=True)))

    hops = [(np.zeros(0), np.zeros(0)), *_hops(with_true_peak(), HOP_SAMPLES)]
    powers, peaks = (np.concatenate(column) for column in zip(*hops, strict=True))
    return Measurement(powers, peaks, peak, count)


def _hops(pieces: Iterable[Signal], hop: int) -> Iterator[tuple[Floats, Floats]]:
    """Yield (powers, peaks) of the complete hops so far; the remainder of a piece is joined to the next piece."""
    history: Signal | None = None
    pending = np.zeros((0, 0), np.float32)
    for piece in pieces:
        if history is None:
            history, pending = np.zeros((_TAPS - 1, piece.shape[1]), np.float32), piece[:0]
        pending = np.concatenate([pending, piece])
        complete = len(pending) // hop * hop
        if complete:
            yield _filtered_powers(history, pending[:complete], hop), _hop_peaks(pending[:complete], hop)
            history = np.concatenate([history, pending[:complete]])[1 - _TAPS :]
            pending = pending[complete:]
    if history is not None and len(pending):
        rest = np.pad(pending, ((0, hop - len(pending)), (0, 0)))
        yield _filtered_powers(history, rest, hop), _hop_peaks(rest, hop)


def _hop_peaks(signal: Signal, hop: int) -> Floats:
    return np.asarray(np.abs(signal).reshape(-1, hop * signal.shape[1]).max(axis=1), np.float64)


def _highest(signal: Signal) -> float:
    return float(np.abs(signal).max()) if signal.size else 0.0


def _filtered_powers(history: Signal, signal: Signal, hop: int) -> Floats:
    """Return the powers of a signal that follows `history`.

    The filter works by overlap-save, in blocks that fit a processor's cache."""
    total = np.zeros(len(signal) // hop)
    step = _BLOCK - _TAPS + 1
    response = _k_weighting_response()
    for channel in range(signal.shape[1]):
        line = np.concatenate([history[:, channel], signal[:, channel]])
        line = np.pad(line, (0, -len(signal) % step))
        blocks = np.lib.stride_tricks.sliding_window_view(line, _BLOCK)[::step]
        weighted = np.fft.irfft(np.fft.rfft(blocks) * response, _BLOCK)[:, _TAPS - 1 :]
        flat = weighted.reshape(-1)[: len(signal)].astype(np.float64)
        total += (flat.reshape(-1, hop) ** 2).mean(axis=1)
    return total


@lru_cache(maxsize=1)
def _k_weighting_response() -> NDArray[np.complex64]:
    """Return the spectrum of the impulse response, cut to _TAPS samples."""
    impulse = np.zeros(_TAPS)
    impulse[0] = 1.0
    for (b0, b1, b2), (_, a1, a2) in (_SHELF, _HIGH_PASS):
        x1 = x2 = y1 = y2 = 0.0
        for n, x in enumerate(impulse.tolist()):
            y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
            x1, x2, y1, y2 = x, x1, y, y1
            impulse[n] = y
    return np.asarray(np.fft.rfft(impulse, _BLOCK), np.complex64)


def k_weighting(size: int) -> Floats:
    """Return the power gain of K-weighting at each frequency of an `rfft` of `size` samples."""
    turn = 2 * np.pi * np.fft.rfftfreq(size)
    once, twice = np.cos(turn), np.cos(2 * turn)
    gain = np.ones(len(turn))
    for numerator, denominator in (_SHELF, _HIGH_PASS):
        for (a, b, c), power in ((numerator, 1), (denominator, -1)):
            # |a + b z + c z²|² on the unit circle, without complex numbers: they would take twice the memory
            gain *= (a * a + b * b + c * c + 2 * b * (a + c) * once + 2 * a * c * twice) ** power
    return np.maximum(gain, 0.0)


def momentary(powers: Floats) -> Floats:
    """Return the momentary loudness of the 400 ms that begin at each hop."""
    return _sliding_loudness(powers, MOMENTARY_HOPS)


def short_term(powers: Floats) -> Floats:
    """Return the short-term loudness of the 3 s that begin at each hop."""
    return _sliding_loudness(powers, SHORT_TERM_HOPS)


def integrated(powers: Floats) -> float:
    """Return the integrated loudness, gated at -70 LUFS and then at 10 LU below the rest.

    See BS.1770-5, equations 3 to 7."""
    return _mean(_gated(momentary(powers)[::_GATING_STEP], _RELATIVE_GATE))


def loudness_range(powers: Floats) -> float:
    """Return the loudness range in LU.

    It reaches from the 10th to the 95th percentile of the gated short-term loudness (EBU Tech 3342)."""
    levels = _gated(short_term(powers)[::_GATING_STEP], _RANGE_GATE)
    if not len(levels):
        return 0.0
    low, high = np.percentile(levels, (10, 95))
    return float(high - low)


def decibels(amplitude: float) -> float:
    """Return a linear amplitude in dB, or minus infinity for 0."""
    return 20 * math.log10(amplitude) if amplitude > 0 else SILENCE


def _sliding_loudness(powers: Floats, hops: int) -> Floats:
    """Return the loudness of the window that begins at each hop; silence follows what is shorter than a window."""
    padded = np.concatenate([powers, np.zeros(max(0, hops - len(powers)))])
    sums = np.cumsum(np.concatenate([[0.0], padded]))
    means = (sums[hops:] - sums[:-hops]) / hops
    return _lufs(np.where(means > 1e-12, means, 0.0))  # less is rounding error of the sums


def _lufs(powers: Floats) -> Floats:
    """Return the loudness of K-weighted mean squares (BS.1770-5, equation 2)."""
    with np.errstate(divide="ignore"):
        return np.asarray(-0.691 + 10 * np.log10(powers))


def _gated(levels: Floats, relative: float) -> Floats:
    levels = levels[levels > _ABSOLUTE_GATE]
    return levels[levels > _mean(levels) + relative] if len(levels) else levels


def _mean(levels: Floats) -> float:
    return float(10 * np.log10(np.mean(10 ** (levels / 10)))) if len(levels) else SILENCE
