"""How loud what is in a finished file, and which promise of `docs/sound.md` that breaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..audio import chimes, level, meter
from ..audio.meter import MOMENTARY, SECOND, Measured
from ..audio.mix.curves import FADE_IN, FADE_OUT, QUIET_END, is_soft
from ..audio.pcm import Floats
from ..planning.statistics import quiet_share, words_a_minute
from ..planning.timeline import BellStroke, BreathTone, Cue, PlayedRecording, Utterance
from ..session.cue_sheet import Sheet
from ..units import clock

Hops = NDArray[np.bool_]

TOLERANCE = 0.5
"""LU by which the speech cues may miss the level of speech."""
TRUE_PEAK = -1.0
"""dBTP that nothing passes."""
BELL = (4.0, 8.0)
"""LU that bells lie under speech."""
BREATH = (10.0, 14.0)
"""LU that a block's first breath tones lie under speech."""
NEARLY_GONE = 18.0
"""LU that a block's last breath tones lie under speech at the least, what lies under them included."""
BED_RISE = 3.0
"""LU by which a bed may rise within a second, outside the fades."""
QUIET = -60.0
"""LUFS of near silence."""
DEAD = 500
"""Milliseconds of digital silence that sound like a dropped connection."""

_HOP = 10  # ms
_DIGITAL = 10 ** (-90 / 20)
_NEAR = 60  # ms on either side of what sounds, where an MP3 smears it over
_FEW = 8  # breaths, below which a block does not soften all the way in small steps


class Levels(msgspec.Struct, frozen=True, kw_only=True):
    """Loudness in LUFS, true peak in dBTP; of bells and breath tones how many LU they lie under speech, the loudest and
    the softest of a kind. None where there is nothing to measure or, without a cue sheet, nothing to tell it apart by.

    `speech` is of all speech cues together, `soft` of those that come softer; `bed` is the bed's median in pauses and
    `bed_rise` its largest rise in LU within a second; `dead_ms` is the longest digital silence, the end of the
    fade left out, at `dead_at_ms`; `quiet_share` is the share of silence and tones."""

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


