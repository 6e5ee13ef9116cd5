"""Sound that comes round, and its frames: those of each place in a loop are encoded once, wherever they stand.

Loops are the bed alone, the side of a bed that is barely there, and paced breath over silence.
docs/decisions/0009, 0013 and 0014 have what was measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import gcd

from ..audio.clip import Clip
from ..audio.mix import steady
from ..audio.mix.style import Style
from ..audio.pcm import AudioSegment
from ..audio.synthesised import Store
from ..memory_cache import MemoryCache
from ..mp3 import encode
from ..mp3.encode import LOOK_AHEAD_FRAMES, WARM_UP_FRAMES, EncoderInput
from ..script.model import Pattern
from ..units import FRAME_MS, Ms

_BLOCK = 250
"""Frames of a loop that are encoded at a time."""
_SETTLED = 96
"""Frames of the bed before them, after which the encoder is in the state that it keeps: measured, 80."""


@dataclass(frozen=True, slots=True)
class Bed:
    """The bed alone."""

    ambience: str | Clip
    stereo: bool

    @property
    def period(self) -> int:
        """Frames after which it comes round."""
        return steady.period(Style(self.ambience)) // FRAME_MS


@dataclass(frozen=True, slots=True)
class Side:
    """The side of a bed in stereo: its frames are those that `encode.Stretch.side` takes."""

    ambience: str | Clip

    @property
    def period(self) -> int:
        """Frames after which it comes round."""
        return Bed(self.ambience, True).period


@dataclass(frozen=True, slots=True)
class Breath:
    """Paced breath over silence without end, as loud as a block's first; a cycle begins `phase` milliseconds after
    place 0."""

    pattern: Pattern
    phase: Ms
    stereo: bool

    @property
    def period(self) -> int:
        """Frames after which it comes round: so many are whole cycles."""
        return self.pattern.cycle // gcd(self.pattern.cycle, FRAME_MS)


Loop = Bed | Side | Breath


def bed(style: Style) -> Bed:
    """The bed of a style."""
    return Bed(style.ambience, style.stereo)


def side(style: Style) -> Side:
    """Its side."""
    return Side(style.ambience)


def breath(style: Style, pattern: Pattern, start: Ms) -> tuple[Breath, int]:
    """The loop that a block of breaths from `start` on is a part of, and the frame of the session at its place 0."""
    step = gcd(pattern.cycle, FRAME_MS)
    phase = Ms(start % step)
    begins = range(start - phase, start - phase - FRAME_MS * pattern.cycle, -pattern.cycle)
    frame = next(begin // FRAME_MS for begin in begins if begin % FRAME_MS == 0)
    return Breath(pattern, phase, style.stereo), frame


def left(loop: Loop, place: int) -> int:
    """The frames from a place to the end of what is encoded with it."""
    place %= loop.period
    return min((place // _BLOCK + 1) * _BLOCK, loop.period) - place


_blocks: MemoryCache[tuple[Loop, int], bytes] = MemoryCache(128)


def frames(loop: Loop, place: int, count: int, store: Store | None) -> bytes:
    """So many frames of a loop from a place on, which may lie after its period."""
    parts = []
    while count > 0:
        at = place % loop.period
        begin = at - at % _BLOCK
        end = min(begin + _BLOCK, loop.period)
        made = _blocks.get((loop, begin), partial(_made, loop, begin, end, store))
        size, some = len(made) // (end - begin), min(end - at, count)
        parts.append(made[(at - begin) * size :][: some * size])
        place, count = place + some, count - some
    return b"".join(parts)


def warm(style: Style, store: Store | None) -> None:
    """Makes or reads all frames of the bed's loop, so that no listener waits for them."""
    for loop in (bed(style), side(style)) if steady.faint(style) else (bed(style),):
        frames(loop, 0, loop.period, store)


def _made(loop: Loop, begin: int, end: int, store: Store | None) -> bytes:
    """The frames of a block as they come round."""
    warm_up = WARM_UP_FRAMES if isinstance(loop, Breath) else _SETTLED
    around = (begin - warm_up) * FRAME_MS, (end + LOOK_AHEAD_FRAMES) * FRAME_MS

    def stretch(sound: AudioSegment) -> EncoderInput:
        return EncoderInput(sound.raw_data, warm_up, end - begin)

    match loop:
        case Bed(ambience, stereo):
            alone = stretch(steady.alone(Style(ambience, stereo=stereo), *around))
            return encode.encode([alone], stereo, store)[0]
        case Side(ambience):
            return encode.side(stretch(steady.alone(Style(ambience), *around)), store)
        case Breath(pattern, phase, stereo):
            breaths = stretch(steady.breathing(pattern, phase, stereo, *around))
            return encode.encode([breaths], stereo, store)[0]
