"""Gains over time, drawn from the timeline: fades, ducking beneath speech, waves, and soft speech.

Every curve depends only on the moment, so a part of a session is shaped exactly as in the whole.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from ...planning.timeline import BellStroke, BreathTone, Cue, ElasticGap, PlayedRecording, Timeline, Utterance
from ...units import Ms
from ..pcm import Floats, smoothstep

Moments = NDArray[np.int64]
"""Consecutive milliseconds."""

FADE_IN = Ms(2_500)
"""Fade of the bed at the beginning."""
FADE_OUT = {"wake": Ms(8_000), "sleep": Ms(30_000)}
"""Fade of bed and bells at the end, by ending."""
QUIET_END = Ms(3_000)
"""Near silence after the fade-out."""
SOFT_ATTENUATION_DB = 3.0
"""How many dB speech is lowered after a long silence or in a long rest; LONG_SILENCE says what is long."""
LONG_SILENCE = Ms(60_000)
"""Speech after a silence this long, or in a rest this long, is soft, so that it does not startle a listener."""
DUCKING_DB = 6.0
"""How many dB the bed is lowered beneath speech."""
RISE_DB_PER_SECOND = 2.0
"""Fastest rise of the bed. A session promises less than 3 LU a second (docs/sound.md), and noise also wavers by
itself."""

_ATTACK = Ms(700)  # before speech, while the bed goes down
_HOLD = Ms(2_000)  # after speech, while the bed waits for the next sentence
_RELEASE = Ms(900)  # after the hold; RISE_DB_PER_SECOND stretches it to 3 s
_WAVES = ((Ms(10_000), 0.65), (Ms(15_000), 0.35))  # (period, share); both periods divide the loop
_INTO_STEP = Ms(3_000)  # in which waves fall into step with the breath, and out of it


def is_soft(timeline: Timeline, index: int) -> bool:
    """Return whether the speech of a cue is soft: in a rest of LONG_SILENCE, or after such a time without speech."""
    cue = timeline.cues[index]
    gap_index = bisect_right(timeline.elastic_gaps, cue.start, key=lambda gap: gap.start) - 1
    if gap_index >= 0:
        gap = timeline.elastic_gaps[gap_index]
        if gap.kind == "rest" and gap.length >= LONG_SILENCE and cue.end <= gap.end:
            return True
    for earlier in reversed(timeline.cues[:index]):
        if earlier.end <= cue.start - LONG_SILENCE:
            return True
        if _counts_as_speech(earlier):
            return False
    return cue.start >= LONG_SILENCE


def _counts_as_speech(cue: Cue) -> bool:
    match cue.content:
        case Utterance() | PlayedRecording():
            return True
        case BellStroke() | BreathTone():
            return False
        case _:
            assert_never(cue.content)


def bed_fades(timeline: Timeline, moments: Moments) -> Floats:
    """Return the linear gain of the bed's fade-in and fade-out."""
    return smoothstep(moments, 0, FADE_IN) * fade_out(timeline, moments)


def fade_out(timeline: Timeline, moments: Moments, earliest: int = 0) -> Floats:
    """Return a linear gain that falls to 0 at the quiet end. The fade begins no earlier than `earliest`."""
    quiet = timeline.length - QUIET_END
    begin = max(quiet - FADE_OUT[timeline.ending], earliest)
    return 1 - smoothstep(moments, min(begin, quiet - 1), quiet)


def bed_gain(timeline: Timeline, moments: Moments, ducked: bool, swell_db: float) -> Floats:
    """Return the linear gain of a layer of the bed, without fades.

    The bed goes down beneath speech if it is `ducked`, and `swell_db` between two waves. It never rises faster than
    RISE_DB_PER_SECOND."""
    if not ducked and not swell_db:
        return np.ones(len(moments))
    recovery = _recovery(swell_db)
    earlier = np.arange(moments[0] - recovery, moments[-1] + 1)
    wanted = np.zeros(len(earlier))
    if ducked:
        wanted -= DUCKING_DB * _near_speech(timeline, earlier)
    if swell_db:
        wanted -= swell_db * (1 - wave_height(timeline, earlier))
    rise = RISE_DB_PER_SECOND / 1000 * earlier
    limited = np.minimum.accumulate(wanted - rise) + rise
    return _linear(limited[recovery:])


