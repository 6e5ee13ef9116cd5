"""A session's frames in spans that are made alone: which of them are encoded, and which are those of its bed.

Where nothing but the bed sounds, frames come round as the bed's loop does: they are encoded once for each place in the
loop, from the bed alone. Where something sounds over a bed that is barely there, the side of its stereo comes round,
and only the middle is encoded. Which frames these are follows from the plan, so a session has the same bytes however it
is made. docs/decisions/0009 and 0013 have what was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Literal, NamedTuple

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


Reuse = Literal["nothing", "side", "all"]
"""What of some frames is the bed's, made once for each place in its loop."""


class Piece(NamedTuple):
    """The frames from `first` to before `last`, encoded for this session; with `side`, theirs is the bed's."""

    first: int
    last: int
    side: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """The frames from `first` to before `last`; those of `encoded` are made for this session, the others are its
    bed's."""

    first: int
    last: int
    encoded: tuple[Piece, ...]


def spans(plan: Plan, style: Style, frames: int) -> tuple[Span, ...]:
    """The spans of a session of so many frames, in order."""
    made: list[Span] = []
    first = done = 0
    period = still.period(style) // FRAME_MS
    encoded: list[Piece] = []

    def close(last: int) -> None:
        nonlocal first, done
        made.append(Span(first, last, tuple(encoded)))
        encoded.clear()
        first, done = last, 0

    for begin, end, reuse in _turns(plan, style, frames):
        at = begin
        while at < end:
            border = at + (_left(at % period, period) if reuse == "all" else ENCODED - done)
            upto = min(end, border)
            if reuse != "all":
                encoded.append(Piece(at, upto, reuse == "side"))
                done += upto - at
            if upto == border or upto - first >= LONG:
                close(upto)
            at = upto
    if first < frames:
        close(frames)
    return tuple(made)


def _turns(plan: Plan, style: Style, frames: int) -> Iterator[tuple[int, int, Reuse]]:
    """All frames in order, as (from, to, what is the bed's)."""
    beneath = [*_frames(still.beneath(plan, style), frames)]
    at = 0
    for first, last in (*_frames(still.intervals(plan, style), frames), (frames, frames)):
        for begin, end in beneath:
            begin, end = max(begin, at), min(end, first)
            if begin < end:
                if at < begin:
                    yield at, begin, "nothing"
                yield begin, end, "side"
                at = end
        if at < first:
            yield at, first, "nothing"
        if first < last:
            yield first, last, "all"
        at = last


def _frames(intervals: Iterable[tuple[int, int]], frames: int) -> Iterator[tuple[int, int]]:
    """The frames that have settled in intervals of milliseconds, each from the first to before the last."""
    for start, end in intervals:
        first, last = -(-start // FRAME_MS) + SETTLE, min(end // FRAME_MS - AFTER, frames)
        if last - first >= WORTH:
            yield first, last


def _left(place: int, period: int) -> int:
    """The frames from a place in the bed's loop to the end of its block."""
    return min((place // _BLOCK + 1) * _BLOCK, period) - place


def make(span: Span, plan: Plan, clips: Mapping[Sound, Clip], style: Style, store: Store | None) -> bytes:
    """The frames of a span."""
    stretches = [stretch(plan, clips, style, piece, store) for piece in span.encoded]
    encoded = encode.encode(stretches, style.stereo, store) if stretches else []
    parts, at = [], span.first
    for piece, own in zip(span.encoded, encoded, strict=True):
        parts += [*_bed("all", style, at, piece.first, store), own]
        at = piece.last
    return b"".join([*parts, *_bed("all", style, at, span.last, store)])


def stretch(
    plan: Plan, clips: Mapping[Sound, Clip], style: Style, piece: Piece, store: Store | None
) -> Stretch:
    """The sound of a piece of a session, with what the encoder needs around it."""
    lead = min(LEAD, piece.first)
    borders = [*range(piece.first - lead, piece.last + AFTER, _MIXED), piece.last + AFTER]
    sound = [
        mix(plan, clips, style, begin * FRAME_MS, end * FRAME_MS).raw_data for begin, end in pairwise(borders)
    ]
    side = b"".join(_bed("side", style, piece.first, piece.last, store)) if piece.side else b""
    return Stretch(b"".join(sound), lead, piece.last - piece.first, side)


_beds: Kept[tuple[str | Clip, bool, Reuse, int], bytes] = Kept(64)


def _bed(reuse: Reuse, style: Style, first: int, last: int, store: Store | None) -> Iterator[bytes]:
    """The bed's frames at these places of a session, or those of its side."""
    period = still.period(style) // FRAME_MS
    while first < last:
        place = first % period
        block = place // _BLOCK
        begin, end = block * _BLOCK, min((block + 1) * _BLOCK, period)
        key = style.ambience, style.stereo, reuse, block
        made = _beds.get(key, partial(_looped, reuse, style, begin, end, store))
        size = len(made) // (end - begin)
        count = min(_left(place, period), last - first)
        yield made[(place - begin) * size : (place - begin + count) * size]
        first += count


def warm(style: Style, store: Store | None) -> None:
    """Makes or reads all frames of the bed's loop, so that no listener waits for them."""
    ways: tuple[Reuse, ...] = ("all", "side") if still.faint(style) else ("all",)
    for reuse in ways:
        for _ in _bed(reuse, style, 0, still.period(style) // FRAME_MS, store):
            pass


def _looped(reuse: Reuse, style: Style, begin: int, end: int, store: Store | None) -> bytes:
    """The frames of the bed's loop, or of its side, as they come round."""
    pcm = still.alone(style, (begin - _SETTLED) * FRAME_MS, (end + AFTER) * FRAME_MS).raw_data
    alone = Stretch(pcm, _SETTLED, end - begin)
    return encode.side(alone, store) if reuse == "side" else encode.encode([alone], style.stereo, store)[0]
