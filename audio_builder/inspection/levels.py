"""Measure how loud a finished file is, and with its cue sheet also each of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, assert_never

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..audio import chimes, level, meter
from ..audio.meter import MOMENTARY_HOPS, SECOND_HOPS, Measurement
from ..audio.mix.curves import FADE_IN, FADE_OUT, QUIET_END, is_soft
from ..audio.pcm import Floats
from ..planning.statistics import quiet_share, words_a_minute
from ..planning.timeline import BellStroke, BreathTone, Cue, PlayedRecording, Timeline, Utterance
from ..session.cue_sheet import CueSheet

_Hops = NDArray[np.bool_]
"""One value for each hop of the meter."""

_HOP_MS = 1000 // SECOND_HOPS
_DIGITAL_SILENCE = 10 ** (-90 / 20)  # highest sample of a hop
_SMEAR_MS = 60  # by which an MP3 smears a sound to either side
_FULL_FADE_CYCLES = (
    8  # breaths of a block from which on it softens in single steps, and is nearly gone at its end
)


class Levels(msgspec.Struct, frozen=True, kw_only=True):
    """Loudness in LUFS and true peak in dBTP. Bells and breath tones are in LU below speech: (smallest, largest).

    `speech` is the loudness of all speech cues together, `soft` that of the soft ones. `bed` is the median of the
    ambience in pauses, and `bed_rise` its largest rise in LU within a second. `dead_ms` is the longest digital silence
    before the end has faded out, and `dead_at_ms` is when it begins. `quiet_share` is the share of silence and tones.
    Fields are None if there is nothing to measure, and many are without a cue sheet.
    """

    integrated: float | None
    loudness_range: float
    true_peak: float | None
    momentary: float | None
    short_term: float | None
    dead_ms: int
    dead_at_ms: int
    speech: float | None = None
    soft: float | None = None
    first_bell: float | None = None
    loudest_bell: float | None = None
    softest_bell: float | None = None
    first_breath: tuple[float, float] | None = None
    last_breath: tuple[float, float] | None = None
    bed: float | None = None
    bed_rise: float | None = None
    bed_rise_at_ms: int = 0
    begins: float | None = None
    ends: float | None = None
    quiet_share: float | None = None
    words_a_minute: float | None = None


def measure_levels(measured: Measurement, cue_sheet: CueSheet | None) -> Levels:
    """Return the levels of a decoded file, and with a cue sheet also those of speech, bells, breath and ambience."""
    powers = measured.powers
    momentary = meter.momentary(powers)
    faded_out = 0
    if cue_sheet is not None:
        faded_out = (QUIET_END + FADE_OUT[cue_sheet.timeline.ending] // 4) // _HOP_MS
    silence, silence_start = _longest_run(
        measured.peaks[: max(0, len(powers) - faded_out)] < _DIGITAL_SILENCE
    )
    levels = Levels(
        integrated=_finite(meter.integrated(powers)),
        loudness_range=round(meter.loudness_range(powers), 2),
        true_peak=_finite(meter.decibels(measured.true_peak)),
        momentary=_finite(momentary.max(initial=meter.SILENCE)),
        short_term=_finite(meter.short_term(powers).max(initial=meter.SILENCE)),
        dead_ms=silence * _HOP_MS,
        dead_at_ms=silence_start * _HOP_MS,
    )
    return levels if cue_sheet is None else _with_parts(levels, powers, momentary, cue_sheet)


def _with_parts(levels: Levels, powers: Floats, momentary: Floats, cue_sheet: CueSheet) -> Levels:
    timeline = cue_sheet.timeline
    spoken = [n for n, cue in enumerate(timeline.cues) if isinstance(cue.content, Utterance)]
    speech = _integrated(powers, [timeline.cues[n] for n in spoken])
    reference = level.SPEECH_LUFS if speech is None else speech
    bells = _bells_below(reference, momentary, cue_sheet)
    first_breath, last_breath = _breath_below(reference, momentary, cue_sheet)
    ambience = _measure_ambience(momentary, _ambience_only(len(powers), cue_sheet))
    ending = momentary[-(QUIET_END // _HOP_MS) + MOMENTARY_HOPS - 1 :]
    pace = words_a_minute(timeline)
    return msgspec.structs.replace(
        levels,
        speech=speech,
        soft=_integrated(powers, [timeline.cues[n] for n in spoken if is_soft(timeline, n)]),
        first_bell=_rounded(bells[0]) if bells else None,
        loudest_bell=_rounded(min(bells)) if bells else None,
        softest_bell=_rounded(max(bells)) if bells else None,
        first_breath=_range(first_breath),
        last_breath=_range(last_breath),
        bed=ambience.median,
        bed_rise=ambience.rise,
        bed_rise_at_ms=ambience.rise_start * _HOP_MS,
        begins=_finite(float(momentary[0])) if len(momentary) else None,
        ends=_finite(float(ending.max(initial=meter.SILENCE))),
        quiet_share=round(quiet_share(timeline), 3),
        words_a_minute=None if pace is None else round(pace, 1),
    )


def _integrated(powers: Floats, cues: Sequence[Cue]) -> float | None:
    """Return the integrated loudness of cues joined together."""
    pieces = [powers[cue.start // _HOP_MS : cue.end // _HOP_MS] for cue in cues]
    return _finite(meter.integrated(np.concatenate(pieces))) if pieces else None


def _bells_below(reference: float, momentary: Floats, cue_sheet: CueSheet) -> list[float]:
    """Return how far each audible bell is below a reference, in LU."""
    if cue_sheet.bell == "none":
        return []
    return [
        reference - _loudest(momentary, cue)
        for cue in cue_sheet.timeline.cues
        if isinstance(cue.content, BellStroke) and cue.content.audible
    ]


def _breath_below(
    reference: float, momentary: Floats, cue_sheet: CueSheet
) -> tuple[list[float], list[float]]:
    """Return how far the first and the last tones of blocks are below a reference, in LU."""
    first: list[float] = []
    last: list[float] = []
    for cue in cue_sheet.timeline.cues if cue_sheet.tones else ():
        if isinstance(tone := cue.content, BreathTone):
            below = reference - _loudest(momentary, cue)
            if tone.cycle == 0:
                first.append(below)
            if tone.cycle == tone.cycles - 1 and tone.cycles >= _FULL_FADE_CYCLES:
                last.append(below)
    return first, last


def _loudest(momentary: Floats, cue: Cue) -> float:
    """Return the highest momentary loudness within a cue."""
    first = cue.start // _HOP_MS
    return float(
        momentary[first : max(first + 1, cue.end // _HOP_MS - MOMENTARY_HOPS)].max(initial=meter.SILENCE)
    )


def _ambience_only(count: int, cue_sheet: CueSheet) -> _Hops:
    """Return in which of `count` hops only the ambience sounds, at its full level: no fade, cue or bell."""
    timeline = cue_sheet.timeline
    only = np.ones(count, bool)
    for cue in timeline.cues:
        if end := _audible_until(cue, cue_sheet):
            only[max(0, cue.start - _SMEAR_MS) // _HOP_MS : -(-(end + _SMEAR_MS) // _HOP_MS)] = False
    only[: (FADE_IN + _SMEAR_MS) // _HOP_MS] = False
    only[_fade_out_start(timeline) // _HOP_MS :] = False
    return only


def _audible_until(cue: Cue, cue_sheet: CueSheet) -> int | None:
    """Return the millisecond at which a cue has faded, or None if it makes no sound."""
    match cue.content:
        case Utterance() | PlayedRecording():
            return cue.end
        case BreathTone():
            return cue.end if cue_sheet.tones else None
        case BellStroke(audible=audible):
            return cue.start + chimes.LONGEST_RING if audible and cue_sheet.bell != "none" else None
        case _:
            assert_never(cue.content)


def _fade_out_start(timeline: Timeline) -> int:
    return max(0, timeline.length - QUIET_END - FADE_OUT[timeline.ending])


class _AmbienceLevels(NamedTuple):
    """The median in LUFS, the largest rise within a second in LU, and the hop at which it begins."""

    median: float | None
    rise: float | None
    rise_start: int


def _measure_ambience(momentary: Floats, only: _Hops) -> _AmbienceLevels:
    """Return the levels of the ambience, from momentary windows in which nothing else sounds."""
    if len(only) < MOMENTARY_HOPS:
        return _AmbienceLevels(None, None, 0)
    sums = np.cumsum(np.concatenate([[0], only]))
    whole = sums[MOMENTARY_HOPS:] - sums[:-MOMENTARY_HOPS] == MOMENTARY_HOPS
    median = _finite(float(np.median(momentary[whole]))) if whole.any() else None
    before, after = momentary[:-SECOND_HOPS], momentary[SECOND_HOPS:]
    comparable = whole[:-SECOND_HOPS] & whole[SECOND_HOPS:] & np.isfinite(before) & np.isfinite(after)
    if not comparable.any():
        return _AmbienceLevels(median, None, 0)
    with np.errstate(invalid="ignore"):
        rises = np.where(comparable, after - before, meter.SILENCE)
    start = int(rises.argmax())
    return _AmbienceLevels(median, _rounded(float(rises[start])), start)


def _longest_run(values: _Hops) -> tuple[int, int]:
    """Return the length of the longest run of true values, and where it begins."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], values, [False]]).astype(np.int8)))
    if not len(edges):
        return 0, 0
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    longest = int(lengths.argmax())
    return int(lengths[longest]), int(starts[longest])


def _range(values: Sequence[float]) -> tuple[float, float] | None:
    return (_rounded(min(values)), _rounded(max(values))) if values else None


def _finite(value: float) -> float | None:
    return _rounded(value) if np.isfinite(value) else None


def _rounded(value: float) -> float:
    return round(float(value), 2)
