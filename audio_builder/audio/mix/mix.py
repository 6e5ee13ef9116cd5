"""The sound of any interval of a session, the same as that interval of the whole."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping

import numpy as np

from ...errors import ClipGone
from ...planning.timeline import BellStroke, BreathTone, Cue, PlayedRecording, Timeline, Utterance
from ...script.model import Recording, Sound
from ...units import samples
from .. import beds, chimes, level, recordings
from ..clip import Clip
from ..pcm import AudioSegment, Samples, array, both, segment, shaped, silence
from . import curves
from .style import Style

MIX_VERSION = "1"
"""Increase this whenever the same timeline, clips and style give other PCM. Part of fingerprints."""


def mix(timeline: Timeline, clips: Mapping[Sound, Clip], style: Style, start: int, end: int) -> AudioSegment:
    """The session from `start` to `end` milliseconds as an `AudioSegment`, 48 kHz and 16 bit, stereo or mono by style.

    Any interval equals the same interval of the whole; before the plan's beginning and after its end there is nothing.
    The clips' files are read as far as the interval needs. Raises ClipGone where a clip is not what the plan was made
    with."""
    around = start - level.MARGIN, end + level.MARGIN
    sound = array(_sum(timeline, clips, style, *around))
    peak = level.PEAK["stereo" if style.stereo else "mono"]
    held = level.reduction(level.peaks(sound), peak)[level.MARGIN : -level.MARGIN]
    return segment(shaped(sound[samples(level.MARGIN) : -samples(level.MARGIN)], held), sound.shape[1])


def _sum(timeline: Timeline, clips: Mapping[Sound, Clip], style: Style, start: int, end: int) -> AudioSegment:
    """All that sounds, one upon the other."""
    sound = silence(end - start)
    for at in _sounding(timeline, start, end):
        cue = timeline.cues[at]
        first, last = max(start - cue.start, 0), end - cue.start
        piece = _piece(timeline, clips, style, at, first, last)
        if piece is not None:
            sound = sound.overlay(piece, position=cue.start + first - start)
    if style.stereo:
        sound = both(sound)
    for layer in _bed(timeline, style, max(start, 0), min(end, timeline.length)):
        sound = sound.overlay(layer, position=max(-start, 0))
    return sound if style.stereo else sound.apply_gain(level.BOTH)


def _sounding(timeline: Timeline, start: int, end: int) -> Iterator[int]:
    """The places in `plan.cues` of what may sound in the interval, bells from before it included."""
    low = bisect_left(timeline.cues, start - chimes.REACH, key=_start)
    while low and timeline.cues[low - 1].end > start:  # only a long recording; cues do not overlap
        low -= 1
    high = bisect_left(timeline.cues, end, key=_start)
    for at in range(low, high):
        if timeline.cues[at].end > start or isinstance(timeline.cues[at].what, BellStroke):
            yield at


def _start(cue: Cue) -> int:
    return cue.start


def _piece(
    timeline: Timeline, clips: Mapping[Sound, Clip], style: Style, at: int, first: int, last: int
) -> AudioSegment | None:
    """What cue `at` sounds like between two moments counted from its start, mono; None where that is nothing."""
    cue = timeline.cues[at]
    match cue.what:
        case Utterance(line=sound) | PlayedRecording(recording=sound):
            return _words(timeline, clips, style, at, sound, first, min(last, cue.length))
        case BreathTone(phase=phase, nth=nth, of=of, counting=counting):
            if not style.tones and not counting:
                return None
            tone = chimes.breath(phase, cue.length)[samples(first) : samples(last)]
            return segment(tone).apply_gain(chimes.steps_down(nth, of) * chimes.STEP)
        case BellStroke(audible=audible):
            rung = stroke(style) if audible else None
            if rung is None or samples(first) >= len(rung):
                return None
            part = rung[samples(first) : samples(last)]
            where = np.arange(cue.start + first, cue.start + first + len(part) // samples(1) + 1)
            softest = chimes.SOFTER_FIRST if at == _first_bell(timeline) else 0.0
            fade = curves.away(timeline, where, cue.start + cue.length // 4)
            return segment(shaped(part[:, None], fade)).apply_gain(softest)


def _first_bell(timeline: Timeline) -> int | None:
    heard = (
        n for n, cue in enumerate(timeline.cues) if isinstance(cue.what, BellStroke) and cue.what.audible
    )
    return next(heard, None)


def stroke(style: Style) -> Samples | None:
    """One stroke of the bell, one channel; None where there is none."""
    if isinstance(style.bell, str):
        return chimes.stroke(style.bell)
    return recordings.opened(style.bell, 1)[:, 0]


def _words(
    timeline: Timeline,
    clips: Mapping[Sound, Clip],
    style: Style,
    at: int,
    sound: Sound,
    first: int,
    last: int,
) -> AudioSegment:
    """Milliseconds `first` to `last` of what is said, read from its clip: held below its ceiling, then at the session's
    level, and softer out of a silence."""
    cue = timeline.cues[at]
    clip = clips[sound]
    if clip.length != cue.length:
        raise ClipGone(f"{clip.path} is not the sound that was planned with; build again")
    begin = max(first - level.MARGIN, 0)
    around = recordings.opened(clip, 1)[samples(begin) : samples(last + level.MARGIN), 0]
    if isinstance(sound, Recording) and sound.as_is:
        held = level.limited(around, 0.0, level.ceiling(style.stereo))
    else:
        soft = curves.SOFT_DB if curves.is_soft(timeline, at) else 0.0
        held = level.limited(around, level.HEADROOM + style.gain, level.ceiling(style.stereo), soft)
    return segment(held[samples(first - begin) : samples(last - begin)])


def _bed(timeline: Timeline, style: Style, start: int, end: int) -> Iterator[AudioSegment]:
    """The layers of the bed in the interval: faded in and out, in waves, making way for speech."""
    if end <= start:
        return
    where = np.arange(start, end + 1)
    fades = curves.fades(timeline, where)
    if isinstance(style.ambience, Clip):
        channels = 2 if style.stereo else 1
        loops: tuple[tuple[Samples, float], ...] = ((recordings.opened(style.ambience, channels), 0.0),)
        ducked = True
    else:
        bed = beds.BEDS[style.ambience]
        layers = bed.layers if bed else ()
        loops = tuple(zip(beds.loop(style.ambience), (layer.swell for layer in layers), strict=True))
        ducked = bool(bed and bed.ducked)
    for loop, swell in loops:
        sound = _turns(loop, samples(start), samples(end - start))
        gain = fades * curves.bed(timeline, where, ducked, swell)
        laid = shaped(sound if style.stereo else sound[:, :1], gain)  # ours are alike left and right
        yield segment(laid, laid.shape[1])


def _turns(loop: Samples, first: int, count: int) -> Samples:
    """`count` samples from sample `first` on of a loop that goes round and round."""
    at = first % len(loop)
    parts, left = [], count
    while left > 0:
        parts.append(loop[at : at + left])
        left -= len(parts[-1])
        at = 0
    return np.concatenate(parts)
