"""What of a session repeats: the bed where nothing else sounds, a faint bed beneath all, and breath over silence."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...planning.timeline import BellStroke, BreathTone, Cue, PlayedRecording, Timeline, Utterance
from ...script.model import Pattern
from ...units import MS_SAMPLES, Ms
from .. import beds, level
from ..clip import Clip
from ..pcm import AudioSegment
from . import curves
from .mix import mix, stroke
from .style import Style

_FOR_EVER = Ms(1_000_000_000)
_ALONE = Timeline("", _FOR_EVER, "wake", (), ())
_SILENCE = Ms(6_000)
_SETTLED = 60_000  # ms after which the bed has come in and its waves roll


def period(style: Style) -> Ms:
    """After how many milliseconds an undisturbed bed comes round again: whole MP3 frames."""
    if isinstance(style.ambience, Clip):
        return style.ambience.length
    return Ms(beds.LOOP if beds.BEDS[style.ambience] else _SILENCE)


def alone(style: Style, start: int, end: int) -> AudioSegment:
    """The bed alone from `start` to `end` milliseconds, as it sounds in a session at those moments or at any that are
    whole periods away."""
    settled = -(-_SETTLED // period(style)) * period(style)
    return mix(_ALONE, {}, style, settled + start, settled + end)


def breathing(pattern: Pattern, phase: Ms, stereo: bool, start: int, end: int) -> AudioSegment:
    """Paced breath over silence without end, from `start` to `end` milliseconds, as loud as a block's first; a cycle
    begins at `phase`."""
    zero = start - (start - phase) % pattern.cycle
    count = (end - zero) // pattern.cycle + 1
    cues = [cue for nth in range(count) for cue in _breath(pattern, nth * pattern.cycle)]
    timeline = Timeline("", Ms(end - zero), "wake", tuple(cues), ())
    return mix(timeline, {}, Style("none", "none", stereo=stereo), start - zero, end - zero)


def _breath(pattern: Pattern, begin: int, nth: int = 0, of: int = 1) -> tuple[Cue, Cue]:
    """The tones of a breath, the `nth` of so many."""
    exhale = Ms(begin + pattern.inhale + pattern.full)
    rise, fall = BreathTone("in", nth, of), BreathTone("out", nth, of)
    return Cue(Ms(begin), pattern.inhale, rise), Cue(exhale, pattern.exhale, fall)


def intervals(timeline: Timeline, style: Style) -> Iterator[tuple[int, int]]:
    """The intervals of a session, in milliseconds and in order, in which its mix is that of the bed alone."""
    moved = _moved(timeline, style)
    end = (
        timeline.length if moved else timeline.length + _SETTLED
    )  # nothing fades where nothing lies under the words
    breathing = (
        (start, end) for start, end, _ in breaths(timeline, style)
    )  # with what it holds between tones
    return _outside([*moved, *_sounding(timeline, style), *breathing], end)


def beneath(timeline: Timeline, style: Style) -> Iterator[tuple[int, int]]:
    """The intervals in which a bed that is barely there sounds as it does alone, whatever sounds over it: what a
    stereo mix has on its side is that of the bed, less what the limiter takes of both."""
    return _outside(_moved(timeline, style), timeline.length) if faint(style) else iter(())


class Block(NamedTuple):
    """Paced breath from `start` on."""

    start: Ms
    pattern: Pattern
    cycles: int


def breaths(timeline: Timeline, style: Style) -> Iterator[tuple[int, int, Block]]:
    """The intervals in which nothing sounds but the paced breath of a block, over silence: softer from breath to breath
    by steps, and else as `breathing` is. With the block of each."""
    if not style.tones or style.ambience != "none":
        return
    blocks = [Block(span.start, span.pattern, span.cycles) for span in timeline.elastic_gaps if span.pattern]
    there = {(cue.start, cue.length, cue.what) for cue in timeline.cues if isinstance(cue.what, BreathTone)}
    plain, disturbed = set[tuple[int, int]](), list[tuple[int, int]]()
    for block in blocks:
        for nth in range(block.cycles):
            cues = _breath(block.pattern, block.start + nth * block.pattern.cycle, nth, block.cycles)
            if there.issuperset((cue.start, cue.length, cue.what) for cue in cues):
                plain.update((cue.start, cue.end) for cue in cues)
            else:  # with words
                disturbed.append((cues[0].start, cues[0].start + block.pattern.cycle))
    disturbed += (sound for sound in _sounding(timeline, style) if sound not in plain)
    ends = [0, *(block.start + block.cycles * block.pattern.cycle for block in blocks)]
    disturbed += zip(ends, [*(block.start for block in blocks), timeline.length], strict=True)
    for start, end in _outside(disturbed, timeline.length):
        yield start, end, blocks[bisect_right(blocks, start, key=lambda block: block.start) - 1]


def faint(style: Style) -> bool:
    """Whether there is a bed in stereo that is barely there."""
    bed = beds.BEDS[style.ambience] if isinstance(style.ambience, str) else None
    return style.stereo and bed is not None and bed.faint


def _outside(disturbed: Iterable[tuple[int, int]], last: int) -> Iterator[tuple[int, int]]:
    """The intervals up to `last` that nothing of this disturbs, nor what the limiter makes of it."""
    at = 0
    for start, end in (*sorted(disturbed), (last + level.MARGIN, last)):
        if at < start - level.MARGIN:
            yield at, start - level.MARGIN
        at = max(at, end + level.MARGIN)


def _moved(timeline: Timeline, style: Style) -> list[tuple[int, int]]:
    """Where the bed moves otherwise than by itself."""
    swells, ducked = [0.0], True
    if isinstance(style.ambience, str):
        bed = beds.BEDS[style.ambience]
        swells = [layer.swell for layer in bed.layers] if bed else []
        ducked = bool(bed and bed.ducked)
    return [moving for swell in swells for moving in curves.moving(timeline, ducked, swell)]


def _sounding(timeline: Timeline, style: Style) -> Iterator[tuple[int, int]]:
    for cue in timeline.cues:
        match cue.what:
            case Utterance() | PlayedRecording():
                yield cue.start, cue.end
            case BreathTone(counting=counting) if style.tones or counting:
                yield cue.start, cue.end
            case BellStroke(audible=True) if (rung := stroke(style)) is not None:
                yield cue.start, cue.start + -(-len(rung) // MS_SAMPLES)
