"""Mix any interval of a session, with the same samples as in the whole."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Literal, assert_never

import numpy as np

from ...errors import ClipGone
from ...planning.timeline import BellStroke, BreathTone, CueContent, PlayedRecording, Timeline, Utterance
from ...script.model import Recording, Sound
from ...units import samples
from .. import beds, chimes, level, limiter
from ..clip import Clip, open_clip
from ..pcm import AudioSegment, Samples, apply_envelope, as_array, as_segment, as_stereo, silence
from . import curves
from .style import Style

MIX_VERSION = "1"
"""Increase this whenever the same timeline, clips and style give other PCM. Part of fingerprints."""


Stem = Literal["voice", "ambience", "breath", "bells"]
"""A part of the sound. Every cue belongs to one of them, and the bed is the ambience."""


def mix(timeline: Timeline, clips: Mapping[Sound, Clip], style: Style, start: int, end: int) -> AudioSegment:
    """Return the session from `start` to `end` milliseconds at 48 kHz and 16 bit, stereo or mono according to style.

    Any interval equals the same interval of the whole session. Before the beginning and after the end there is silence.
    Clips are read only as far as the interval needs. Raises ClipGone if a clip is missing or has another length than in
    the timeline."""
    sound = as_array(_unlimited(timeline, clips, style, start - limiter.MARGIN, end + limiter.MARGIN))
    ceiling = level.PEAK_DBFS["stereo" if style.stereo else "mono"]
    gains = limiter.gain_reduction(limiter.millisecond_peaks(sound), ceiling)
    inside = sound[samples(limiter.MARGIN) : -samples(limiter.MARGIN)]
    return as_segment(apply_envelope(inside, gains[limiter.MARGIN : -limiter.MARGIN]), sound.shape[1])


def mix_stem(
    timeline: Timeline, clips: Mapping[Sound, Clip], style: Style, stem: Stem, start: int, end: int
) -> AudioSegment:
    """Return one part of the sound of a session from `start` to `end` milliseconds, as `mix` does, but not limited.

    Added up, the four parts are what `mix` limits. In mono each is rounded by itself, so the sum can be 2 off."""
    return _unlimited(timeline, clips, style, start, end, stem)


def bell_samples(style: Style) -> Samples | None:
    """Return one stroke of the style's bell on one channel, or None if it has no bell."""
    if isinstance(style.bell, str):
        return chimes.bell_stroke(style.bell)
    return open_clip(style.bell, 1)[:, 0]


def _unlimited(
    timeline: Timeline,
    clips: Mapping[Sound, Clip],
    style: Style,
    start: int,
    end: int,
    stem: Stem | None = None,
) -> AudioSegment:
    """Overlay everything that sounds in the interval, or only what belongs to a stem."""
    sound = silence(end - start)
    for index in _audible_cues(timeline, start, end):
        cue = timeline.cues[index]
        if stem not in (None, _stem_of(cue.content)):
            continue
        first, last = max(start - cue.start, 0), end - cue.start
        part = _cue_sound(timeline, clips, style, index, first, last)
        if part is not None:
            sound = sound.overlay(part, position=cue.start + first - start)
    if style.stereo:
        sound = as_stereo(sound)
    if stem not in (None, "ambience"):
        return sound if style.stereo else sound.apply_gain(level.DUAL_MONO_DB)
    for layer in _bed(timeline, style, max(start, 0), min(end, timeline.length)):
        sound = sound.overlay(layer, position=max(-start, 0))
    return sound if style.stereo else sound.apply_gain(level.DUAL_MONO_DB)


def _stem_of(content: CueContent) -> Stem:
    match content:
        case Utterance() | PlayedRecording():
            return "voice"
        case BreathTone():
            return "breath"
        case BellStroke():
            return "bells"
        case _:
            assert_never(content)


def _audible_cues(timeline: Timeline, start: int, end: int) -> Iterator[int]:
    """Yield the indexes of the cues that may sound in the interval, including bells that still ring."""
    first = bisect_left(timeline.cues, start - chimes.LONGEST_RING, key=lambda cue: cue.start)
    while first and timeline.cues[first - 1].end > start:  # only a long recording, since cues do not overlap
        first -= 1
    last = bisect_left(timeline.cues, end, key=lambda cue: cue.start)
    for index in range(first, last):
        if timeline.cues[index].end > start or _rings_on(timeline.cues[index].content):
            yield index


def _rings_on(content: CueContent) -> bool:
    """Return whether a cue may still sound after its end, for as long as LONGEST_RING."""
    match content:
        case BellStroke():
            return True
        case Utterance() | PlayedRecording() | BreathTone():
            return False
        case _:
            assert_never(content)


