"""Check a finished file against the promises of docs/sound.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ..audio import level
from ..audio.mix.curves import QUIET_END
from ..mp3.frame import JOINT_STEREO, MONO, frame_rows, use_bit_reservoir
from ..mp3.info import stated_frame_count
from ..session.cue_sheet import CueSheet
from ..units import MS_SAMPLES, RATE, clock, show
from .levels import Levels
from .mp3_file import Mp3File, TaggedChapter

SPEECH_TOLERANCE = 0.5
"""LU by which all speech together may miss its level."""
MAX_TRUE_PEAK = -1.0
"""dBTP."""
BELL_BELOW = (4.0, 8.0)
"""LU that bells are below speech, at the standard level."""
BREATH_BELOW = (10.0, 14.0)
"""LU that the first breath tones of a block are below speech."""
LAST_BREATH_BELOW = 18.0
"""LU that the last breath tones of a block are below speech, at least, including the ambience under them."""
MAX_AMBIENCE_RISE = 3.0
"""LU by which an ambience may rise within a second, outside the fades."""
MAX_END_LEVEL = -60.0
"""LUFS of the near silence at the end."""
MAX_DIGITAL_SILENCE = 500
"""Milliseconds of digital silence, from which on it sounds like a dropped connection."""

_FIRST_BELL_TOLERANCE = 0.3  # LU
_FADE_IN_DEPTH = 6  # LU by which the first moment is softer than the ambience


def broken_promises(file: Mp3File, samples: int, levels: Levels) -> Iterator[str]:
    """Yield a sentence for each promise that a file breaks. `samples` of each channel come from decoding it."""
    rate = file.header.sample_rate
    if file.tag_problem:
        yield f"The ID3 tag cannot be read in full: {file.tag_problem}"
    yield from _check_frames(file.frames, stereo=file.header.channels == 2)
    yield from _check_chapters(file.chapters, samples * 1000 / rate)
    yield from _check_length(file.cue_sheet, samples, rate)
    if levels.true_peak is not None and levels.true_peak > MAX_TRUE_PEAK:
        yield f"The true peak is {levels.true_peak:.1f} dBTP; it should be {MAX_TRUE_PEAK:g} dBTP or lower"
    if file.cue_sheet is not None:
        yield from _check_speech(levels)
        yield from _check_bells(levels, file.cue_sheet.bell_db)
        yield from _check_breath(levels, file.cue_sheet.ambience_db)
        yield from _check_ambience(levels, file.cue_sheet.ambience)


def _check_frames(frames: bytes, stereo: bool) -> Iterator[str]:
    form = JOINT_STEREO if stereo else MONO
    if frames[:3] not in (JOINT_STEREO.header_start, MONO.header_start):
        yield "The frames are not 128 kbit/s stereo or 64 kbit/s mono at 48 kHz"
        return
    if extra := len(frames) % form.size:
        yield (
            f"The file does not end with a whole frame: it was cut off, or something was appended ({extra} bytes)"
        )
        return
    rows = frame_rows(frames, form.size)
    if (rows[:, :3] != rows[0, :3]).any():
        yield "Not all frames have the same format"
        return
    count = stated_frame_count(frames[: form.size])
    if count is None:
        yield "There is no Info frame, so players can only guess the length"
    elif count != len(rows) - 1:
        yield f"There are {len(rows) - 1} frames, but the Info frame states {count}"
    if use_bit_reservoir(rows[1:]):
        yield "Frames use the bit reservoir, so parts of the file cannot be decoded alone"


def _check_chapters(chapters: Sequence[TaggedChapter], length_ms: float) -> Iterator[str]:
    if not chapters:
        yield "The chapters are missing"
        return
    starts = [chapter.start_ms for chapter in chapters]
    if starts != sorted(starts):
        yield "The chapters are not in order of time"
    if any(earlier.end_ms != later.start_ms for earlier, later in pairwise(chapters)):
        yield "There are gaps or overlaps between chapters"
    start, end = chapters[0].start_ms, chapters[-1].end_ms
    if start != 0 or abs(end - length_ms) >= 1:
        yield f"The chapters run from {show(start)} to {show(end)}, but the file lasts {length_ms / 1000:.3f} s"


def _check_length(cue_sheet: CueSheet | None, samples: int, rate: int) -> Iterator[str]:
    length_ms = samples * 1000 / rate
    if rate == RATE and samples % MS_SAMPLES:
        yield f"It decodes to {samples} samples, which is not a whole number of milliseconds"
    if cue_sheet is None:
        yield "The cue sheet of audio-builder is missing, so speech, bells and ambience cannot be measured separately"
    elif cue_sheet.timeline.length != length_ms:
        stated = cue_sheet.timeline.length / 1000
        yield f"The file lasts {length_ms / 1000:.3f} s, but its cue sheet states {stated:.3f} s"


def _check_speech(levels: Levels) -> Iterator[str]:
    if levels.speech is not None and abs(levels.speech - level.SPEECH_LUFS) > SPEECH_TOLERANCE:
        yield (
            f"Speech is at {levels.speech:.1f} LUFS; "
            f"it should be within {SPEECH_TOLERANCE:g} LU of {level.SPEECH_LUFS:g} LUFS"
        )


def _check_bells(levels: Levels, bell_db: float) -> Iterator[str]:
    least, most = (bound - bell_db for bound in BELL_BELOW)
    loudest, softest, first = levels.loudest_bell, levels.softest_bell, levels.first_bell
    for below in sorted({bell for bell in (loudest, softest) if bell is not None}):
        if not least <= below <= most:
            yield f"A bell is {below:.1f} LU below speech; {_should_be((least, most))}"
    if first is not None and softest is not None and first < softest - _FIRST_BELL_TOLERANCE:
        yield "The first bell is not the softest"


def _check_breath(levels: Levels, ambience_db: float) -> Iterator[str]:
    for below in levels.first_breath or ():
        if not BREATH_BELOW[0] <= below <= BREATH_BELOW[1]:
            yield f"Breath tones begin {below:.1f} LU below speech; {_should_be(BREATH_BELOW)}"
    least = LAST_BREATH_BELOW - max(0.0, ambience_db)  # the ambience is under them
    if levels.last_breath is not None and levels.last_breath[0] < least:
        below = levels.last_breath[0]
        yield f"Breath tones end {below:.1f} LU below speech; it should be at least {least:g} LU"


def _should_be(bounds: tuple[float, float]) -> str:
    return f"it should be {bounds[0]:g} to {bounds[1]:g} LU"


def _begins_loud(levels: Levels) -> bool:
    if levels.bed is None or levels.begins is None:
        return False
    return levels.begins > levels.bed - _FADE_IN_DEPTH


def _check_ambience(levels: Levels, ambience: str) -> Iterator[str]:
    rise = levels.bed_rise
    if rise is not None and rise > MAX_AMBIENCE_RISE and ambience != "own":
        when = clock(levels.bed_rise_at_ms)
        yield (
            f"The ambience rises by {rise:.1f} LU within a second at {when}; it should rise by "
            f"{MAX_AMBIENCE_RISE:g} LU at most"
        )
    if ambience != "none" and levels.dead_ms > MAX_DIGITAL_SILENCE:
        yield f"There are {levels.dead_ms} ms of digital silence at {clock(levels.dead_at_ms)}"
    if ambience != "none" and _begins_loud(levels):
        yield "The ambience does not fade in"
    if levels.ends is not None and levels.ends > MAX_END_LEVEL:
        quiet = QUIET_END / 1000
        yield f"The last {quiet:g} s are not nearly silent: they reach {levels.ends:.1f} LUFS"
