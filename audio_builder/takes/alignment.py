"""Find the sentences of a reading sheet in the passages of a long recording, and how sure each of them is.

The reader went through the sheet in order, with a pause after each sentence, but may have paused within one, said one
twice, left one out or coughed. All ways to divide the passages among the sentences are weighed at once, by the
forward-backward algorithm of hidden semi-Markov models (Rabiner, "A tutorial on hidden Markov models", 1989, section
III.A; Yu, "Hidden semi-Markov models", 2010): how well the lengths suit the sentences, and whether a silence is as long
as others between sentences. So a sentence is only sure if every other way is unlikely.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..audio.pcm import Floats
from .passages import Passage

SURE = 0.98
"""A sentence is sure if the probability of its place is at least this."""
_CANDIDATE = 0.08
_MOST_PASSAGES = 12  # of one sentence
_SPREADS, _WIDE_SPREAD, _WIDE_SHARE = (0.05, 0.25), 0.6, 0.03  # of the logarithm of a length
_ENOUGH, _CAUTION = 8, 1.8
# Logarithms of how likely it is that a passage is none of the sentences, if it is as short as a cough or longer, and
# that a sentence was not read.
_COUGH, _NOISE, _LEFT_OUT = -2.0, -3.0, -5.0
_TWICE = -3.0  # a sentence was read twice
_COUGH_SECONDS = 0.7
_GAP_STEEPNESS = 5.0
_GAP_RANGE = 0.4, 1.6  # s
_ROUNDS = 3


class Place(NamedTuple):
    """Where a sentence may be: from passage `first` to passage `last`, and how probable that is."""

    first: int
    last: int
    probability: float


@dataclass(frozen=True, slots=True)
class Aligned:
    """Where a sentence may be, most probable first; nowhere if it was left out.

    `is_twice` says whether two of the places are probably two readings of it."""

    places: tuple[Place, ...]
    is_twice: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether there is only one place for it."""
        return bool(self.places) and self.places[0].probability >= SURE


Evidence = Mapping[tuple[int, int, int], float]
"""How well the words suit, as logarithms: by sentence, first and last passage; 0 where nothing is known."""


class Repeat(NamedTuple):
    """Two runs of passages, one after the other, and how well they sound as one sentence that was read twice.

    The first is from passage `first` to `middle`, and the second is after it, up to `last`. `likeness` is the logarithm
    of a likelihood ratio."""

    first: int
    middle: int
    last: int
    likeness: float


@dataclass(frozen=True, slots=True)
class Repeats:
    """Where a sentence may have been read twice, and how likely each passage is to be a false start.

    `weights` say how much being alike counts for each sentence, from 0 to 1: less if its words are nearly those of the
    next one, which sounds like it anyway."""

    runs: tuple[Repeat, ...] = ()
    false_starts: tuple[float, ...] = ()
    weights: tuple[float, ...] = ()


def align(
    found: Sequence[Passage],
    expected: Sequence[float],
    evidence: Evidence | None = None,
    repeats: Repeats | None = None,
) -> list[Aligned]:
    """Return where each sentence is in a recording, given about how long each takes.

    `expected` may be at any pace, since only its proportions count.
    """
    model = _Model(found, len(expected), repeats or Repeats())
    lengths = np.asarray(expected, np.float64)
    pace, spread = model.total / float(lengths.sum()), _SPREADS[1]
    for _ in range(_ROUNDS):
        aligned = _aligned(model, lengths * pace, spread, evidence or {})
        places = [(n, place) for n, one in enumerate(aligned) for place in one.places]
        weights = np.array([place.probability for _, place in places])
        if weights.sum() < _ENOUGH:
            break
        # how much this reader's lengths differ from the estimates: a steady one leaves less doubt
        seconds = np.array([found[place.last].stop - found[place.first].start for _, place in places])
        off = np.log(seconds / lengths[[n for n, _ in places]])
        middle = _median(off, weights)
        pace = float(np.exp(middle))
        deviation = 1.48 * _median(np.abs(off - middle), weights)  # that of a normal distribution
        spread = float(np.clip(_CAUTION * deviation, *_SPREADS))
    return aligned


def _median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    half = np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)
    return float(values[order[min(int(half), len(order) - 1)]])


class _Twice:
    """The runs of passages that may be one sentence read twice, as arrays."""

    def __init__(self, repeats: Repeats, sentences: int) -> None:
        columns = [np.array(column) for column in zip(*repeats.runs, strict=True)] or [np.zeros(0, int)] * 4
        self.first, self.middle, self.last, self.likeness = columns
        self.weights = repeats.weights or (1.0,) * sentences

    def scores(self, n: int, score: Floats) -> Floats:
        """Return how well each of them suits sentence `n`, given how well each run of passages does."""
        one = score[self.middle - self.first, self.first]
        two = score[self.last - self.middle - 1, self.middle + 1]
        counts = np.where(self.likeness > 0, self.likeness * self.weights[n], self.likeness)
        return np.asarray(_TWICE + one + two + counts)


