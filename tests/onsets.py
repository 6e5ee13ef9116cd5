"""Where breath tones begin in decoded sound, found by correlation."""

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

SEARCHED, HEARD = 60, 2_500
"""Milliseconds to either side in which a tone is looked for, and by how much of it."""


def misses(sound: np.ndarray, first: int, cues: Iterable[Cue]) -> list[float]:
    """By how many milliseconds each tone in sound (mono, from millisecond `first` on) begins too late."""
    found = []
    for cue in cues:
        assert isinstance(cue.content, BreathTone)
        begin = samples(cue.start - first - SEARCHED)
        tone = chimes.breath_tone(cue.content.phase, cue.length)[: samples(HEARD)].astype(float)
        here = sound[begin : begin + len(tone) + samples(2 * SEARCHED)].astype(float)
        size = 1 << (len(here) + len(tone)).bit_length()
        matched = np.fft.irfft(np.fft.rfft(here, size) * np.conj(np.fft.rfft(tone, size)), size)
        found.append(int(matched[: samples(2 * SEARCHED)].argmax()) / MS_SAMPLES - SEARCHED)
    return found


def breathing(folder: Path) -> tuple[Timeline, dict[Sound, Clip]]:
    """Two hours of paced breath after a sentence, in blocks of ten minutes."""
    cues, spans = [Cue(Ms(2_000), Ms(2_000), Utterance(Line(WORDS[0]), PLACE))], []
    for block in range(HOURS * 6 - 1):
        begin = 10_007 + block * 600_013
        spans.append(ElasticGap(Ms(begin), Ms(590_000), "breathe", PLACE, PATTERN))
        for nth in range(59):
            cues.append(Cue(Ms(begin + nth * 10_000), Ms(4_000), BreathTone("in", nth, 59)))
            cues.append(Cue(Ms(begin + nth * 10_000 + 4_000), Ms(6_000), BreathTone("out", nth, 59)))
    clips: dict[Sound, Clip] = {Line(WORDS[0]): make_clip(folder, 2_000, 0)}
    return Timeline("Breath", Ms(HOURS * 3_600_000), "wake", tuple(cues), (), tuple(spans)), clips
