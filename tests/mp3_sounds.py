"""PCM for tests of the encoder, and decoders for its frames."""

from __future__ import annotations

import subprocess

import numpy as np

from audio_builder.mp3.frame import HEADER_SIZE

_FRAMES = 84


def _sounds() -> dict[str, np.ndarray]:
    random = np.random.default_rng(7)
    moments = np.arange(_FRAMES * 1152) / 48_000
    chord = 3000 * sum(np.sin(2 * np.pi * hertz * moments) for hertz in (220, 331, 555))
    clicks = np.where(random.random(len(moments)) < 0.0005, 20_000, 0)
    noise = random.standard_normal(len(moments)) * 5000
    sounds = {"chord": chord, "clicks": clicks, "noise": noise, "nothing": np.zeros(len(moments))}
    return {name: sound.astype("<i2") for name, sound in sounds.items()}


SOUNDS = _sounds()
"""Two seconds each of sound that needs long windows, that switches windows, that fills its frames, and of silence."""

DECODERS = {
    "ffmpeg": ["ffmpeg", "-v", "error", "-f", "mp3", "-i", "-", "-f", "f32le", "-"],
    "mpg123": ["mpg123", "-q", "--no-gapless", "-e", "f32", "-s", "-"],
}


def silence(frames: int, stereo: bool) -> bytes:
    """Return silent PCM."""
    return bytes(frames * 1152 * 2 * (2 if stereo else 1))


def decode_frames(frames: bytes, channels: int, decoder: str = "ffmpeg") -> np.ndarray:
    """Return the samples of frames, shaped (samples, channels) with full scale at 1; the decoder must not complain."""
    assert len(frames) > HEADER_SIZE
    decoding = subprocess.run(DECODERS[decoder], input=frames, capture_output=True, check=True)
    assert not decoding.stderr
    return np.frombuffer(decoding.stdout, "<f4").reshape(-1, channels).astype(float)
