"""The sound of any interval of a session, the same as that interval of the whole."""

from __future__ import annotations

import math
import wave
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from .clip import Clip
from .errors import ClipGone
from .script import Sound
from .sound import beds, chimes
from .sound.pcm import AudioSegment, Floats, Samples, array, rounded, segment, silence
from .timeline import Cue, Plan, Played, Speech, Stroke, Style, Tone
from .units import MS_SAMPLES, RATE, samples

Moments = NDArray[np.int64]

FADE_IN = 2_500
"""Milliseconds in which the bed comes."""
FADE_OUT = {"wake": 8_000, "sleep": 30_000}
"""Milliseconds in which bed and bells go, by ending."""
QUIET_END = 3_000
"""Milliseconds of near silence at the end."""

_MONO = 10 * math.log10(2)  # dB: one channel alone measures so much less than the same sound on both of two
_UNSPOKEN = 60_000  # after so long, and in a rest so long, words come softer: nobody is startled
_SOFTER = -3.0
_DUCKED = 0.5  # 6 dB under speech
_MAKE_WAY = 1_500  # ms before speech in which the bed goes down,
_HOLD = 2_500  # after it in which the bed waits for the next sentence,
_RETURN = 4_000  # and in which it comes back: by less than 3 dB in any second


def mix(plan: Plan, clips: Mapping[Sound, Clip], style: Style, start: int, end: int) -> AudioSegment:
    """The session from `start` to `end` milliseconds as an `AudioSegment`, 48 kHz and 16 bit, stereo or mono by style.

    Any interval equals the same interval of the whole; after the plan's end there is nothing. The clips' files
    are read as far as the interval needs. Raises ClipGone where a clip is not what the plan was made with."""
    sound = silence(end - start)
    for at in _sounding(plan, start, end):
        cue = plan.cues[at]
        first, last = max(start - cue.start, 0), end - cue.start
        piece = _piece(plan, clips, style, at, first, last)
        if piece is not None:
            sound = sound.overlay(piece, position=cue.start + first - start)
    if style.stereo:
        sound = sound.set_channels(2)
    loop = beds.loop(style.ambience)
    if loop is not None and end > start:
        sound = sound.overlay(_bed(plan, style, loop, start, end))
    return sound if style.stereo else sound.apply_gain(_MONO)


def _sounding(plan: Plan, start: int, end: int) -> Iterator[int]:
    """The places in `plan.cues` of what may sound in the interval, bells from before it included."""
    low = bisect_left(plan.cues, start - chimes.REACH, key=_start)
    while low and plan.cues[low - 1].end > start:  # only a long recording; cues do not overlap
        low -= 1
    high = bisect_left(plan.cues, end, key=_start)
    for at in range(low, high):
        if plan.cues[at].end > start or isinstance(plan.cues[at].what, Stroke):
            yield at


def _start(cue: Cue) -> int:
    return cue.start


def _piece(
    plan: Plan, clips: Mapping[Sound, Clip], style: Style, at: int, first: int, last: int
) -> AudioSegment | None:
    """What cue `at` sounds like between two moments counted from its start, mono; None where that is nothing."""
    cue = plan.cues[at]
    match cue.what:
        case Speech(line=line):
            piece = _clip(clips, line, cue, first, last)
            return piece.apply_gain(_SOFTER) if _comes_softly(plan, at) else piece
        case Played(recording=recording):
            return _clip(clips, recording, cue, first, last)
        case Tone(phase=phase, nth=nth, of=of):
            tone = chimes.breath(phase, cue.length)[first:last] if style.tones else None
            return tone and tone.apply_gain(chimes.softening(nth, of))
        case Stroke(audible=audible):
            heard = (c.start for c in plan.cues if isinstance(c.what, Stroke) and c.what.audible)
            sound = chimes.stroke(style.bell, first=cue.start == next(heard, None)) if audible else None
            if sound is None or first >= len(sound):
                return None
            piece = sound[first:last]
            return _shaped(array(piece), _bell_fade(plan, cue, cue.start + first, len(piece)))


