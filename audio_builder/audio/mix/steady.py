"""Find the steady regions of a session, in which its sound repeats.

Three kinds of steady sound exist: the bed where nothing else sounds, the side signal of a faint bed beneath anything,
and paced breath over silence.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple, assert_never

from ...planning.timeline import BellStroke, BreathTone, Cue, PlayedRecording, Timeline, Utterance
from ...script.model import Pattern
from ...units import MS_SAMPLES, Ms
from .. import beds, limiter
from ..clip import Clip
from ..pcm import AudioSegment
from . import curves
from .mix import bell_samples, mix
from .style import Style

Interval = tuple[int, int]
"""Start and end in milliseconds."""

_ENDLESS = Timeline("", Ms(1_000_000_000), "wake", (), ())
_SILENCE_PERIOD = Ms(6_000)
_FADED_IN = 60_000  # ms after which the fade-in is over and the waves have reached their full height


class BreathBlock(NamedTuple):
    """A block of paced breath that begins at `start`."""

    start: Ms
    pattern: Pattern
    cycles: int


def bed_period(ambience: str | Clip) -> Ms:
    """Return the time after which an undisturbed bed repeats, a whole number of MP3 frames."""
    if isinstance(ambience, Clip):
        return ambience.length
    return beds.LOOP_LENGTH if beds.BEDS[ambience] else _SILENCE_PERIOD


def has_faint_bed(style: Style) -> bool:
    """Return whether the session is in stereo and has a faint bed (`beds.FAINT_LUFS`)."""
    bed = beds.BEDS[style.ambience] if isinstance(style.ambience, str) else None
    return style.stereo and bed is not None and bed.is_faint(style.ambience_db)


def mix_bed(style: Style, start: int, end: int) -> AudioSegment:
    """Return the undisturbed bed from `start` to `end` milliseconds.

    It sounds the same at any moment of a session that is a whole number of periods away."""
    period = bed_period(style.ambience)
    offset = -(-_FADED_IN // period) * period
    return mix(_ENDLESS, {}, style, offset + start, offset + end)


def mix_breath(pattern: Pattern, phase: Ms, stereo: bool, start: int, end: int) -> AudioSegment:
    """Return endless paced breath over silence from `start` to `end` milliseconds.

    It is as loud as the first breath of a block. A cycle begins at `phase`."""
    origin = start - (start - phase) % pattern.cycle
    count = (end - origin) // pattern.cycle + 1
    cues = [cue for nth in range(count) for cue in _breath_cues(pattern, nth * pattern.cycle)]
    timeline = Timeline("", Ms(end - origin), "wake", tuple(cues), ())
    return mix(timeline, {}, Style("none", "none", stereo=stereo), start - origin, end - origin)


def steady_bed(timeline: Timeline, style: Style) -> Iterator[Interval]:
    """Yield the intervals, in order, in which a session sounds like `mix_bed`."""
    changing = _bed_changes(timeline, style)
    # without a bed nothing fades out, and the silence after the end belongs to the last interval
    end = timeline.length if changing else timeline.length + _FADED_IN
    breath = (
        (start, end) for start, end, _ in steady_breath(timeline, style)
    )  # including pauses between tones
    return _undisturbed([*changing, *_audible(timeline, style), *breath], end)


def steady_side(timeline: Timeline, style: Style) -> Iterator[Interval]:
    """Yield the intervals in which the side signal of a session equals that of a faint bed.

    Everything else is the same on both sides, so it leaves the side signal alone, apart from what the limiter takes."""
    return _undisturbed(_bed_changes(timeline, style), timeline.length) if has_faint_bed(style) else iter(())


def steady_breath(timeline: Timeline, style: Style) -> Iterator[tuple[int, int, BreathBlock]]:
    """Yield the intervals in which a session sounds like `mix_breath`, and the block that each belongs to.

    Only the level differs: every breath is softer by whole steps (`chimes.steps_down`)."""
    if not style.breath_tones or style.ambience != "none":
        return
    blocks = [BreathBlock(gap.start, gap.pattern, gap.cycles) for gap in timeline.elastic_gaps if gap.pattern]
    disturbed = list(_disturbed_breath(timeline, style, blocks))
    for start, end in _undisturbed(disturbed, timeline.length):
        yield start, end, blocks[bisect_right(blocks, start, key=lambda block: block.start) - 1]


def _disturbed_breath(timeline: Timeline, style: Style, blocks: list[BreathBlock]) -> Iterator[Interval]:
    """Yield everything outside of blocks, breaths with words, and other sounds."""
    tones = {
        (cue.start, cue.length, cue.content) for cue in timeline.cues if isinstance(cue.content, BreathTone)
    }
    plain = set[Interval]()
    for block in blocks:
        for cycle in range(block.cycles):
            start = block.start + cycle * block.pattern.cycle
            cues = _breath_cues(block.pattern, start, cycle, block.cycles)
            if tones.issuperset((cue.start, cue.length, cue.content) for cue in cues):
                plain.update((cue.start, cue.end) for cue in cues)
            else:  # words take the place of a tone
                yield start, start + block.pattern.cycle
    yield from (interval for interval in _audible(timeline, style) if interval not in plain)
    starts = [*(block.start for block in blocks), timeline.length]
    ends = [0, *(block.start + block.cycles * block.pattern.cycle for block in blocks)]
    yield from zip(ends, starts, strict=True)


def _breath_cues(pattern: Pattern, start: int, cycle: int = 0, cycles: int = 1) -> tuple[Cue, Cue]:
    """Return the tones of the breath `cycle` of `cycles`."""
    exhale = Ms(start + pattern.inhale + pattern.full)
    rise, fall = BreathTone("in", cycle, cycles), BreathTone("out", cycle, cycles)
    return Cue(Ms(start), pattern.inhale, rise), Cue(exhale, pattern.exhale, fall)


def _undisturbed(disturbed: Iterable[Interval], last: int) -> Iterator[Interval]:
    """Yield the intervals up to `last` that lie outside of all others, further away than the limiter looks."""
    at = 0
    for start, end in (*sorted(disturbed), (last + limiter.MARGIN, last)):
        if at < start - limiter.MARGIN:
            yield at, start - limiter.MARGIN
        at = max(at, end + limiter.MARGIN)


def _bed_changes(timeline: Timeline, style: Style) -> list[Interval]:
    """Return the intervals in which the timeline affects the gain of the bed."""
    swells, ducked = [0.0], True
    if isinstance(style.ambience, str):
        bed = beds.BEDS[style.ambience]
        swells = [layer.swell_db for layer in bed.layers] if bed else []
        ducked = bool(bed and bed.ducked)
    return [interval for swell_db in swells for interval in curves.changes(timeline, ducked, swell_db)]


def _audible(timeline: Timeline, style: Style) -> Iterator[Interval]:
    """Yield the intervals of cues that sound, with bells until they have rung out."""
    for cue in timeline.cues:
        match cue.content:
            case Utterance() | PlayedRecording():
                yield cue.start, cue.end
            case BreathTone(counting=counting):
                if style.breath_tones or counting:
                    yield cue.start, cue.end
            case BellStroke(audible=audible):
                if audible and (stroke := bell_samples(style)) is not None:
                    yield cue.start, cue.start + -(-len(stroke) // MS_SAMPLES)
            case _:
                assert_never(cue.content)
