"""The levels of a session, and bringing sound to them without overload.

One channel is measured as it is heard on both of two, 3 LU above what a meter says of it alone: so a clip has the
loudness that it will have in a stereo session.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..units import MS_SAMPLES
from . import meter
from .pcm import Floats, Samples, shaped

SPEECH = -16.0
"""LUFS of speech, the anchor of every level."""
HEADROOM = 9.0
"""dB by which clips of words lie below their level on the disk, so that their peaks fit: the mix limits them."""
PEAK = {"stereo": -2.0, "mono": -3.6}
"""dBFS that no sample of a session passes. An MP3 decodes to peaks that are up to 1.6 dB higher in stereo and 2.3 dB
in mono (measured, docs/sound.md), and -1 dBTP is the promise."""
BOTH = 10 * math.log10(2)
"""dB: one channel alone measures so much less than the same sound on both of two."""

_ROOM, _TIGHT = (
    0.8,
    0.1,
)  # dB between the peaks of words and those of all: for a bell that rings on beneath them
_REACH = 15  # ms before a peak in which the gain goes down, and after it: more than the period of a low voice
MARGIN = 2 * _REACH + 1
"""Milliseconds on either side of a moment that its `reduction` depends on."""


def ceiling(stereo: bool) -> float:
    """dBFS that no sample of words passes at their own level, on each of two channels."""
    return PEAK["stereo"] - _ROOM if stereo else PEAK["mono"] - _TIGHT - BOTH


class Words(NamedTuple):
    """What the level of a clip of words follows from: of each millisecond the K-weighted mean square and the highest
    sample (in the scale of 16 bit), both at the level of speech and before any limiting."""

    powers: Floats
    peaks: Floats

    def at(self, gain: float, ceiling: float) -> Floats:
        """The powers of the words turned up by `gain` dB and then held below `ceiling`, as `limited` does it: a
        millisecond loses what it is turned down by."""
        up = 10 ** (gain / 20)
        held = reduction(self.peaks * up, ceiling) * up
        return np.asarray(self.powers * (held[:-1] + held[1:]) ** 2 / 4)


def words(clip: Samples) -> Words:
    """The level of the samples of a clip of words."""
    up = 10 ** (HEADROOM / 20)
    padded = np.pad(clip, (0, -len(clip) % MS_SAMPLES)).reshape(-1, 1)
    return Words(powers(clip, MS_SAMPLES) * up**2, peaks(padded) * up)


def powers(sound: Samples, hop: int = meter.HOP) -> Floats:
    """The K-weighted mean squares of the hops of one channel heard on two (`meter` reads levels off those of 10 ms)."""
    piece = (sound.reshape(-1, 1) / np.float32(32768)).astype(np.float32)
    return 2 * meter.powers([piece], hop)


def loudness(sound: Samples) -> float:
    """The integrated loudness in LUFS of one channel heard on two; minus infinity where all is below -70."""
    return meter.integrated(powers(sound))


def loudest(sound: Samples) -> float:
    """The highest momentary loudness in LUFS of one channel heard on two."""
    return float(meter.momentary(powers(sound)).max())


def levelled(sound: Samples) -> Samples:
    """One channel as a clip: HEADROOM below the level of speech. Silence stays as it is."""
    measured = loudness(sound)
    if measured == meter.SILENCE:
        return sound
    return limited(sound, SPEECH - HEADROOM - measured, -0.1)


def limited(sound: Samples, gain: float, ceiling: float, softer: float = 0.0) -> Samples:
    """One channel turned up by `gain` dB, no sample then above `ceiling` dBFS, and turned by `softer` dB after that.

    The gain goes down smoothly before a peak and comes back after it; what is further than MARGIN from a moment does
    not change it."""
    padded = np.pad(sound, (0, -len(sound) % MS_SAMPLES)).reshape(-1, 1)
    up = 10 ** (gain / 20)
    held = reduction(peaks(padded) * up, ceiling) * (up * 10 ** (softer / 20))
    step = 10_000  # ten seconds at a time: recordings can be long
    parts = [
        shaped(padded[at * MS_SAMPLES : (at + step) * MS_SAMPLES], held[at : at + step + 1])
        for at in range(0, max(1, len(held) - 1), step)
    ]
    return np.concatenate(parts).reshape(-1)[: len(sound)]


def peaks(sound: Samples) -> Floats:
    """The highest sample of each millisecond, of any channel, of sound shaped (n, channels)."""
    blocks = sound.reshape(-1, MS_SAMPLES * sound.shape[1])
    # of 16 bits, -32768 has no positive twin
    return np.asarray(
        np.maximum(blocks.max(axis=1).astype(np.float64), -blocks.min(axis=1).astype(np.float64))
    )


def reduction(peaks: Floats, ceiling: float) -> Floats:
    """The gain at the border of each millisecond, straight in between, that holds samples below `ceiling` in dBFS.

    `peaks` has the highest sample of each millisecond; outside them there is silence. There is one border more than
    there are milliseconds."""
    wanted = np.minimum(1.0, 32768 * 10 ** (ceiling / 20) / np.maximum(peaks, 1.0))
    count = len(peaks) + 1
    if (wanted == 1).all():
        return np.ones(count)
    lowest, width = np.pad(wanted, MARGIN, constant_values=1.0), 1
    while width < MARGIN + 1:  # the lowest of MARGIN + 1 neighbours, by halves
        step = min(width, MARGIN + 1 - width)
        lowest = np.minimum(lowest[:-step], lowest[step:])
        width += step
    # each of the neighbours is at most what the milliseconds at this border want, and so is their mean;
    # added one by one, so that a part of a sound is turned down exactly as in the whole
    total = np.zeros(count)
    for shift in range(2 * _REACH + 1):
        total += lowest[shift : shift + count]
    return total / (2 * _REACH + 1)
