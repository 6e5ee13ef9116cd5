"""Hear which passages of a recording sound alike, as the two readings of a sentence that was read twice do.

No words are recognised, so that it works in any language: the shapes of the spectra of two passages are laid over one
another by dynamic time warping (Sakoe and Chiba, "Dynamic programming algorithm optimization for spoken word
recognition", 1978), and how far they differ is compared with how far other passages of the same recording do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..audio.pcm import Floats
from .alignment import Repeat, Repeats
from .passages import HOP_SECONDS, Passage, RecordingSound

_CEPSTRA = 13
_QUIETEST, _ABOVE_FLOOR = 0.10, 0.7  # of each band, in the logarithm of power: 3 dB above the noise
_OFF_DIAGONAL = 0.2  # of the length: nobody reads the halves of a sentence at such different paces
_BATCH_CELLS = 4_000_000
_OTHERS = 400

Run = tuple[int, int]


class Likeness:
    def __init__(self, found: Sequence[Passage], sound: RecordingSound) -> None:
        spans = [
            (round(one.start / HOP_SECONDS), max(round(one.stop / HOP_SECONDS), round(one.start / HOP_SECONDS) + 1))
            for one in found
        ]
        bands = np.maximum(sound.bands, np.quantile(sound.bands, _QUIETEST, axis=0) + _ABOVE_FLOOR)
        n = np.arange(bands.shape[1])
        cosines = np.cos(np.pi * np.outer(n + 0.5, np.arange(1, _CEPSTRA + 1)) / len(n))
        speech = [bands[start:stop] @ cosines for start, stop in spans]
        every = np.concatenate(speech)
        self.features = [(one - every.mean(axis=0)) / every.std(axis=0) for one in speech]
        self._median, self._spread = 0.0, 1.0
        random = np.random.default_rng(1)
        lengths = np.array([len(one) for one in self.features])
        pairs = random.integers(0, len(found), (20 * _OTHERS, 2))
        near = np.abs(np.log(lengths[pairs[:, 0]] / lengths[pairs[:, 1]])) < 0.35
        other = np.abs(pairs[:, 0] - pairs[:, 1]) > 3
        pairs = pairs[near & other][:_OTHERS]
        z = self.scores([((int(i), int(i)), (int(j), int(j))) for i, j in pairs])
        self._median = float(np.median(z))
        self._spread = 1.48 * float(np.median(np.abs(z - self._median)))

    def of(self, run: Run) -> Floats:
        return np.concatenate(self.features[run[0] : run[1] + 1])

    def scores(self, pairs):
        if not pairs:
            return np.zeros(0)
        both = [(self.of(a), self.of(b)) for a, b in pairs]
        out = np.zeros(len(pairs))
        order = sorted(range(len(pairs)), key=lambda k: max(len(both[k][0]), len(both[k][1])))
        at = 0
        while at < len(order):
            size = 1
            while at + size < len(order):
                k = order[at + size]
                if (size + 1) * max(len(both[k][0]), len(both[k][1])) ** 2 > _BATCH_CELLS: break
                size += 1
            chosen = order[at : at + size]
            out[chosen] = _warped([both[k] for k in chosen])
            at += size
        return (out - self._median) / self._spread


def _warped(pairs):
    """Return the distance of each pair after time warping, for each step of the path."""
    la, lb = (np.array([len(pair[k]) for pair in pairs]) for k in (0, 1))
    rows, columns = int(la.max()), int(lb.max())
    count = len(pairs)
    costs = np.full((count, rows, columns), np.inf)
    for k, (a, b) in enumerate(pairs):
        squared = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * a @ b.T
        cost = np.sqrt(np.maximum(squared, 0))
        off = np.abs(np.linspace(0, 1, len(a))[:, None] - np.linspace(0, 1, len(b))[None])
        costs[k, : len(a), : len(b)] = np.where(off <= _OFF_DIAGONAL, cost, np.inf)
    before, last = (np.full((count, rows + 1), np.inf) for _ in range(2))
    out = np.full(count, np.inf)
    for d in range(rows + columns - 1):
        i = np.arange(max(0, d - columns + 1), min(rows, d + 1))
        cost = costs[:, i, d - i]
        now = np.full((count, rows + 1), np.inf)
        if d == 0:
            now[:, 1] = 2 * cost[:, 0]
        else:
            step = np.minimum(last[:, i], last[:, i + 1])
            now[:, i + 1] = np.minimum(step + cost, before[:, i] + 2 * cost)
        ended = la + lb - 2 == d
        out[ended] = now[ended, la[ended]]
        before, last = last, now
    return out / (la + lb)


def repetitions(found, sound, texts):
    """Return where a sentence may have been read twice."""
    import difflib, os
    likeness = Likeness(found, sound)
    lengths = np.cumsum([0, *map(len, likeness.features)])
    pairs = []
    for first in range(len(found)):
        for middle in range(first, min(first + 3, len(found) - 1)):
            for last in range(middle + 1, min(middle + 4, len(found))):
                a, b = lengths[middle + 1] - lengths[first], lengths[last + 1] - lengths[middle + 1]
                if abs(np.log(a / b)) < 0.35:
                    pairs.append((first, middle, last))
    z = likeness.scores([((a, b), (b + 1, c)) for a, b, c in pairs])
    ratio = np.clip(-2.5 * (z + 3), -4, 6)
    runs = tuple(Repeat(*pair, float(r)) for pair, r in zip(pairs, ratio, strict=True) if r > -4)
    near = [difflib.SequenceMatcher(None, a.lower(), b.lower(), False).ratio() for a, b in zip(texts, texts[1:])]
    alike = [max(a, b) for a, b in zip([0, *near], [*near, 0])]
    return Repeats(runs, tuple(float(np.clip((0.8 - r) / 0.15, 0, 1)) for r in alike))
