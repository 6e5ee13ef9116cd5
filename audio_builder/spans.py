"""A session's frames in spans that are made alone: which of them are encoded, and which are those of its bed.

Where nothing but the bed sounds, frames come round as the bed's loop does: they are encoded once for each place in the
loop, from the bed alone. Which frames these are follows from the plan, so a session has the same bytes however it is
made. docs/decisions/0009 has what was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from . import encode
from .clip import Clip
from .encode import AFTER, LEAD, Stretch
from .kept import Kept
from .mix import mix, still
from .script import Sound
from .sound.synthesised import Store
from .timeline import Plan, Style
from .units import FRAME_SAMPLES, MS_SAMPLES

FRAME_MS = FRAME_SAMPLES // MS_SAMPLES
SETTLE = 4
"""Frames after the last disturbance that still are its own: the transform overlaps by one frame, and the encoder looks
back on two."""
WORTH = 24
"""Frames that must come round at a time: fewer are not worth another stretch with its lead."""
ENCODED = 500
"""Frames that a span has encoded at most: a fifth of a second of work on one core."""
LONG = 2500
"""Frames after which a span ends, a minute."""
_BLOCK = 250
"""Frames of a bed's loop that are encoded at a time; spans end where they do, so that nobody waits for another."""
_SETTLED = 96
"""Frames of the bed before them, after which the encoder is in the state that it keeps: measured, 80."""
_MIXED = 250
"""Frames that are mixed at a time: it takes memory."""


@dataclass(frozen=True, slots=True)
class Span:
    """The frames from `first` to before `last`; those of `encoded`, in the same way, are made for this session, the
    others are its bed's."""

    first: int
    last: int
    encoded: tuple[tuple[int, int], ...]


def spans(plan: Plan, style: Style, frames: int) -> tuple[Span, ...]:
    """The spans of a session of so many frames, in order."""
    made: list[Span] = []
    first = done = 0
    period = still.period(style) // FRAME_MS
    encoded: list[tuple[int, int]] = []

    def close(last: int) -> None:
        nonlocal first, done
        made.append(Span(first, last, tuple(encoded)))
        encoded.clear()
        first, done = last, 0

    for begin, end, own in _turns(_still(plan, style, frames), frames):
        at = begin
        while at < end:
            border = at + (ENCODED - done if own else _left(at % period, period))
            upto = min(end, border)
            if own:
                encoded.append((at, upto))
                done += upto - at
            if upto == border or upto - first >= LONG:
                close(upto)
            at = upto
    if first < frames:
        close(frames)
    return tuple(made)


def _left(place: int, period: int) -> int:
    """The frames from a place in the bed's loop to the end of its block."""
    return min((place // _BLOCK + 1) * _BLOCK, period) - place


def _still(plan: Plan, style: Style, frames: int) -> Iterator[tuple[int, int]]:
    """The frames that are the bed's, in order: each from the first to before the last."""
    for start, end in still.intervals(plan, style):
        first, last = -(-start // FRAME_MS) + SETTLE, min(end // FRAME_MS - AFTER, frames)
        if last - first >= WORTH:
            yield first, last


def _turns(still: Iterable[tuple[int, int]], frames: int) -> Iterator[tuple[int, int, bool]]:
    """All frames in order, as (from, to, whether they are encoded)."""
    at = 0
    for first, last in still:
        if first > at:
            yield at, first, True
        yield first, last, False
        at = last
    if at < frames:
        yield at, frames, True


def make(span: Span, plan: Plan, clips: Mapping[Sound, Clip], style: Style, store: Store | None) -> bytes:
    """The frames of a span."""
    stretches = [stretch(plan, clips, style, *own) for own in span.encoded]
    encoded = encode.encode(stretches, style.stereo, store) if stretches else []
    parts, at = [], span.first
    for (first, last), own in zip(span.encoded, encoded, strict=True):
        parts += [*_bed(style, at, first, store), own]
        at = last
    return b"".join([*parts, *_bed(style, at, span.last, store)])


def stretch(plan: Plan, clips: Mapping[Sound, Clip], style: Style, first: int, last: int) -> Stretch:
    """The sound of a session's frames from `first` to before `last`, with what the encoder needs around them."""
    lead = min(LEAD, first)
    borders = [*range(first - lead, last + AFTER, _MIXED), last + AFTER]
    pieces = [
        mix(plan, clips, style, begin * FRAME_MS, end * FRAME_MS).raw_data for begin, end in pairwise(borders)
    ]
    return Stretch(b"".join(pieces), lead, last - first)


_beds: Kept[tuple[str | Clip, bool, int], bytes] = Kept(64)


def _bed(style: Style, first: int, last: int, store: Store | None) -> Iterator[bytes]:
    """The bed's frames at these places of a session."""
    period, size = still.period(style) // FRAME_MS, encode.frame_size(style.stereo)
    while first < last:
        place = first % period
        block = place // _BLOCK
        begin, end = block * _BLOCK, min((block + 1) * _BLOCK, period)
        made = _beds.get((style.ambience, style.stereo, block), partial(_looped, style, begin, end, store))
        count = min(_left(place, period), last - first)
        yield made[(place - begin) * size : (place - begin + count) * size]
        first += count


def warm(style: Style, store: Store | None) -> None:
    """Makes or reads all frames of the bed's loop, so that no listener waits for them."""
    for _ in _bed(style, 0, still.period(style) // FRAME_MS, store):
        pass


def _looped(style: Style, begin: int, end: int, store: Store | None) -> bytes:
    """The frames of the bed's loop as they come round."""
    pcm = still.alone(style, (begin - _SETTLED) * FRAME_MS, (end + AFTER) * FRAME_MS).raw_data
    (frames,) = encode.encode([Stretch(pcm, _SETTLED, end - begin)], style.stereo, store)
    return frames
