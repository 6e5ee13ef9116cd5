"""Hear which passages of a recording sound alike, as two readings of one sentence do.

No words are recognised, so it works in any language. The cepstra of two passages are laid over one another by dynamic
time warping (Sakoe and Chiba, "Dynamic programming algorithm optimization for spoken word recognition", 1978). How far
they differ is compared with how far other passages of the same recording do, whatever the voice and the room.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ..audio.pcm import Floats
from .alignment import Repeat, Repeats
from .passages import HOP_SECONDS, Passage, RecordingSound
from .warping import warped_distances

_CEPSTRA = 13
_QUIETEST, _ABOVE_NOISE = 0.10, 0.7  # of each band; in the logarithm of power, about 3 dB
_MOST_PASSAGES = 3  # of each reading
_OTHER_LENGTH = 0.35  # in the logarithm: two readings of a sentence last about as long
_LONGER = 1.3  # what follows a false start may be this much slower
_OTHERS, _LEAST_OTHERS, _APART = 300, 12, 3
_USUAL = 4.2, 0.25  # the median and deviation of distances, if a recording has too few passages to compare
# Two readings differ by 4 to 11 deviations less than other passages do, and other passages hardly ever by 3 less.
_ALIKE, _STEEPNESS, _LEAST, _MOST = -3.0, 2.5, -4.0, 6.0
_SAME_WORDS, _OTHER_WORDS = 0.8, 0.65  # of the letters of two sentences


class _Run(NamedTuple):
    """Passages `first` to `last`."""

    first: int
    last: int


def repeats(found: Sequence[Passage], sound: RecordingSound, texts: Sequence[str]) -> Repeats:
    """Return where one of these sentences may have been read twice, or begun and read again."""
    cepstra = _cepstra(found, sound)
    return Repeats(_read_twice(cepstra), _false_starts(cepstra), _weights(texts))


def _read_twice(cepstra: Sequence[Floats]) -> tuple[Repeat, ...]:
    ends = np.cumsum([0, *map(len, cepstra)])
    count = len(cepstra)
    pairs = [
        (_Run(first, middle), _Run(middle + 1, last))
        for first in range(count)
        for middle in range(first, min(first + _MOST_PASSAGES, count - 1))
        for last in range(middle + 1, min(middle + 1 + _MOST_PASSAGES, count))
        if abs(np.log((ends[middle + 1] - ends[first]) / (ends[last + 1] - ends[middle + 1]))) < _OTHER_LENGTH
    ]
    likely = _likeness(cepstra, pairs, has_open_end=False)
    return tuple(
        Repeat(one.first, one.last, two.last, float(ratio))
        for (one, two), ratio in zip(pairs, likely, strict=True)
        if ratio > _LEAST
    )


def _false_starts(cepstra: Sequence[Floats]) -> tuple[float, ...]:
    """Return, for each passage, how likely it is to be the beginning of what follows it, and 0 if it is not."""
    pairs = [
        (_Run(n, n), _Run(n + 1, min(n + _MOST_PASSAGES, len(cepstra) - 1))) for n in range(len(cepstra) - 1)
    ]
    return (*np.maximum(_likeness(cepstra, pairs, has_open_end=True), 0.0).tolist(), 0.0)


def _likeness(cepstra: Sequence[Floats], pairs: Sequence[tuple[_Run, _Run]], has_open_end: bool) -> Floats:
    """Return the logarithm of how much more likely two runs are to sound like this if the words are the same."""
    others = _others(cepstra)
    distances = _distances(cepstra, [*pairs, *others], has_open_end)
    usual, deviation = _USUAL
    if len(others) >= _LEAST_OTHERS:
        usual = float(np.median(distances[len(pairs) :]))
        deviation = 1.48 * float(np.median(np.abs(distances[len(pairs) :] - usual)))
    off = (distances[: len(pairs)] - usual) / max(deviation, 1e-6)
    return np.clip(-_STEEPNESS * (off - _ALIKE), _LEAST, _MOST)


def _others(cepstra: Sequence[Floats]) -> list[tuple[_Run, _Run]]:
    """Return pairs of passages of about the same length that are surely not the same sentence."""
    lengths = np.array([*map(len, cepstra)])
    pairs = np.random.default_rng(1).integers(0, len(cepstra), (20 * _OTHERS, 2))
    alike = np.abs(np.log(lengths[pairs[:, 0]] / lengths[pairs[:, 1]])) < _OTHER_LENGTH
    apart = np.abs(pairs[:, 0] - pairs[:, 1]) > _APART
    return [(_Run(int(n), int(n)), _Run(int(k), int(k))) for n, k in pairs[alike & apart][:_OTHERS]]


def _distances(cepstra: Sequence[Floats], pairs: Sequence[tuple[_Run, _Run]], has_open_end: bool) -> Floats:
    sounds = []
    for one, two in pairs:
        first, second = (np.concatenate(cepstra[run.first : run.last + 1]) for run in (one, two))
        sounds.append((first, second[: round(_LONGER * len(first))] if has_open_end else second))
    return warped_distances(sounds, has_open_end)


def _cepstra(found: Sequence[Passage], sound: RecordingSound) -> list[Floats]:
    """Return the cepstra of each passage, each coefficient with a mean of 0 and a deviation of 1 over all of them."""
    bands = np.maximum(sound.bands, np.quantile(sound.bands, _QUIETEST, axis=0) + _ABOVE_NOISE)
    size = bands.shape[1]
    cosines = np.cos(np.pi * np.outer(np.arange(size) + 0.5, np.arange(1, _CEPSTRA + 1)) / size)
    firsts = [round(one.start / HOP_SECONDS) for one in found]
    lasts = [max(first + 1, round(one.stop / HOP_SECONDS)) for first, one in zip(firsts, found, strict=True)]
    cepstra = [bands[first:last] @ cosines for first, last in zip(firsts, lasts, strict=True)]
    all_cepstra = np.concatenate(cepstra)
    deviation = np.maximum(all_cepstra.std(axis=0), 1e-6)
    return [(one - all_cepstra.mean(axis=0)) / deviation for one in cepstra]


def _weights(texts: Sequence[str]) -> tuple[float, ...]:
    """Return how much it counts that each sentence sounds as if read twice: little if the next has the same words."""
    same = [
        difflib.SequenceMatcher(None, one.lower(), other.lower(), False).ratio()
        for one, other in pairwise(texts)
    ]
    nearest = [max(before, after) for before, after in zip([0.0, *same], [*same, 0.0], strict=True)]
    return tuple(float(np.clip((_SAME_WORDS - one) / (_SAME_WORDS - _OTHER_WORDS), 0, 1)) for one in nearest)
