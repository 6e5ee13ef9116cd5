"""Decode a take, or a long recording, as its file has it: with its own rate and channels, and as one channel."""

from __future__ import annotations

import io
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from .. import ffmpeg
from ..audio.pcm import Floats
from ..errors import BadSound
from ..units import RATE

LONGEST_TAKE = 180.0
"""Seconds of the longest sentence that can be a take."""
_FORMATS = "aac,aiff,asf,caf,flac,matroska,mov,mp3,ogg,wav,w64"
_LOUDER_SIDE_DB = 12.0
"""If one channel is this much louder than the other, only that one holds the voice."""


@dataclass(frozen=True, slots=True)
class TakeSound:
    """A take as samples: one channel at 48 kHz, full scale at 1.0, and what its file had: its rate and channels.

    `own` holds the channel at its own rate, in which clipping shows."""

    samples: Floats
    own: Floats
    rate: int
    channels: int


def read_take(path: Path) -> TakeSound:
    """Return a take of any common format. Raises BadSound if ffmpeg cannot read it, or if it is empty or too long."""
    return decode_take(
        ["-protocol_whitelist", "file", "-format_whitelist", _FORMATS, "-i", f"file:{path}"], path.name
    )


def take_of_bytes(content: bytes, name: str) -> TakeSound:
    """Return a take from the content of a file. Raises BadSound as `read_take`."""
    with tempfile.TemporaryDirectory() as folder:  # ffmpeg cannot read every MP4 from a pipe
        path = Path(folder) / "take"
        path.write_bytes(content)
        source = ["-protocol_whitelist", "file", "-format_whitelist", _FORMATS, "-i", f"file:{path}"]
        return decode_take(source, name)


def decode_take(source: list[str], name: str) -> TakeSound:
    """Return what ffmpeg decodes from a source. `name` begins messages. Raises BadSound."""
    try:
        wav = ffmpeg.output(
            [
                *source,
                "-map",
                "0:a:0",
                "-t",
                f"{LONGEST_TAKE + 1}",
                "-c:a",
                "pcm_f32le",
                "-f",
                "wav",
                "pipe:1",
            ]
        )
    except ffmpeg.FfmpegFailed as error:
        raise BadSound(
            f"{name}: this is not a sound that can be read ({error}); save it as WAV or FLAC"
        ) from None
    rate, channels, sound = _wav_samples(wav)
    if not len(sound):
        raise BadSound(f"{name}: the recording is empty; record it again")
    if len(sound) > LONGEST_TAKE * rate:
        raise BadSound(f"{name}: longer than {LONGEST_TAKE:.0f} s; a take is one sentence")
    own = _one_channel(np.nan_to_num(sound.astype(np.float64)))
    resampled = own if rate == RATE else soxr.resample(own, rate, RATE, quality="HQ")
    return TakeSound(resampled, own, rate, channels)


def sound_format(path: Path) -> tuple[int, int]:
    """Return the rate and the number of channels of a recording of any length. Raises BadSound."""
    found = decode_take(["-t", "0.1", "-protocol_whitelist", "file", "-i", f"file:{path}"], path.name)
    return found.rate, found.channels


def flac(own: Floats, rate: int) -> bytes:
    """Return one channel, full scale at 1.0, as a FLAC file of 24 bit. Raises BadSound."""
    source = ["-f", "f64le", "-ar", str(rate), "-ac", "1", "-i", "pipe:0"]
    # bit-exact, so that a file holds no version of ffmpeg and equal takes are equal files
    target = [
        "-c:a",
        "flac",
        "-sample_fmt",
        "s32",
        "-fflags",
        "+bitexact",
        "-flags",
        "+bitexact",
        "-f",
        "flac",
        "pipe:1",
    ]
    try:
        return ffmpeg.output([*source, *target], np.ascontiguousarray(own, "<f8").tobytes())
    except ffmpeg.FfmpegFailed as error:
        raise BadSound(f"The take cannot be stored as FLAC: {error}") from None


def _wav_samples(wav: bytes) -> tuple[int, int, Floats]:
    """Return rate, channels, and samples shaped (n, channels) of a WAV of 32-bit floats that was written to a pipe."""
    file = io.BytesIO(wav)
    rate, channels = RATE, 1
    file.seek(12)
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        if name == b"data":
            body = wav[file.tell() :]  # its size in the header is unknown to whoever writes to a pipe
            return (
                rate,
                channels,
                np.frombuffer(body[: len(body) // (4 * channels) * 4 * channels], "<f4").reshape(
                    -1, channels
                ),
            )
        content = file.read(size + size % 2)
        if name == b"fmt ":
            channels, rate = struct.unpack_from("<HI", content, 2)
    return rate, channels, np.zeros((0, channels))


def _one_channel(sound: Floats) -> Floats:
    """Return the mean of all channels, or the loudest one if the others hold hardly anything."""
    powers = np.square(sound).mean(axis=0)
    loudest = int(powers.argmax())
    others = [power for n, power in enumerate(powers) if n != loudest]
    if others and max(others) < powers[loudest] * 10 ** (-_LOUDER_SIDE_DB / 10):
        return np.asarray(sound[:, loudest])
    return np.asarray(sound.mean(axis=1))