def changes(timeline: Timeline, ducked: bool, swell_db: float) -> Iterator[tuple[int, int]]:
    """Yield the intervals, in milliseconds, in which the timeline affects the gain of a layer of the bed.

    Everywhere else its gain is the same as in an endless timeline without cues."""
    yield 0, FADE_IN
    yield timeline.length - QUIET_END - FADE_OUT[timeline.ending], timeline.length
    recovery = _recovery(swell_db)
    if ducked:
        for cue in timeline.cues:
            if _counts_as_speech(cue):
                yield cue.start - _ATTACK, cue.end + _HOLD + _RELEASE + recovery
    if swell_db:
        yield 0, FADE_IN + recovery
        for gap in timeline.elastic_gaps:
            if gap.pattern is not None:
                yield gap.start - _INTO_STEP, gap.end + _INTO_STEP + recovery


def _recovery(swell_db: float) -> int:
    """Return the milliseconds after which an earlier dip no longer limits how high the bed may be."""
    return int((DUCKING_DB + swell_db) / RISE_DB_PER_SECOND * 1000) + 1000


def _near_speech(timeline: Timeline, moments: Moments) -> Floats:
    """Return a curve that is 1 during speech and 0 away from it."""
    start, end = int(moments[0]), int(moments[-1])
    depth = np.zeros(len(moments))
    first = bisect_left(timeline.cues, start - _HOLD - _RELEASE, key=lambda cue: cue.end)
    last = bisect_left(timeline.cues, end + _ATTACK, key=lambda cue: cue.start)
    for cue in timeline.cues[first:last]:
        if _counts_as_speech(cue):
            down = smoothstep(moments, cue.start - _ATTACK, cue.start)
            up = smoothstep(moments, cue.end + _HOLD, cue.end + _HOLD + _RELEASE)
            depth = np.maximum(depth, down * (1 - up))
    return depth


def wave_height(timeline: Timeline, moments: Moments) -> Floats:
    """Return the height of the waves, from 0 to 1.

    In paced breath a wave rises as the listener breathes in and falls as they breathe out. Elsewhere waves roll by
    themselves."""
    height = np.zeros(len(moments))
    for period, share in _WAVES:
        phase = (moments % period) / period
        height += share * smoothstep(phase, 0.0, 0.4) * (1 - smoothstep(phase, 0.4, 1.0))
    first = bisect_left(timeline.elastic_gaps, int(moments[0]) - _INTO_STEP, key=lambda gap: gap.end)
    last = bisect_right(timeline.elastic_gaps, int(moments[-1]) + _INTO_STEP, key=lambda gap: gap.start)
    for gap in timeline.elastic_gaps[first:last]:
        if gap.pattern is not None:
            in_step = smoothstep(moments, gap.start - _INTO_STEP, gap.start)
            in_step *= 1 - smoothstep(moments, gap.end, gap.end + _INTO_STEP)
            height += in_step * (_lung_volume(gap, moments) - height)
    return height


def _lung_volume(gap: ElasticGap, moments: Moments) -> Floats:
    """Return 1 when the lungs are full and 0 when they are empty, and 0 before and after the block."""
    assert gap.pattern is not None
    pattern, moment = gap.pattern, (moments - gap.start) % gap.pattern.cycle
    out = pattern.inhale + pattern.full
    volume = smoothstep(moment, 0, pattern.inhale) * (1 - smoothstep(moment, out, out + pattern.exhale))
    return np.where((moments >= gap.start) & (moments < gap.end), volume, 0.0)


def _linear(decibels: Floats) -> Floats:
    """Convert dB to linear gains, rounded to a millionth because processors differ in the last bit of a power."""
    return np.asarray(np.rint(10 ** (decibels / 20) * 2**20) / 2**20)
