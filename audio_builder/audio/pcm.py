"""PCM in the program's one format: 48 kHz, 16 bit, one or two channels.

It exists as NumPy arrays and as pydub's `AudioSegment`, which overlays sounds.
"""

from __future__ import annotations

import io
import warnings
import wave
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from ..units import MS_SAMPLES, RATE, samples

with warnings.catch_warnings():
    # On import, pydub 0.25 uses audioop, which is deprecated in Python 3.11 and 3.12 (audioop-lts replaces it later).
    # It also has invalid escape sequences, and looks for an ffmpeg on PATH that this program never uses.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    warnings.filterwarnings("ignore", ".*invalid escape sequence")
    warnings.filterwarnings("ignore", "Couldn't find ff", RuntimeWarning)
    from pydub import AudioSegment

__all__ = [
    "AudioSegment",
    "Floats",
    "Samples",
    "apply_envelope",
    "as_array",
    "as_segment",
    "as_stereo",
    "pieces_of",
    "silence",
    "smoothstep",
    "to_samples",
    "wav_file",
    "wav_pieces",
]

_SAMPLE_BYTES = 2
PIECE_SAMPLES = 10 * RATE
"""How much of a long sound is processed at a time, in samples of one channel."""

Samples = NDArray[np.int16]
Floats = NDArray[np.float64]


def as_segment(data: bytes | Samples, channels: int = 1) -> AudioSegment:
    """Return raw PCM as an `AudioSegment`. Channels are interleaved in bytes and are the columns of an array."""
    raw = data if isinstance(data, bytes) else np.ascontiguousarray(data, "<i2").tobytes()
    return AudioSegment(data=raw, sample_width=_SAMPLE_BYTES, frame_rate=RATE, channels=channels)


def as_array(sound: AudioSegment) -> Samples:
    """Return the samples of an `AudioSegment`, shaped (n, channels)."""
    return np.frombuffer(sound.raw_data, "<i2").reshape(-1, sound.channels)


def as_stereo(sound: AudioSegment) -> AudioSegment:
    """Return one channel on both sides.

    The result equals pydub's `set_channels(2)`. It takes a fraction of the time and releases the interpreter lock."""
    both = np.frombuffer(sound.raw_data, "<u2").astype("<u4") * np.uint32(
        0x10001
    )  # the sample in either half
    return as_segment(both.tobytes(), 2)


def silence(length: int, channels: int = 1) -> AudioSegment:
    """Return exactly `length` milliseconds of silence. pydub's `AudioSegment.silent` can be a sample short."""
    return as_segment(bytes(samples(length) * _SAMPLE_BYTES * channels), channels)


def to_samples(sound: Floats) -> Samples:
    """Round floats on the 16-bit scale to samples, clipped to the range of 16 bit."""
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


def apply_envelope(sound: Samples, gain: Floats) -> Samples:
    """Multiply samples, shaped (n, channels), by a linear gain that is interpolated between milliseconds.

    `gain` holds one value for each boundary of a millisecond: one more than `sound` has milliseconds."""
    if (gain == 1).all():
        return sound
    within = np.arange(MS_SAMPLES) / MS_SAMPLES
    curve = gain[:-1, None] + (gain[1:] - gain[:-1])[:, None] * within
    return to_samples(sound * curve.reshape(-1, 1))


def smoothstep(x: NDArray[np.int64] | Floats, start: float = 0.0, end: float = 1.0) -> Floats:
    """Return a curve that is 0 up to `start`, 1 from `end` on, and has no slope at either.

    It uses only sums and products, which every processor rounds the same way."""
    x = np.clip((x - start) / (end - start), 0.0, 1.0)
    return np.asarray(x * x * (3 - 2 * x))


def pieces_of(sound: Samples) -> Iterator[Samples]:
    """Yield a sound, shaped (n,) or (n, channels), ten seconds at a time."""
    for at in range(0, len(sound), PIECE_SAMPLES):
        yield sound[at : at + PIECE_SAMPLES]


def wav_file(sound: Samples) -> bytes:
    """Return a WAV file of samples shaped (n,) or (n, channels)."""
    return b"".join(wav_pieces(len(sound), 1 if sound.ndim == 1 else sound.shape[1], [sound]))


def wav_pieces(count: int, channels: int, pieces: Iterable[Samples]) -> Iterator[bytes]:
    """Yield a WAV file of `count` samples a channel, which arrive in pieces shaped (n,) or (n, channels)."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((channels, _SAMPLE_BYTES, RATE, count, "NONE", "not compressed"))
        out.writeframesraw(b"")
        header = file.getvalue()
    yield header
    for piece in pieces:
        yield np.ascontiguousarray(piece, "<i2").tobytes()