def _cue_sound(
    timeline: Timeline, clips: Mapping[Sound, Clip], style: Style, index: int, first: int, last: int
) -> AudioSegment | None:
    """Return what a cue sounds like between two moments after its start, in mono, or None for silence."""
    cue = timeline.cues[index]
    match cue.content:
        case Utterance(line=sound) | PlayedRecording(recording=sound):
            return _speech(timeline, clips, style, index, sound, first, min(last, cue.length))
        case BreathTone(phase=phase, cycle=cycle, cycles=cycles, counting=counting):
            if not style.breath_tones and not counting:
                return None
            tone = chimes.breath_tone(phase, cue.length)[samples(first) : samples(last)]
            return as_segment(tone).apply_gain(-chimes.steps_down(cycle, cycles) * chimes.BREATH_STEP_DB)
        case BellStroke(audible=audible):
            stroke = bell_samples(style) if audible else None
            if stroke is None or samples(first) >= len(stroke):
                return None
            part = stroke[samples(first) : samples(last)]
            moments = np.arange(cue.start + first, cue.start + first + len(part) // samples(1) + 1)
            fade = curves.fade_out(timeline, moments, cue.start + cue.length // 4)
            is_first = index == _first_bell(timeline)
            attenuation_db = chimes.FIRST_STROKE_ATTENUATION_DB if is_first else 0.0
            return as_segment(apply_envelope(part[:, None], fade)).apply_gain(style.bell_db - attenuation_db)
        case _:
            assert_never(cue.content)


def _first_bell(timeline: Timeline) -> int | None:
    audible = (
        n
        for n, cue in enumerate(timeline.cues)
        if isinstance(cue.content, BellStroke) and cue.content.audible
    )
    return next(audible, None)


def _speech(
    timeline: Timeline,
    clips: Mapping[Sound, Clip],
    style: Style,
    index: int,
    sound: Sound,
    first: int,
    last: int,
) -> AudioSegment:
    """Return an utterance or a recording from `first` to `last`, in milliseconds after its start.

    The session's gain and the limiter are applied, and it is attenuated where speech is soft. A recording that is
    `as_is` is only limited."""
    clip = clips[sound]
    if clip.length != timeline.cues[index].length:
        raise ClipGone(f"{clip.path.name} in the cache is not as long as planned; build again")
    begin = max(first - limiter.MARGIN, 0)
    part = open_clip(clip, 1)[samples(begin) : samples(last + limiter.MARGIN), 0]
    ceiling = level.speech_ceiling(style.stereo)
    if isinstance(sound, Recording) and sound.as_is:
        limited = limiter.limit(part, 0.0, ceiling)
    else:
        attenuation_db = curves.SOFT_ATTENUATION_DB if curves.is_soft(timeline, index) else 0.0
        limited = limiter.limit(part, level.HEADROOM_DB + style.gain_db, ceiling, attenuation_db)
    return as_segment(limited[samples(first - begin) : samples(last - begin)])


def _bed(timeline: Timeline, style: Style, start: int, end: int) -> Iterator[AudioSegment]:
    """Yield the layers of the bed in the interval, with fades, waves and ducking."""
    if end <= start:
        return
    moments = np.arange(start, end + 1)
    fades = curves.bed_fades(timeline, moments)
    ducked, layers = _layers(style)
    for loop, swell_db in layers:
        sound = _repeated(loop, samples(start), samples(end - start))
        gain = fades * curves.bed_gain(timeline, moments, ducked, swell_db) * 10 ** (style.ambience_db / 20)
        one_or_both = (
            sound if style.stereo else sound[:, :1]
        )  # in synthesised beds the sides are equally loud
        layer = apply_envelope(one_or_both, gain)
        yield as_segment(layer, layer.shape[1])


def _layers(style: Style) -> tuple[bool, list[tuple[Samples, float]]]:
    """Return whether the bed is ducked, and the loop of each layer with its swell in dB."""
    if isinstance(style.ambience, Clip):
        return True, [(open_clip(style.ambience, 2 if style.stereo else 1), 0.0)]
    bed = beds.BEDS[style.ambience]
    if bed is None:
        return False, []
    swells = [layer.swell_db for layer in bed.layers]
    return bed.ducked, list(zip(beds.bed_loops(style.ambience), swells, strict=True))


def _repeated(loop: Samples, first: int, count: int) -> Samples:
    """Return `count` samples from sample `first` of an endlessly repeated loop."""
    at = first % len(loop)
    parts, remaining = [], count
    while remaining > 0:
        parts.append(loop[at : at + remaining])
        remaining -= len(parts[-1])
        at = 0
    return np.concatenate(parts)
