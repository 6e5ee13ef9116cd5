"""Gains along time, drawn from the plan: fades, the bed's way under speech, its waves, and softer words.

Every curve is a function of the moment alone, so that a part of a session is shaped as in the whole.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...planning.timeline import ElasticGap, PlayedRecording, Timeline, Utterance
from ...units import Ms
from ..pcm import Floats

Moments = NDArray[np.int64]
"""Milliseconds, rising one by one."""

FADE_IN = Ms(2_500)
"""In which the bed comes."""
FADE_OUT = {"wake": Ms(8_000), "sleep": Ms(30_000)}
"""In which bed and bells go, by ending."""
QUIET_END = Ms(3_000)
"""Of near silence at the end."""
SOFT_DB = -3.0
"""dB of words that come out of a long silence."""
UNSPOKEN = Ms(60_000)
"""After so long without a word, and within a rest so long, words come softer: nobody is startled."""
DUCKED = -6.0
"""dB of the bed under speech."""
RISE = 2.0
"""dB that the bed rises by in a second at the most; content.md allows 3 LU, and noise wavers by itself."""

_ATTACK = Ms(700)  # before speech, in which the bed goes down,
_HOLD = Ms(2_000)  # after it, in which the bed waits for the next sentence,
_RELEASE = Ms(900)  # and in which it would come back; RISE makes that 3 s
_ROLL = (Ms(10_000), Ms(15_000))  # two waves that the loop holds whole
_INTO = Ms(3_000)  # in which the waves fall into step with the breath, and out of it


def is_soft(timeline: Timeline, at: int) -> bool:
    """Whether the words of cue `at` stand in a long rest, or come after a minute without any."""
    cue = timeline.cues[at]
    span = bisect_right(timeline.elastic_gaps, cue.start, key=lambda span: span.start) - 1
    if span >= 0:
        rest = timeline.elastic_gaps[span]
        if rest.kind == "rest" and rest.length >= UNSPOKEN and cue.end <= rest.end:
            return True
    for before in range(at - 1, -1, -1):
        earlier = timeline.cues[before]
        if earlier.end <= cue.start - UNSPOKEN:
            return True
        if isinstance(earlier.what, Utterance | PlayedRecording):
            return False
    return cue.start >= UNSPOKEN


def fades(timeline: Timeline, where: Moments) -> Floats:
    """The bed's gain at the beginning and towards the end, linear."""
    return rising(where, 0, FADE_IN) * away(timeline, where)


def away(timeline: Timeline, where: Moments, earliest: int = 0) -> Floats:
    """The gain, linear, of what goes until the quiet end, beginning no sooner than `earliest`."""
    quiet = timeline.length - QUIET_END
    begin = max(quiet - FADE_OUT[timeline.ending], earliest)
    return 1 - rising(where, min(begin, quiet - 1), quiet)


def bed(timeline: Timeline, where: Moments, ducked: bool, swell: float) -> Floats:
    """The bed's gain, linear: under speech if it is `ducked`, its waves `swell` dB deep, never rising faster than
    RISE; without the fades."""
    if not ducked and not swell:
        return np.ones(len(where))
    memory = _memory(swell)
    early = np.arange(where[0] - memory, where[-1] + 1)
    wanted = np.zeros(len(early))
    if ducked:
        wanted += DUCKED * _spoken(timeline, early)
    if swell:
        wanted -= swell * (1 - waves(timeline, early))
    slope = RISE / 1000 * early
    held = np.minimum.accumulate(wanted - slope) + slope
    return linear(held[memory:])


def moving(timeline: Timeline, ducked: bool, swell: float) -> Iterator[tuple[int, int]]:
    """Intervals in milliseconds outside of which the bed moves as in a plan where nothing happens, for ever."""
    yield 0, FADE_IN
    yield timeline.length - QUIET_END - FADE_OUT[timeline.ending], timeline.length
    if ducked:
        for cue in timeline.cues:
            if isinstance(cue.what, Utterance | PlayedRecording):
                yield cue.start - _ATTACK, cue.end + _HOLD + _RELEASE + _memory(swell)
    if swell:
        yield 0, FADE_IN + _memory(swell)
        for span in timeline.elastic_gaps:
            if span.pattern is not None:
                yield span.start - _INTO, span.end + _INTO + _memory(swell)


def _memory(swell: float) -> int:
    """The milliseconds after which nothing can hold the bed down any more."""
    return int((abs(DUCKED) + swell) / RISE * 1000) + 1000


def _spoken(timeline: Timeline, where: Moments) -> Floats:
    """From 0 where nobody speaks to 1 under speech: down just before it, back a little after it."""
    start, end = int(where[0]), int(where[-1])
    depth = np.zeros(len(where))
    at = bisect_left(timeline.cues, start - _HOLD - _RELEASE, key=lambda cue: cue.end)
    while at < len(timeline.cues) and timeline.cues[at].start < end + _ATTACK:
        cue = timeline.cues[at]
        if isinstance(cue.what, Utterance | PlayedRecording):
            before = rising(where, cue.start - _ATTACK, cue.start)
            after = rising(where, cue.end + _HOLD, cue.end + _HOLD + _RELEASE)
            depth = np.maximum(depth, before * (1 - after))
        at += 1
    return depth


def waves(timeline: Timeline, where: Moments) -> Floats:
    """How high a wave stands, from 0 to 1: it rises on the in-breath of the plan's paced breath and falls on the
    out-breath; elsewhere it rolls by itself."""
    height = np.zeros(len(where))
    for period, share in zip(_ROLL, (0.65, 0.35), strict=True):
        place = (where % period) / period
        height += share * rising(place, 0.0, 0.4) * (1 - rising(place, 0.4, 1.0))
    first, last = int(where[0]) - _INTO, int(where[-1]) + _INTO
    at = bisect_left(timeline.elastic_gaps, first, key=lambda span: span.end)
    while at < len(timeline.elastic_gaps) and timeline.elastic_gaps[at].start <= last:
        span = timeline.elastic_gaps[at]
        if span.pattern is not None:
            near = rising(where, span.start - _INTO, span.start)
            near *= 1 - rising(where, span.end, span.end + _INTO)
            height += near * (_breath(span, where) - height)
        at += 1
    return height


def _breath(span: ElasticGap, where: Moments) -> Floats:
    """1 where the lungs are full, 0 where they are empty, and before and after the block."""
    assert span.pattern is not None
    pattern, place = span.pattern, (where - span.start) % span.pattern.cycle
    out = pattern.inhale + pattern.full
    full = rising(place, 0, pattern.inhale) * (1 - rising(place, out, out + pattern.exhale))
    return np.where((where >= span.start) & (where < span.end), full, 0.0)


def rising(where: Moments | Floats, begin: float, end: float) -> Floats:
    """From 0 at `begin` to 1 at `end`, level at both: sums and products only, which every processor rounds alike."""
    x = np.clip((where - begin) / (end - begin), 0.0, 1.0)
    return np.asarray(x * x * (3 - 2 * x))


def linear(decibels: Floats) -> Floats:
    """Gains of dB, rounded to some millionths: processors differ in the last bit of a power."""
    return np.asarray(np.rint(10 ** (decibels / 20) * 2**20) / 2**20)
