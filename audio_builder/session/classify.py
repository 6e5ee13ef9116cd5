"""Decide which frames of a session repeat and which must be encoded for it.

The answer follows from the timeline and the style alone, so a session has the same bytes in whatever order its parts
are rendered. docs/mp3.md explains how; decisions 0009, 0013 and 0014 have the measurements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from ..audio import chimes
from ..audio.mix import steady
from ..audio.mix.style import Style
from ..mp3.encode import LOOK_AHEAD_FRAMES
from ..planning.timeline import Timeline
from ..units import FRAME_MS
from .repeating import ambience_side, paced_breath, steady_ambience
from .segments import Segment

SETTLE_FRAMES = 4
"""Frames after a disturbance that still depend on it: the transform overlaps by one frame, and the encoder's masking
looks back two granules."""
MIN_STEADY_FRAMES = 24
"""The shortest run worth copying: after it the encoder must warm up again."""
MIN_BREATH_FRAMES = 500
"""The shortest run of breath worth copying: its source is encoded in whole blocks."""


def classify(timeline: Timeline, style: Style, frame_count: int) -> Iterator[Segment]:
    """Yield segments that cover the `frame_count` frames of a session in order. None of them is empty."""
    sides = [*_sides(timeline, style, frame_count)]
    start = 0
    for copied in sorted(_copied(timeline, style, frame_count), key=lambda segment: segment.start):
        yield from _encoded(start, copied.start, sides)
        yield copied
        start = copied.stop
    yield from _encoded(start, frame_count, sides)


def _encoded(start: int, stop: int, sides: Sequence[Segment]) -> Iterator[Segment]:
    """Yield the segments between two frames, which are encoded, without a side that repeats."""
    for side in sides:
        side = side.within(start, stop)
        if side.count > 0:
            yield from _non_empty(Segment(start, side.start))
            yield side
            start = side.stop
    yield from _non_empty(Segment(start, stop))


def _sides(timeline: Timeline, style: Style, frame_count: int) -> Iterator[Segment]:
    """Yield the segments in which the side is that of a faint ambience."""
    for start, stop in _settled(steady.steady_side(timeline, style), frame_count, MIN_STEADY_FRAMES):
        yield Segment(start, stop, ambience_side(style), start)


def _copied(timeline: Timeline, style: Style, frame_count: int) -> Iterator[Segment]:
    """Yield the segments whose frames are copied from a repeating source, in no particular order."""
    ambience = steady_ambience(style)
    for start, stop in _settled(steady.steady_bed(timeline, style), frame_count, MIN_STEADY_FRAMES):
        yield Segment(start, stop, ambience, start)
    for begin, end, block in steady.steady_breath(timeline, style):
        for start, stop in _settled([(begin, end)], frame_count, MIN_BREATH_FRAMES):
            for breath in _breaths(block, style):
                yield from _non_empty(breath.within(start, stop))


def _breaths(block: steady.BreathBlock, style: Style) -> Iterator[Segment]:
    """Yield one segment for each breath of a block."""
    source, origin = paced_breath(block.pattern, block.start, style.stereo)
    starts = [
        # encoder and decoder delay sound by about a frame, hence + 1
        -(-(block.start + breath * block.pattern.cycle) // FRAME_MS) + 1
        for breath in range(block.cycles + 1)
    ]
    for breath, (start, stop) in enumerate(pairwise(starts)):
        yield Segment(start, stop, source, start - origin, chimes.steps_down(breath, block.cycles))


def _settled(
    intervals: Iterable[tuple[int, int]], frame_count: int, minimum: int
) -> Iterator[tuple[int, int]]:
    """Yield the frames (start, stop) that nothing outside the given intervals of milliseconds affects."""
    for begin, end in intervals:
        start = -(-begin // FRAME_MS) + SETTLE_FRAMES
        stop = min(end // FRAME_MS - LOOK_AHEAD_FRAMES, frame_count)
        if stop - start >= minimum:
            yield start, stop


def _non_empty(segment: Segment) -> Iterator[Segment]:
    if segment.count > 0:
        yield segment
