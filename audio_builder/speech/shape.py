"""Check what an engine said, and shape it into a clip: trimmed, at 48 kHz, in whole milliseconds."""

from __future__ import annotations

import re

import numpy as np
import soxr
from numpy.typing import NDArray

from ..audio import level, limiter
from ..errors import VoiceFailed
from ..units import MS_SAMPLES, RATE, samples
from .voice import Speech, Voice

SHAPE_VERSION = "2"
"""Part of a clip's cache key. Change it whenever the same speech gives other samples."""

BEFORE, AFTER = 20, 60
"""Milliseconds to keep before the first sound and after the last: weak consonants are below the thresholds."""
_START_LEVEL, _END_LEVEL = 10 ** (-40 / 20), 10 ** (-50 / 20)
"""Quieter edges count as silence, relative to the clip's peak, so that words begin when their caption does. Before a k
or a p, voices hiss for a tenth of a second at -45 dB. Endings fade slowly. The silence of engines is at -70 to
-120 dB."""
_BLOCK = samples(5)

_CEILING = -0.1
"""Highest peak of a clip in dBFS. Below it there is room for the final limiter of a session."""
_SILENCE = 1e-3  # of full scale; speech peaks at 0.3 to 0.9
_SHORTEST_WORD, _LONGEST_WORD = (
    0.06,
    3.0,
)  # seconds at speed 1.0: three times faster and slower than people speak


def speak_and_shape(voice: Voice, text: str) -> NDArray[np.int16]:
    """Return a piece of text as samples at the level of clips. Raises VoiceFailed if they cannot be speech."""
    speech = voice.speak(text)
    if problem := problem_with(speech, text, voice.speed):
        raise VoiceFailed(problem)
    return limiter.limit(shape(speech), voice.gain - level.HEADROOM_DB, _CEILING)


def problem_with(speech: Speech, text: str, speed: float) -> str:
    """Return why this cannot be speech for the text, such as "said nothing", or "" if it can."""
    sound = speech.samples
    if not sound.size:
        return "said nothing"
    if not np.isfinite(sound).all():
        return "returned samples that are not numbers"
    audible = np.flatnonzero(np.abs(sound) > _SILENCE)
    if not audible.size:
        return "returned only silence"
    seconds = float(audible[-1] - audible[0] + 1) / speech.rate
    words = _count_words(text)
    if seconds * speed < _SHORTEST_WORD * words:
        return f"spoke for only {seconds:.2f} s"
    if seconds * speed > _LONGEST_WORD * max(words, len(text) / 4) + 2:
        return f"spoke for {seconds:.0f} s"
    return ""


def shape(speech: Speech) -> NDArray[np.int16]:
    """Return mono samples at 48 kHz, a whole number of milliseconds.

    Speech begins after 20 ms and ends about 60 ms before the end. Both ends fade. `problem_with` must not have found a
    problem.
    """
    sound = speech.samples.astype(np.float64)
    if speech.rate != RATE:
        sound = soxr.resample(sound, speech.rate, RATE, quality="HQ")
    sound = _trimmed(sound)
    for fade, edge in ((samples(BEFORE // 2), sound), (samples(AFTER // 2), sound[::-1])):
        edge[:fade] *= 0.5 - 0.5 * np.cos(np.pi * (np.arange(fade) + 0.5) / fade)
    whole = np.pad(sound, (0, -sound.size % MS_SAMPLES))
    shaped: NDArray[np.int16] = np.clip(np.rint(whole * 32767), -32768, 32767).astype(np.int16)
    return shaped


def _count_words(text: str) -> int:
    # a digit, or a character of a script without spaces, takes at least as long as a short word
    return len(re.findall(r"\d|[\u3040-\u9fff\uac00-\ud7af]|[^\W\d]+(?:['’][^\W\d]+)*", text))


def _trimmed(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    blocks = np.abs(np.pad(sound, (0, -sound.size % _BLOCK))).reshape(-1, _BLOCK).max(axis=1)
    first = np.flatnonzero(blocks > blocks.max() * _START_LEVEL)[0]
    last = np.flatnonzero(blocks > blocks.max() * _END_LEVEL)[-1]
    padded = np.pad(sound, (samples(BEFORE), _BLOCK + samples(AFTER)))  # an engine may begin at once
    return padded[first * _BLOCK : (last + 1) * _BLOCK + samples(BEFORE + AFTER)]