class _Model:
    """What does not depend on the sentences: silences, and how long each run of passages is."""

    def __init__(self, found: Sequence[Passage], sentences: int, repeats: Repeats) -> None:
        self.repeats = _Twice(repeats, sentences)
        self.count = len(found)
        self.runs = min(_MOST_PASSAGES, self.count)
        starts, stops = (np.array(column) for column in zip(*found, strict=True))
        self.total = float((stops - starts).sum())
        gaps = np.append(starts[1:] - stops[:-1], np.inf)
        longest = np.sort(gaps[:-1])[::-1]
        border = longest[min(sentences - 1, len(longest) - 1)] if len(longest) else 1.0
        border = float(np.clip(border * 0.85, *_GAP_RANGE))
        with np.errstate(over="ignore"):
            steep = _GAP_STEEPNESS * np.log(np.maximum(gaps, 1e-3) / border)
            self.between, within = -np.logaddexp(0, -steep), -np.logaddexp(0, steep)
        noise = np.where(stops - starts < _COUGH_SECONDS, _COUGH, _NOISE)
        self.noise = noise + (repeats.false_starts or 0.0) + self.between
        # of the run that begins at each passage, by the number of further passages in it
        self.seconds = np.full((self.runs, self.count), np.nan)
        self.silences = np.full((self.runs, self.count), -np.inf)
        for more in range(self.runs):
            size = self.count - more
            self.seconds[more, :size] = stops[more:] - starts[:size]
            inner = sum((within[k : size + k] for k in range(more)), np.zeros(size))
            self.silences[more, :size] = inner + self.between[more:]

    def scores(self, expected: float, spread: float) -> Floats:
        """Return how well each run suits a sentence that takes `expected` seconds, as logarithms."""
        off = np.log(np.nan_to_num(self.seconds, nan=1.0) / expected)
        near = np.log(1 - _WIDE_SHARE) - np.log(spread) - 0.5 * (off / spread) ** 2
        wide = np.log(_WIDE_SHARE) - np.log(_WIDE_SPREAD) - 0.5 * (off / _WIDE_SPREAD) ** 2
        return np.asarray(np.logaddexp(near, wide) + self.silences)


def _aligned(model: _Model, expected: Floats, spread: float, evidence: Evidence) -> list[Aligned]:
    scores = [model.scores(seconds, spread) for seconds in expected]
    for (n, first, last), words in evidence.items():
        scores[n][last - first, first] += words
    twice = [model.repeats.scores(n, score) for n, score in enumerate(scores)]
    before, after = _forward(model, scores, twice), _backward(model, scores, twice)
    return [
        _places(model, before[n], scores[n], twice[n], after[n + 1], float(before[-1][-1]))
        for n in range(len(scores))
    ]


def _places(
    model: _Model, before: Floats, score: Floats, twice: Floats, after: Floats, whole: float
) -> Aligned:
    chances = np.zeros_like(score)
    for more in range(model.runs):
        size = model.count - more
        chances[more, :size] = np.exp(before[:size] + score[more, :size] + after[more + 1 :] - whole)
    # the two readings share the probability that there are two, so that neither of them is sure
    pair, half = (
        model.repeats,
        np.exp(before[model.repeats.first] + twice + after[model.repeats.last + 1] - whole) / 2,
    )
    np.add.at(chances, (pair.middle - pair.first, pair.first), half)
    np.add.at(chances, (pair.last - pair.middle - 1, pair.middle + 1), half)
    places = [
        Place(int(at), int(at + more), float(chances[more, at]))
        for more, at in np.argwhere(chances > _CANDIDATE)
    ]
    return Aligned(tuple(sorted(places, key=lambda place: -place.probability)), float(half.sum()) > 0.25)


def _forward(model: _Model, scores: Sequence[Floats], twice: Sequence[Floats]) -> list[Floats]:
    """Return, for each number of sentences, the likelihood of each number of passages before the next sentence."""
    row = np.full(model.count + 1, -np.inf)
    row[0] = 0.0
    rows = [_with_noise(row, model.noise)]
    for score, both in zip(scores, twice, strict=True):
        following = rows[-1] + _LEFT_OUT
        for more in range(model.runs):
            used = rows[-1][: model.count - more] + score[more, : model.count - more]
            following[more + 1 :] = np.logaddexp(following[more + 1 :], used)
        np.logaddexp.at(following, model.repeats.last + 1, rows[-1][model.repeats.first] + both)
        rows.append(_with_noise(following, model.noise))
    return rows


def _backward(model: _Model, scores: Sequence[Floats], twice: Sequence[Floats]) -> list[Floats]:
    """Return, for each number of sentences, the likelihood of all that follows each number of passages."""
    row = np.full(model.count + 1, -np.inf)
    row[-1] = 0.0
    noise = model.noise[::-1]
    rows = [_with_noise(row[::-1], noise)[::-1]]
    for score, both in zip(reversed(scores), reversed(twice), strict=True):
        following = rows[-1] + _LEFT_OUT
        for more in range(model.runs):
            used = rows[-1][more + 1 :] + score[more, : model.count - more]
            following[: model.count - more] = np.logaddexp(following[: model.count - more], used)
        np.logaddexp.at(following, model.repeats.first, rows[-1][model.repeats.last + 1] + both)
        rows.append(_with_noise(following[::-1], noise)[::-1])
    return rows[::-1]


def _with_noise(row: Floats, noise: Floats) -> Floats:
    """Return a row after any number of passages that are none of the sentences."""
    passed = np.concatenate([[0.0], np.cumsum(noise)])
    return np.asarray(passed + np.logaddexp.accumulate(row - passed))