def levels(measured: Measured, sheet: Sheet | None) -> Levels:
    """The levels of a decoded file; with its cue sheet also those of its parts."""
    powers = measured.powers
    momentary = meter.momentary(powers)
    end = (
        0 if sheet is None else (QUIET_END + FADE_OUT[sheet.timeline.ending] // 4) // _HOP
    )  # where all but silence is left
    dead, at = _longest(measured.peaks[: max(0, len(powers) - end)] < _DIGITAL)
    found = Levels(
        integrated=_number(meter.integrated(powers)),
        loudness_range=round(meter.loudness_range(powers), 2),
        true_peak=_number(meter.decibels(measured.true_peak)),
        momentary=_number(momentary.max(initial=meter.SILENCE)),
        short_term=_number(meter.short_term(powers).max(initial=meter.SILENCE)),
        dead_ms=dead * _HOP,
        dead_at_ms=at * _HOP,
    )
    if sheet is None:
        return found
    timeline = sheet.timeline
    said = [n for n, cue in enumerate(timeline.cues) if isinstance(cue.what, Utterance)]
    speech = _together(powers, [timeline.cues[n] for n in said])
    soft = _together(powers, [timeline.cues[n] for n in said if is_soft(timeline, n)])
    anchor = level.SPEECH if speech is None else speech
    bells = [
        anchor - _loudest(momentary, cue)
        for cue in timeline.cues
        if isinstance(cue.what, BellStroke) and cue.what.audible
    ]
    sounding = sheet.bell != "none" and len(bells) > 0
    tones = [
        (cue.what, anchor - _loudest(momentary, cue))
        for cue in timeline.cues
        if isinstance(cue.what, BreathTone)
    ]
    first = [under for tone, under in tones if tone.nth == 0]
    last = [under for tone, under in tones if tone.nth == tone.of - 1 and tone.of >= _FEW]
    alone = _bed_alone(len(powers), sheet)
    rise, rise_at = _rise(momentary, alone)
    window = momentary[_windows(alone)] if len(momentary) else momentary
    pace = words_a_minute(timeline)
    return msgspec.structs.replace(
        found,
        speech=speech,
        soft=soft,
        first_bell=_round(bells[0]) if sounding else None,
        loudest_bell=_round(min(bells)) if sounding else None,
        softest_bell=_round(max(bells)) if sounding else None,
        first_breath=_both(first) if sheet.tones else None,
        last_breath=_both(last) if sheet.tones else None,
        bed=_number(float(np.median(window))) if len(window) else None,
        bed_rise=rise,
        bed_rise_at_ms=rise_at * _HOP,
        begins=_number(float(momentary[0])) if len(momentary) else None,
        ends=_number(float(momentary[-(QUIET_END // _HOP) + MOMENTARY - 1 :].max(initial=meter.SILENCE))),
        quiet_share=round(quiet_share(timeline), 3),
        words_a_minute=None if pace is None else round(pace, 1),
    )


def broken(found: Levels, sheet: Sheet | None) -> Iterator[str]:
    """The promises about sound that a file does not keep, each as what it does."""
    if found.true_peak is not None and found.true_peak > TRUE_PEAK:
        yield f"has a true peak of {found.true_peak:.1f} dBTP, above {TRUE_PEAK:g}"
    if sheet is None:
        return
    if found.speech is not None and abs(found.speech - level.SPEECH) > TOLERANCE:
        yield f"speaks at {found.speech:.1f} LUFS, not at {level.SPEECH:g} within {TOLERANCE:g}"
    for under in {found.loudest_bell, found.softest_bell} - {None}:
        if under is not None and not BELL[0] <= under <= BELL[1]:
            yield f"has a bell {under:.1f} LU under speech, not {BELL[0]:g} to {BELL[1]:g}"
    if (
        found.first_bell is not None
        and found.softest_bell is not None
        and found.first_bell < found.softest_bell - 0.3
    ):
        yield "has a first bell that is not the softest"
    for under in found.first_breath or ():
        if not BREATH[0] <= under <= BREATH[1]:
            yield f"has breath tones that begin {under:.1f} LU under speech, not {BREATH[0]:g} to {BREATH[1]:g}"
    if found.last_breath is not None and found.last_breath[0] < NEARLY_GONE:
        yield f"has breath tones that end {found.last_breath[0]:.1f} LU under speech, not nearly gone"
    if found.bed_rise is not None and found.bed_rise > BED_RISE and sheet.ambience != "own":
        yield f"has a bed that rises by {found.bed_rise:.1f} LU within a second at {clock(found.bed_rise_at_ms)}"
    if sheet.ambience != "none":
        if found.dead_ms > DEAD:
            yield f"drops to digital silence for {found.dead_ms} ms at {clock(found.dead_at_ms)}"
        if found.bed is not None and found.begins is not None and found.begins > found.bed - 6:
            yield "does not fade in"
    if found.ends is not None and found.ends > QUIET:
        yield f"does not end on {QUIET_END / 1000:g} s of near silence ({found.ends:.1f} LUFS)"


def _together(powers: Floats, cues: Sequence[Cue]) -> float | None:
    """The integrated loudness of cues, one after another."""
    parts = [powers[cue.start // _HOP : cue.end // _HOP] for cue in cues]
    return _number(meter.integrated(np.concatenate(parts))) if parts else None


def _loudest(momentary: Floats, cue: Cue) -> float:
    """The highest momentary loudness within a cue."""
    first, last = cue.start // _HOP, max(cue.start // _HOP + 1, cue.end // _HOP - MOMENTARY)
    return float(momentary[first:last].max(initial=meter.SILENCE))


def _bed_alone(count: int, sheet: Sheet) -> Hops:
    """The hops in which nothing but the bed sounds, at its own level: no fade, no cue, no bell that rings on."""
    timeline = sheet.timeline
    alone = np.ones(count, bool)
    for cue in timeline.cues:
        rings = isinstance(cue.what, BellStroke) and cue.what.audible and sheet.bell != "none"
        if (
            isinstance(cue.what, Utterance | PlayedRecording)
            or rings
            or (isinstance(cue.what, BreathTone) and sheet.tones)
        ):
            end = cue.start + chimes.REACH if rings else cue.end
            alone[max(0, cue.start - _NEAR) // _HOP : -(-(end + _NEAR) // _HOP)] = False
    alone[: (FADE_IN + _NEAR) // _HOP] = False
    alone[max(0, timeline.length - QUIET_END - FADE_OUT[timeline.ending]) // _HOP :] = False
    return alone


def _windows(alone: Hops) -> Hops:
    """Where a momentary window has the bed alone from its beginning to its end."""
    sums = np.cumsum(np.concatenate([[0], alone]))
    return np.asarray(sums[MOMENTARY:] - sums[:-MOMENTARY] == MOMENTARY)


def _rise(momentary: Floats, alone: Hops) -> tuple[float | None, int]:
    """By how much the bed alone rises within a second at the most, and from which hop on."""
    if len(alone) < MOMENTARY + SECOND:
        return None, 0
    whole = _windows(alone)
    both = (
        whole[:-SECOND] & whole[SECOND:] & np.isfinite(momentary[:-SECOND]) & np.isfinite(momentary[SECOND:])
    )
    if not both.any():
        return None, 0
    with np.errstate(invalid="ignore"):
        rises = np.where(both, momentary[SECOND:] - momentary[:-SECOND], meter.SILENCE)
    at = int(rises.argmax())
    return _round(float(rises[at])), at


def _longest(runs: Hops) -> tuple[int, int]:
    """The length of the longest run of True, and where it begins."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], runs, [False]]).astype(np.int8)))
    if not len(edges):
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    best = int(lengths.argmax())
    return int(lengths[best]), int(edges[2 * best])


def _both(unders: Sequence[float]) -> tuple[float, float] | None:
    return (_round(min(unders)), _round(max(unders))) if unders else None


def _number(value: float) -> float | None:
    return _round(value) if np.isfinite(value) else None


def _round(value: float) -> float:
    return round(float(value), 2)
