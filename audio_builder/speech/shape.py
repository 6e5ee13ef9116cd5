"""What an engine said, checked and made one length of time: trimmed, at 48 kHz, whole milliseconds."""

from __future__ import annotations

import re

import numpy as np
import soxr
from numpy.typing import NDArray

from ..units import MS_SAMPLES, RATE, samples
from .voice import Speech

RECIPE = "2"
"""Changes whenever other samples are made of the same speech: part of the key of a clip."""

BEFORE, AFTER = 20, 60
"""Milliseconds kept before the first and after the last sound: weak consonants begin and end below the threshold."""
BEGINS, ENDS = 10 ** (-40 / 20), 10 ** (-50 / 20)
"""Of the clip's peak: quieter edges count as silence, so that words begin when their caption does. Before a k or a p
voices hiss for a tenth of a second, 45 dB down; endings die away slowly. Engines' silence lies 70 to 120 dB down."""
_BLOCK = samples(5)

_QUIETEST = 1e-3  # of full scale: speech peaks at 0.3 to 0.9
_WORD_LEAST, _WORD_MOST = 0.06, 3.0  # seconds at speed 1.0: three times as fast and slow as people can


def trouble(spoken: Speech, text: str, speed: float) -> str:
    """What keeps this from being speech for these words, as "said nothing"; empty where nothing does."""
    sound = spoken.samples
    if not sound.size:
        return "said nothing"
    if not np.isfinite(sound).all():
        return "gave samples that are not numbers"
    heard = np.flatnonzero(np.abs(sound) > _QUIETEST)
    if not heard.size:
        return "gave only silence"
    seconds = float(heard[-1] - heard[0] + 1) / spoken.rate
    words = _words(text)
    if seconds * speed < _WORD_LEAST * words:
        return f"spoke for {seconds:.2f} s only"
    if seconds * speed > _WORD_MOST * max(words, len(text) / 4) + 2:
        return f"spoke for {seconds:.0f} s"
    return ""


def shape(spoken: Speech) -> NDArray[np.int16]:
    """Mono samples at 48 kHz, a whole number of milliseconds; speech begins after 20 of them and ends some 60 before
    the end, the ends fading from and to nothing. The speech must be free of `trouble`."""
    sound = spoken.samples.astype(np.float64)
    if spoken.rate != RATE:
        sound = soxr.resample(sound, spoken.rate, RATE, quality="HQ")
    sound = _trimmed(sound)
    for fade, edge in ((samples(BEFORE // 2), sound), (samples(AFTER // 2), sound[::-1])):
        edge[:fade] *= 0.5 - 0.5 * np.cos(np.pi * (np.arange(fade) + 0.5) / fade)
    whole = np.pad(sound, (0, -sound.size % MS_SAMPLES))
    shaped: NDArray[np.int16] = np.clip(np.rint(whole * 32767), -32768, 32767).astype(np.int16)
    return shaped


def _words(text: str) -> int:
    # a digit, and a sign of a script without spaces, takes at least as long as a short word
    return len(re.findall(r"\d|[\u3040-\u9fff\uac00-\ud7af]|[^\W\d]+(?:['’][^\W\d]+)*", text))


def _trimmed(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    blocks = np.abs(np.pad(sound, (0, -sound.size % _BLOCK))).reshape(-1, _BLOCK).max(axis=1)
    first = np.flatnonzero(blocks > blocks.max() * BEGINS)[0]
    last = np.flatnonzero(blocks > blocks.max() * ENDS)[-1]
    padded = np.pad(sound, (samples(BEFORE), _BLOCK + samples(AFTER)))  # an engine may begin at once
    return padded[first * _BLOCK : (last + 1) * _BLOCK + samples(BEFORE + AFTER)]
