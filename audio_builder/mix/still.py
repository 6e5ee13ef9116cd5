"""Where nothing but the bed sounds: there a session repeats as the bed's loop does."""

from __future__ import annotations

from collections.abc import Iterator

from ..clip import Clip
from ..sound import beds, level
from ..sound.pcm import AudioSegment
from ..timeline import Plan, Played, Speech, Stroke, Style, Tone
from ..units import MS_SAMPLES, Ms
from . import curves, mix, stroke

_FOR_EVER = Ms(1_000_000_000)
_ALONE = Plan("", _FOR_EVER, "wake", (), ())
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


def intervals(plan: Plan, style: Style) -> Iterator[tuple[int, int]]:
    """The intervals of a session, in milliseconds and in order, in which its mix is that of the bed alone."""
    at = 0
    for start, end in sorted(_disturbed(plan, style)):
        if start > at:
            yield at, start
        at = max(at, end)
    if at < _FOR_EVER:  # nothing fades where nothing lies under the words
        yield at, plan.length + _SETTLED


def _disturbed(plan: Plan, style: Style) -> Iterator[tuple[int, int]]:
    """Where anything else sounds, or the bed moves otherwise than by itself; and what the limiter makes of it."""
    swells, ducked = [0.0], True
    if isinstance(style.ambience, str):
        bed = beds.BEDS[style.ambience]
        swells = [layer.swell for layer in bed.layers] if bed else []
        ducked = bool(bed and bed.ducked)
    moved = [moving for swell in swells for moving in curves.moving(plan, ducked, swell)]
    for start, end in (*moved, *_sounding(plan, style)):
        yield start - level.MARGIN, end + level.MARGIN
    if swells:
        yield plan.length - curves.QUIET_END, _FOR_EVER


def _sounding(plan: Plan, style: Style) -> Iterator[tuple[int, int]]:
    for cue in plan.cues:
        match cue.what:
            case Speech() | Played():
                yield cue.start, cue.end
            case Tone(counting=counting) if style.tones or counting:
                yield cue.start, cue.end
            case Stroke(audible=True) if (rung := stroke(style)) is not None:
                yield cue.start, cue.start + -(-len(rung) // MS_SAMPLES)
