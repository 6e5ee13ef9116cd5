"""Find by correlation where breath tones begin in decoded sound."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from sounds import PLACE, WORDS, make_clip

from audio_builder.audio import chimes
from audio_builder.audio.clip import Clip
from audio_builder.planning.timeline import BreathTone, Cue, ElasticGap, Timeline, Utterance
from audio_builder.script.model import Line, Pattern, Sound
from audio_builder.units import MS_SAMPLES, Ms, samples

HOURS = 2
PATTERN = Pattern(Ms(4_000), Ms(0), Ms(6_000), Ms(0))

_SEARCHED = 60  # ms on either side in which a tone is looked for
_MATCHED = 2_500  # ms of a tone that are compared


def onset_errors(sound: np.ndarray, first: int, cues: Iterable[Cue]) -> list[float]:
    """Return by how many milliseconds each tone begins late, in mono sound that begins at millisecond `first`."""
    errors = []
    for cue in cues:
        assert isinstance(cue.content, BreathTone)
        begin = samples(cue.start - first - _SEARCHED)
        tone = chimes.breath_tone(cue.content.phase, cue.length)[: samples(_MATCHED)].astype(float)
        heard = sound[begin : begin + len(tone) + samples(2 * _SEARCHED)].astype(float)
        size = 1 << (len(heard) + len(tone)).bit_length()
        match = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(tone, size)), size)
        errors.append(int(match[: samples(2 * _SEARCHED)].argmax()) / MS_SAMPLES - _SEARCHED)
    return errors


def breathing_session(folder: Path) -> tuple[Timeline, dict[Sound, Clip]]:
    """Return a sentence and then two hours of paced breath, in blocks of ten minutes."""
    cues, gaps = [Cue(Ms(2_000), Ms(2_000), Utterance(Line(WORDS[0]), PLACE))], []
    for block in range(HOURS * 6 - 1):
        begin = 10_007 + block * 600_013
        gaps.append(ElasticGap(Ms(begin), Ms(590_000), "breathe", PLACE, PATTERN))
        for breath in range(59):
            start = begin + breath * 10_000
            cues.append(Cue(Ms(start), Ms(4_000), BreathTone("in", breath, 59)))
            cues.append(Cue(Ms(start + 4_000), Ms(6_000), BreathTone("out", breath, 59)))
    clips: dict[Sound, Clip] = {Line(WORDS[0]): make_clip(folder, 2_000, 0)}
    return Timeline("Breath", Ms(HOURS * 3_600_000), "wake", tuple(cues), (), tuple(gaps)), clips
