"""A look-ahead limiter that treats any part of a sound exactly as it treats the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ..units import MS_SAMPLES
from .pcm import Floats, Samples, apply_envelope, pieces_of

_LOOK_AHEAD = (
    15  # ms in which the gain falls before a peak and recovers after it: longer than a period of a low voice
)
MARGIN = 2 * _LOOK_AHEAD + 1
"""Milliseconds on either side of a moment that can affect its gain."""


def limit(sound: Samples, gain_db: float, ceiling: float, attenuation_db: float = 0.0) -> Samples:
    """Amplify one channel by `gain_db`, hold it below `ceiling` in dBFS, then lower it by `attenuation_db`.

    The gain falls smoothly before a peak and recovers after it. Samples further than MARGIN milliseconds away have no
    influence."""
    padded = whole_milliseconds(sound)
    peaks = millisecond_peaks(padded.reshape(-1, 1))
    pieces = limit_pieces(pieces_of(padded), peaks, gain_db, ceiling, attenuation_db)
    return np.concatenate(list(pieces) or [sound])[: len(sound)]


def limit_pieces(
    pieces: Iterable[Samples], peaks: Floats, gain_db: float, ceiling: float, attenuation_db: float = 0.0
) -> Iterator[Samples]:
    """Do what `limit` does to one channel that arrives in pieces of whole milliseconds, given its peaks.

    `peaks` holds the highest sample of each millisecond of the whole."""
    up = 10 ** (gain_db / 20)
    gains = gain_reduction(peaks * up, ceiling) * (up * 10 ** (-attenuation_db / 20))
    at = 0
    for piece in pieces:
        after = at + len(piece) // MS_SAMPLES
        yield apply_envelope(piece.reshape(-1, 1), gains[at : after + 1]).reshape(-1)
        at = after


def whole_milliseconds(sound: Samples) -> Samples:
    """Return one channel with silence at its end up to the next whole millisecond."""
    missing = -len(sound) % MS_SAMPLES
    return np.pad(sound, (0, missing)) if missing else sound


def millisecond_peaks(sound: Samples) -> Floats:
    """Return the highest absolute sample of each millisecond, over all channels of sound shaped (n, channels)."""
    blocks = sound.reshape(-1, MS_SAMPLES * sound.shape[1])
    # not np.abs: -32768 has no positive counterpart in 16 bit
    return np.asarray(
        np.maximum(blocks.max(axis=1).astype(np.float64), -blocks.min(axis=1).astype(np.float64))
    )


def gain_reduction(peaks: Floats, ceiling: float) -> Floats:
    """Return the linear gains that hold samples below `ceiling` in dBFS, to be interpolated between milliseconds.

    `peaks` holds the highest sample of each millisecond, with silence before and after. The result holds a gain for
    each boundary of a millisecond, one more than `peaks`."""
    wanted = np.minimum(1.0, 32768 * 10 ** (ceiling / 20) / np.maximum(peaks, 1.0))
    count = len(peaks) + 1
    if (wanted == 1).all():
        return np.ones(count)
    lowest = _sliding_minimum(np.pad(wanted, MARGIN, constant_values=1.0), MARGIN + 1)
    # Every window around a boundary covers both of its milliseconds, so no minimum exceeds what those allow, and
    # neither does the mean. A running sum would round differently in a part of a sound, so the terms are added up.
    total = np.zeros(count)
    for shift in range(2 * _LOOK_AHEAD + 1):
        total += lowest[shift : shift + count]
    return total / (2 * _LOOK_AHEAD + 1)


def _sliding_minimum(values: Floats, size: int) -> Floats:
    """Return the minimum of each window of `size` values, by doubling the window."""
    width = 1
    while width < size:
        step = min(width, size - width)
        values = np.minimum(values[:-step], values[step:])
        width += step
    return values