def _clip(clips: Mapping[Sound, Clip], sound: Sound, cue: Cue, first: int, last: int) -> AudioSegment:
    """Milliseconds `first` to `last` of a cue's clip, read from its file."""
    clip = clips[sound]
    last = min(last, cue.length)
    try:
        with wave.open(str(clip.path), "rb") as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes())
            if form != (1, 2, RATE, samples(cue.length)):
                raise ClipGone(f"{clip.path} is not the sound that was planned with; build again")
            file.setpos(samples(first))
            return segment(file.readframes(samples(last - first)))
    except (OSError, EOFError, wave.Error) as error:
        raise ClipGone(f"a clip has vanished from the cache ({clip.path.name}); build again") from error


def _comes_softly(plan: Plan, at: int) -> bool:
    """Whether words stand in a long rest, or come after a minute without any."""
    cue = plan.cues[at]
    span = bisect_right(plan.spans, cue.start, key=lambda span: span.start) - 1
    if span >= 0:
        rest = plan.spans[span]
        if rest.kind == "rest" and rest.length >= _UNSPOKEN and cue.end <= rest.start + rest.length:
            return True
    for before in range(at - 1, -1, -1):
        earlier = plan.cues[before]
        if earlier.end <= cue.start - _UNSPOKEN:
            return True
        if isinstance(earlier.what, Speech | Played):
            return False
    return False


def _bed(plan: Plan, style: Style, loop: Samples, start: int, end: int) -> AudioSegment:
    """The bed in the interval, faded in and out, and making way for speech if it is of that kind."""
    where = np.arange(start, end + 1)
    gain = _rise(where, 0, FADE_IN) * _out(plan, where, plan.length - QUIET_END - FADE_OUT[plan.ending])
    bed = beds.BEDS[style.ambience]
    if bed is not None and bed.ducked:
        gain *= _ducking(plan, where)
    first = samples(start) % len(loop)
    turns = -(-(first + samples(end - start)) // len(loop))
    sound = np.concatenate([loop] * turns)[first : first + samples(end - start)]
    return _shaped(sound if style.stereo else sound[:, :1], gain)


def _bell_fade(plan: Plan, cue: Cue, start: int, length: int) -> Floats:
    """The gain of a bell's tail towards the end of the session; the stroke itself is left whole."""
    begin = max(plan.length - QUIET_END - FADE_OUT[plan.ending], cue.start + cue.length // 4)
    return _out(plan, np.arange(start, start + length + 1), begin)


def _ducking(plan: Plan, where: Moments) -> Floats:
    """The bed's gain under speech and around it."""
    start, end = int(where[0]), int(where[-1])
    gain = np.ones(len(where))
    for at in _sounding(plan, start - _HOLD - _RETURN, end + _MAKE_WAY):
        cue = plan.cues[at]
        if isinstance(cue.what, Speech | Played):
            before = _rise(where, cue.start - _MAKE_WAY, cue.start)
            after = _rise(where, cue.end + _HOLD, cue.end + _HOLD + _RETURN)
            gain = np.minimum(gain, 1 - (1 - _DUCKED) * before * (1 - after))
    return gain


def _out(plan: Plan, where: Moments, begin: int) -> Floats:
    """The gain of what goes from `begin` until the quiet end."""
    quiet = plan.length - QUIET_END
    return 1 - _rise(where, min(begin, quiet - 1), quiet)


def _rise(where: Moments, begin: int, end: int) -> Floats:
    """From 0 at `begin` to 1 at `end`, level at both: sums and products only, which every processor rounds alike."""
    x = np.clip((where - begin) / (end - begin), 0.0, 1.0)
    return np.asarray(x * x * (3 - 2 * x))


def _shaped(sound: Samples, gain: Floats) -> AudioSegment:
    """The samples (n, channels) times a gain given at each millisecond's border, straight in between."""
    if (gain == 1).all():
        return segment(sound, sound.shape[1])
    within = np.arange(MS_SAMPLES) / MS_SAMPLES
    curve = gain[:-1, None] + (gain[1:] - gain[:-1])[:, None] * within
    return segment(rounded(sound * curve.reshape(-1, 1)), sound.shape[1])
