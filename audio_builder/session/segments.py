"""A session's frames in spans that are made alone: which of them are encoded, and which come round.

Where nothing but the bed sounds, frames come round as the bed's loop does, and over silence those of paced breath do:
they are encoded once for each place in the loop. Where something sounds over a bed that is barely there, the side of
its stereo comes round, and only the middle is encoded. Which frames these are follows from the plan, so a session has
the same bytes however it is made. docs/decisions/0009, 0013 and 0014 have what was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from ..audio import chimes
from ..audio.clip import Clip
from ..audio.mix import steady
from ..audio.mix.mix import mix
from ..audio.mix.style import Style
from ..audio.synthesised import Store
from ..mp3 import encode, frame
from ..mp3.encode import LOOK_AHEAD_FRAMES, WARM_UP_FRAMES, EncoderInput
from ..planning.timeline import Timeline
from ..script.model import Sound
from ..units import FRAME_MS
from . import repeating
from .repeating import Loop, Side

SEGMENTS_VERSION = "1"
"""Increase this whenever the same session is cut into other segments. Part of fingerprints."""
SETTLE = 4
"""Frames after the last disturbance that still are its own: the transform overlaps by one frame, and the encoder looks
back on two."""
WORTH = 24
"""Frames that must come round at a time: fewer are not worth another stretch with its lead."""
BREATH = 500
"""Frames of breath that must come round at a time: the blocks of its loop that they touch are encoded whole."""
ENCODED = 500
"""Frames that a span has encoded at most: 0.07 to 0.15 s of work on one core."""
LONG = 2500
"""Frames after which a span ends, a minute."""
_MIXED = 250
"""Frames that are mixed at a time: it takes memory."""


class Segment(NamedTuple):
    """The frames from `first` to before `last`: those of a `loop` from a `place` in it on, turned down by `softer`
    steps; without one they are encoded, and so they are but for their side where the loop is a `Side`."""

    first: int
    last: int
    loop: Loop | None = None
    place: int = 0
    steps_down: int = 0

    @property
    def encoded(self) -> bool:
        """Whether it is made for this session."""
        return self.loop is None or isinstance(self.loop, Side)

    def cut(self, first: int, last: int) -> Segment:
        """What of it lies between these frames; empty where its `last` is not after its `first`."""
        first, last = max(first, self.first), min(last, self.last)
        return self._replace(first=first, last=last, place=self.place + first - self.first)


@dataclass(frozen=True, slots=True)
class Chunk:
    """The frames from `first` to before `last`, in parts."""

    first: int
    last: int
    parts: tuple[Segment, ...]

    @property
    def encoded(self) -> tuple[Segment, ...]:
        """The parts that are made for this session."""
        return tuple(part for part in self.parts if part.encoded)


def chunks(timeline: Timeline, style: Style, frames: int) -> tuple[Chunk, ...]:
    """The spans of a session of so many frames, in order."""
    made: list[Chunk] = []
    parts: list[Segment] = []
    first = done = 0
    for part in _parts(timeline, style, frames):
        while part.first < part.last:
            round = (
                None if part.encoded else part.loop
            )  # it ends with a block, so that nobody waits for another
            border = part.first + (repeating.left(round, part.place) if round else ENCODED - done)
            parts.append(part.cut(part.first, border))
            upto = parts[-1].last
            done += upto - part.first if part.encoded else 0
            if upto in (border, frames) or upto - first >= LONG:
                made.append(Chunk(first, upto, tuple(parts)))
                parts.clear()
                first, done = upto, 0
            part = part.cut(upto, part.last)
    return tuple(made)


def _parts(timeline: Timeline, style: Style, frames: int) -> Iterator[Segment]:
    """All frames in order."""
    side = repeating.side(style)
    sides = [Segment(*both, side, both[0]) for both in _settled(steady.beneath(timeline, style), frames)]
    at = 0
    for part in (*sorted(_round(timeline, style, frames), key=_first), Segment(frames, frames)):
        for beneath in sides:
            beneath = beneath.cut(at, part.first)
            if beneath.first < beneath.last:
                yield Segment(at, beneath.first)
                yield beneath
                at = beneath.last
        yield Segment(at, part.first)
        yield part
        at = part.last


def _first(part: Segment) -> int:
    return part.first


def _round(timeline: Timeline, style: Style, frames: int) -> Iterator[Segment]:
    """The frames that come round."""
    bed = repeating.bed(style)
    for first, last in _settled(steady.intervals(timeline, style), frames):
        yield Segment(first, last, bed, first)
    for start, end, block in steady.breaths(timeline, style):
        loop, zero = repeating.breath(style, block.pattern, block.start)
        for first, last in _settled([(start, end)], frames, BREATH):
            for nth in range(block.cycles):
                begin, upto = (
                    -(-(block.start + n * block.pattern.cycle) // FRAME_MS) + 1 for n in (nth, nth + 1)
                )
                steps_down = chimes.steps_down(nth, block.cycles)
                part = Segment(begin, upto, loop, begin - zero, steps_down).cut(first, last)
                if part.first < part.last:
                    yield part


def _settled(
    intervals: Iterable[tuple[int, int]], frames: int, least: int = WORTH
) -> Iterator[tuple[int, int]]:
    """The frames that have settled in intervals of milliseconds, `least` or more at a time: each from the first to
    before the last."""
    for start, end in intervals:
        first, last = -(-start // FRAME_MS) + SETTLE, min(end // FRAME_MS - LOOK_AHEAD_FRAMES, frames)
        if last - first >= least:
            yield first, last


def make(
    span: Chunk, timeline: Timeline, clips: Mapping[Sound, Clip], style: Style, store: Store | None
) -> bytes:
    """The frames of a span."""
    stretches = [stretch(timeline, clips, style, part, store) for part in span.encoded]
    encoded = iter(encode.encode(stretches, style.stereo, store) if stretches else [])
    return b"".join(next(encoded) if part.encoded else _looped(part, style, store) for part in span.parts)


def stretch(
    timeline: Timeline, clips: Mapping[Sound, Clip], style: Style, part: Segment, store: Store | None
) -> EncoderInput:
    """The sound of a part that is encoded, with what the encoder needs around it."""
    warm_up, count = min(WARM_UP_FRAMES, part.first), part.last - part.first
    borders = [
        *range(part.first - warm_up, part.last + LOOK_AHEAD_FRAMES, _MIXED),
        part.last + LOOK_AHEAD_FRAMES,
    ]
    sound = [
        mix(timeline, clips, style, begin * FRAME_MS, end * FRAME_MS).raw_data
        for begin, end in pairwise(borders)
    ]
    side = repeating.frames(part.loop, part.place, count, store) if part.loop else b""
    return EncoderInput(b"".join(sound), warm_up, count, side)


def _looped(part: Segment, style: Style, store: Store | None) -> bytes:
    """The frames of a part that comes round."""
    assert part.loop is not None
    made = repeating.frames(part.loop, part.place, part.last - part.first, store)
    return frame.attenuate(made, *encode.form(style.stereo), part.steps_down) if part.steps_down else made
