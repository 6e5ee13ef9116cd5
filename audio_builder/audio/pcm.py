"""pydub's `AudioSegment` at the one format of this program: 48 kHz, 16 bit, one or two channels."""

from __future__ import annotations

import io
import warnings
import wave

import numpy as np
from numpy.typing import NDArray

from ..units import MS_SAMPLES, RATE, samples

with warnings.catch_warnings():
    # pydub 0.25 imports audioop, which Python 3.11 and 3.12 warn of (audioop-lts replaces it later), writes regular
    # expressions in plain strings, and looks for an ffmpeg on the path that this program never asks it to use.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    warnings.filterwarnings("ignore", "invalid escape sequence")
    warnings.filterwarnings("ignore", "Couldn't find ff", RuntimeWarning)
    from pydub import AudioSegment

__all__ = [
    "AudioSegment",
    "Floats",
    "Samples",
    "array",
    "both",
    "rounded",
    "segment",
    "shaped",
    "silence",
    "wav",
]

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


def both(sound: AudioSegment) -> AudioSegment:
    """One channel on both sides, as `set_channels` makes it, in a fraction of its time and beside other threads."""
    sides = np.frombuffer(sound.raw_data, "<u2").astype("<u4") * np.uint32(0x10001)  # a sample in either half
    return segment(sides.tobytes(), 2)


def array(sound: AudioSegment) -> Samples:
    """The samples of an `AudioSegment`, shaped (n, channels)."""
    return np.frombuffer(sound.raw_data, "<i2").reshape(-1, sound.channels)


def rounded(sound: Floats) -> Samples:
    """Floats in the scale of 16 bit as whole samples, held to their range."""
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


def shaped(sound: Samples, gain: Floats) -> Samples:
    """The samples (n, channels) times a gain given at each millisecond's border, straight in between."""
    if (gain == 1).all():
        return sound
    within = np.arange(MS_SAMPLES) / MS_SAMPLES
    curve = gain[:-1, None] + (gain[1:] - gain[:-1])[:, None] * within
    return rounded(sound * curve.reshape(-1, 1))


def wav(sound: Samples) -> bytes:
    """A WAV file of samples shaped (n,) or (n, channels)."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1 if sound.ndim == 1 else sound.shape[1], WIDTH, RATE, 0, "NONE", "not compressed"))
        out.writeframes(sound.astype("<i2").tobytes())
    return file.getvalue()
