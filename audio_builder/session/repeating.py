"""Sound that repeats: each of its frames is encoded once, and copied to every place where it sounds.

Three things repeat: an ambience on its own, the side of a faint stereo ambience, and paced breath over silence.
docs/mp3.md explains how; decisions 0009, 0013 and 0014 have the measurements.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import gcd
from typing import Protocol

from ..audio.clip import Clip
from ..audio.mix import steady
from ..audio.mix.style import Style
from ..cache import Store
from ..memory_cache import MemoryCache
from ..mp3.encode import LOOK_AHEAD_FRAMES, WARM_UP_FRAMES, EncoderInput, encode, encode_side
from ..script.model import Pattern
from ..units import FRAME_MS, Ms

_BLOCK_FRAMES = 250
"""Frames of a source that are encoded at a time."""
_AMBIENCE_WARM_UP_FRAMES = 96
"""Frames of an ambience that are encoded before those that are wanted. LAME lowers its thresholds for 80 frames after
louder sound (decision 0009); these frames are right for any moment long after that."""
_BLOCKS_IN_MEMORY = 128


class RepeatingSource(Protocol):
    """Sound without beginning or end, whose frames are the same after `period` frames. Hashable."""

    @property
    def period(self) -> int:
        """The number of frames after which the sound repeats."""

    def encode(self, start: int, stop: int, store: Store | None) -> bytes:
        """Return the MP3 frames from position `start` up to but not including `stop`."""


@dataclass(frozen=True, slots=True)
class SteadyAmbience:
    """An ambience on its own, after its fade-in, at a level of `ambience_db` relative to the default."""

    ambience: str | Clip
    stereo: bool
    ambience_db: float = 0.0

    @property
    def period(self) -> int:
        """The number of frames after which the ambience repeats."""
        return steady.bed_period(self.ambience) // FRAME_MS

    def encode(self, start: int, stop: int, store: Store | None) -> bytes:
        """Return the MP3 frames from position `start` up to but not including `stop`."""
        style = Style(self.ambience, stereo=self.stereo, ambience_db=self.ambience_db)
        pcm = _ambience_input(style, start, stop)
        return encode(pcm, self.stereo, store)


@dataclass(frozen=True, slots=True)
class AmbienceSide:
    """The side of a stereo ambience. Its frames are not playable alone; they are `EncoderInput.side_frames`."""

    ambience: str | Clip
    ambience_db: float = 0.0

    @property
    def period(self) -> int:
        """The number of frames after which the ambience repeats."""
        return SteadyAmbience(self.ambience, stereo=True).period

    def encode(self, start: int, stop: int, store: Store | None) -> bytes:
        """Return the frames of the side from position `start` up to but not including `stop`."""
        return encode_side(
            _ambience_input(Style(self.ambience, ambience_db=self.ambience_db), start, stop), store
        )


@dataclass(frozen=True, slots=True)
class PacedBreath:
    """Endless breath tones over silence, as loud as the first of a block. A breath begins `phase` milliseconds after
    position 0."""

    pattern: Pattern
    phase: Ms
    stereo: bool

    @property
    def period(self) -> int:
        """The number of frames that last a whole number of breaths."""
        return self.pattern.cycle // gcd(self.pattern.cycle, FRAME_MS)

    def encode(self, start: int, stop: int, store: Store | None) -> bytes:
        """Return the MP3 frames from position `start` up to but not including `stop`."""
        interval = _interval(start, stop, WARM_UP_FRAMES)
        pcm = steady.mix_breath(self.pattern, self.phase, self.stereo, *interval).raw_data
        return encode(EncoderInput(pcm, WARM_UP_FRAMES, stop - start), self.stereo, store)


def steady_ambience(style: Style) -> SteadyAmbience:
    """Return the source of frames in which only the ambience of a style sounds."""
    return SteadyAmbience(style.ambience, style.stereo, style.ambience_db)


def ambience_side(style: Style) -> AmbienceSide:
    """Return the source of the side under speech, tones and bells."""
    return AmbienceSide(style.ambience, style.ambience_db)


def paced_breath(pattern: Pattern, start: Ms, stereo: bool) -> tuple[PacedBreath, int]:
    """Return the source of a block of breath that begins at `start`, and the frame of the session at its position 0.

    Blocks share a source if they begin at the same time within a frame, counted in whole breaths. Position 0 may lie
    before the block, even before the session.
    """
    phase = Ms(start % gcd(pattern.cycle, FRAME_MS))
    breath_starts = range(start - phase, start - phase - FRAME_MS * pattern.cycle, -pattern.cycle)
    frame = next(moment // FRAME_MS for moment in breath_starts if moment % FRAME_MS == 0)
    return PacedBreath(pattern, phase, stereo), frame


def _interval(start: int, stop: int, warm_up: int) -> tuple[int, int]:
    """Return the milliseconds that an encoder needs for these frames."""
    return (start - warm_up) * FRAME_MS, (stop + LOOK_AHEAD_FRAMES) * FRAME_MS


def _ambience_input(style: Style, start: int, stop: int) -> EncoderInput:
    interval = _interval(start, stop, _AMBIENCE_WARM_UP_FRAMES)
    return EncoderInput(steady.mix_bed(style, *interval).raw_data, _AMBIENCE_WARM_UP_FRAMES, stop - start)


_blocks: MemoryCache[tuple[RepeatingSource, int], bytes] = MemoryCache(_BLOCKS_IN_MEMORY)


def frames_to_block_end(source: RepeatingSource, position: int) -> int:
    """Return how many frames from a position on are encoded together with it."""
    period = source.period
    position %= period
    return min(position - position % _BLOCK_FRAMES + _BLOCK_FRAMES, period) - position


def repeating_frames(source: RepeatingSource, position: int, count: int, store: Store | None) -> bytes:
    """Return `count` frames of a source from a position on. Positions beyond the period wrap around."""
    pieces = []
    while count > 0:
        position %= source.period
        start, stop = _block(source, position)
        block = _blocks.get((source, start), partial(source.encode, start, stop, store))
        size, taken = len(block) // (stop - start), min(stop - position, count)
        pieces.append(block[(position - start) * size :][: taken * size])
        position, count = position + taken, count - taken
    return b"".join(pieces)


def _block(source: RepeatingSource, position: int) -> tuple[int, int]:
    """Return the first position of the block that holds a position, and the one after its last."""
    start = position - position % _BLOCK_FRAMES
    return start, min(start + _BLOCK_FRAMES, source.period)


def preload_ambience(style: Style, store: Store | None) -> None:
    """Encode all repeating frames of an ambience, or read them from the store, so that no listener waits for them."""
    sources: list[RepeatingSource] = [steady_ambience(style)]
    if steady.has_faint_bed(style):
        sources.append(ambience_side(style))
    for source in sources:
        repeating_frames(source, 0, source.period, store)


def forget_repeating_frames() -> None:
    """Drop all repeating frames from memory, as after a change of encoder. They are encoded again when needed."""
    _blocks.clear()
