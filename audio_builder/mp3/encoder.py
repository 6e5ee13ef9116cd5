"""The encoder of this machine: LAME in this process or, if that is not available, the LAME inside ffmpeg."""

from __future__ import annotations

from importlib.metadata import version

from .. import ffmpeg
from ..errors import EncodeFailed
from ..units import RATE
from . import lame
from .frame import FrameFormat


def encoder_version() -> str:
    """Return the name and version of the encoder. Another encoder makes other bytes."""
    return lame.lame_version() or f"ffmpeg of imageio-ffmpeg {version('imageio-ffmpeg')}"


def encode_pcm(pcm: bytes, form: FrameFormat, lowpass: int = 0) -> bytes:
    """Return self-contained MP3 frames of 16-bit PCM at 48 kHz, which is interleaved if the format has two channels.

    `lowpass` is in Hz; 0 leaves it to the encoder. Raises EncodeFailed.
    """
    encode = lame.encode_with_lame if lame.lame_library() else _encode_with_ffmpeg
    try:
        return encode(pcm, form, lowpass)
    except (lame.LameFailed, ffmpeg.FfmpegFailed) as error:
        raise EncodeFailed(f"Encoding with {encoder_version()} failed: {error}") from error


def _encode_with_ffmpeg(pcm: bytes, form: FrameFormat, lowpass: int) -> bytes:
    source = f"-f s16le -ar {RATE} -ac {form.channels} -i pipe:0"
    level = f"-af volume={1 / lame.SCALE:.9f}:precision=float"
    coder = f"-c:a libmp3lame -b:a {form.kbit}k -reservoir 0 -write_xing 0"
    cutoff = f"-cutoff {lowpass}" if lowpass else ""
    frames_only = "-id3v2_version 0 -map_metadata -1 -bitexact -flush_packets 0 -f mp3 pipe:1"
    return ffmpeg.output(
        ["-threads", "1", *" ".join((source, level, coder, cutoff, frames_only)).split()], pcm
    )
