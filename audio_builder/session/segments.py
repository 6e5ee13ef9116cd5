"""The records in which a session is rendered: segments of frames of one kind, and chunks of segments."""

from __future__ import annotations

from dataclasses import dataclass

from .repeating import AmbienceSide, RepeatingSource

SEGMENTS_VERSION = "2"
"""Increase this whenever the same session is cut into other segments or chunks. Part of fingerprints."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The frames of a session from `start` up to but not including `stop`, which are all of one kind:

    - encoded for this session: `source` is None;
    - encoded for this session without their side, which is that of an ambience: `source` is an AmbienceSide;
    - copied from any other `source`, turned down by `steps_down` steps of 1.5 dB.

    `position` is the place of the first frame in the source.
    """

    start: int
    stop: int
    source: RepeatingSource | None = None
    position: int = 0
    steps_down: int = 0

    @property
    def count(self) -> int:
        """The number of frames; 0 or less if it is empty."""
        return self.stop - self.start

    @property
    def is_encoded(self) -> bool:
        """Whether the frames are encoded for this session."""
        return self.source is None or isinstance(self.source, AmbienceSide)

    def within(self, start: int, stop: int) -> Segment:
        """Return the part of it that is between these frames. It is empty if there is none."""
        start, stop = max(start, self.start), min(stop, self.stop)
        position = self.position + start - self.start
        return Segment(start, stop, self.source, position, self.steps_down)


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is rendered at a time: one or more segments, each beginning where the one before ends."""

    segments: tuple[Segment, ...]

    @property
    def start(self) -> int:
        """The first frame."""
        return self.segments[0].start

    @property
    def stop(self) -> int:
        """The frame after the last one."""
        return self.segments[-1].stop

    @property
    def encoded_segments(self) -> tuple[Segment, ...]:
        """The segments that are encoded for this session."""
        return tuple(segment for segment in self.segments if segment.is_encoded)
