"""Where breath tones begin in decoded sound, found by correlation."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from audio_builder.sound import chimes
from audio_builder.timeline import Cue, Tone
from audio_builder.units import MS_SAMPLES, samples

SEARCHED = 60
"""Milliseconds to either side in which a tone is looked for."""


def misses(sound: np.ndarray, first: int, cues: Iterable[Cue]) -> list[float]:
    """By how many milliseconds each tone in sound (mono, from millisecond `first` on) begins too late."""
    found = []
    for cue in cues:
        assert isinstance(cue.what, Tone)
        begin = samples(cue.start - first - SEARCHED)
        tone = chimes.breath(cue.what.phase, cue.length).astype(float)
        here = sound[begin : begin + len(tone) + samples(2 * SEARCHED)].astype(float)
        size = 1 << (len(here) + len(tone)).bit_length()
        matched = np.fft.irfft(np.fft.rfft(here, size) * np.conj(np.fft.rfft(tone, size)), size)
        found.append(int(matched[: samples(2 * SEARCHED)].argmax()) / MS_SAMPLES - SEARCHED)
    return found
