"""pydub's `AudioSegment` at the one format of this program: 48 kHz, 16 bit, one or two channels."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from ..units import RATE, samples

with warnings.catch_warnings():
    # pydub 0.25 imports audioop, which Python 3.11 and 3.12 warn of (audioop-lts replaces it later), writes regular
    # expressions in plain strings, and looks for an ffmpeg on the path that this program never asks it to use.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    warnings.filterwarnings("ignore", "invalid escape sequence")
    warnings.filterwarnings("ignore", "Couldn't find ff", RuntimeWarning)
    from pydub import AudioSegment

__all__ = ["AudioSegment", "Floats", "Samples", "array", "rounded", "segment", "silence"]

WIDTH = 2
"""Bytes in a sample."""

Samples = NDArray[np.int16]
Floats = NDArray[np.float64]


def segment(data: bytes | Samples, channels: int = 1) -> AudioSegment:
    """The `AudioSegment` of raw PCM, whose channels are interleaved (or the array's columns)."""
    raw = data if isinstance(data, bytes) else np.ascontiguousarray(data, "<i2").tobytes()
    return AudioSegment(data=raw, sample_width=WIDTH, frame_rate=RATE, channels=channels)


def silence(length: int, channels: int = 1) -> AudioSegment:
    """Exactly `length` milliseconds of nothing: `AudioSegment.silent` is now and then a sample short."""
    return segment(bytes(samples(length) * WIDTH * channels), channels)


def array(sound: AudioSegment) -> Samples:
    """The samples of an `AudioSegment`, shaped (n, channels)."""
    return np.frombuffer(sound.raw_data, "<i2").reshape(-1, sound.channels)


def rounded(sound: Floats) -> Samples:
    """Floats in the scale of 16 bit as whole samples, held to their range."""
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
