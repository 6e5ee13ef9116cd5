"""MP3 frames: a span of them from PCM, and the Info frame that stands before them all.

The recipe is that of the LAME tag (gabriel.mp3-tech.org/mp3infotag.html) and libmp3lame's VbrTag.c.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.metadata import version
from itertools import accumulate, groupby
from pathlib import Path
from typing import NamedTuple

from .. import ffmpeg
from ..audio.synthesised import Store
from ..errors import EncodeFailed
from ..units import FRAME_SAMPLES, RATE
from . import frame, joint_stereo, lame

ENCODING_VERSION = "3"
"""Increase this whenever the same PCM gives other frames. Part of cache keys and fingerprints."""
WARM_UP_FRAMES = 8
"""Frames encoded before a stretch and thrown away, so that its own come out as if all had been encoded in one go
(docs/decisions/0009)."""
LOOK_AHEAD_FRAMES = 2
"""Frames of PCM that the encoder looks at after a stretch."""
_DELAY = 576  # samples that LAME puts before the sound
_DECODER = 529  # samples by which a decoder lags


def frame_count(samples: int) -> int:
    """The frames that a decoder needs to give back so many samples after cutting what encoder and decoder delay."""
    return -(-(samples + _DELAY + _DECODER) // FRAME_SAMPLES)


def form(stereo: bool) -> tuple[int, int]:
    """The kbit/s and the channels of every frame: 128 in joint stereo, 64 in mono."""
    how = lame.STEREO if stereo else lame.MONO
    return how.kbit, how.channels


def frame_size(stereo: bool) -> int:
    """Bytes in a frame."""
    return frame.size(form(stereo)[0])


class EncoderInput(NamedTuple):
    """PCM to be made into `frames` MP3 frames: 16 bit, 48 kHz, interleaved if stereo, with `lead` frames before them
    and AFTER behind. Where `side` gives that many frames of `encode.side`, only the middle of the PCM is encoded."""

    pcm: bytes
    warm_up: int
    frames: int
    side: bytes = b""


def encode(stretches: Sequence[EncoderInput], stereo: bool, store: Store | None = None) -> list[bytes]:
    """The MP3 frames of stretches of sound, each alone, made in this order by one encoder where neighbours are
    encoded alike.

    What was made of the same sound before is taken from the `store`. Raises EncodeFailed unless exactly these frames
    come out."""
    made = _kept(stretches, lame.STEREO if stereo else lame.MONO, partial(_made, stretches, stereo), store)
    size = frame_size(stereo)
    ends = [*accumulate(stretch.frames * size for stretch in stretches)]
    return [made[end - stretch.frames * size : end] for end, stretch in zip(ends, stretches, strict=True)]


def side(stretch: EncoderInput, store: Store | None = None) -> bytes:
    """The MP3 frames, of one channel at 32 kbit/s, of the side of a stretch of stereo: a `Stretch.side`."""
    return _kept([stretch], lame.SIDE, lambda: b"".join(_by_one([stretch], lame.SIDE)), store)


def _kept(
    stretches: Sequence[EncoderInput], how: lame.Setting, make: Callable[[], bytes], store: Store | None
) -> bytes:
    """The frames of stretches from the store, or made and put there."""
    for pcm, warm_up, frames, beside in stretches:
        if len(pcm) != (warm_up + frames + LOOK_AHEAD_FRAMES) * FRAME_SAMPLES * 2 * (
            1 if how == lame.MONO else 2
        ):
            raise ValueError(
                f"{len(pcm)} bytes of sound for {warm_up} + {frames} + {LOOK_AHEAD_FRAMES} frames"
            )
        if len(beside) not in (0, frames * frame.size(joint_stereo.SIDE)):
            raise ValueError(f"{len(beside)} bytes of frames of the side for {frames} frames")
    count = sum(stretch.frames for stretch in stretches)
    key = _key(stretches, how) if store else ""
    kept = store.get(key, ".frames", fleeting=True) if store else None
    made = _read(kept) if kept else b""
    if not frame.alone(made, count, how.kbit):
        try:
            made = make()
        except (lame.LameFailed, ffmpeg.FfmpegFailed) as error:
            raise EncodeFailed(f"{encoder()} could not encode a span of {count} frames: {error}") from error
        if not frame.alone(made, count, how.kbit):
            raise EncodeFailed(
                f"{encoder()} made other frames than the {count} asked for ({len(made)} bytes); "
                "install audio-builder anew"
            )
        if store:
            store.put(key, ".frames", made, fleeting=True)
    return made


def _made(stretches: Sequence[EncoderInput], stereo: bool) -> bytes:
    ways = groupby(stretches, partial(_way, stereo=stereo))
    return b"".join(made for how, some in ways for made in _by_one([*some], how))


def _way(stretch: EncoderInput, stereo: bool) -> lame.Setting:
    if not stereo:
        return lame.MONO
    if stretch.side:
        return lame.MIDDLE
    return lame.ALIKE if joint_stereo.alike(stretch.pcm) else lame.STEREO


_CHANNEL = {lame.ALIKE: joint_stereo.left, lame.MIDDLE: joint_stereo.middle, lame.SIDE: joint_stereo.side}


def _by_one(stretches: Sequence[EncoderInput], how: lame.Setting) -> Iterator[bytes]:
    """The frames of each stretch, from one encoder."""
    pcm = b"".join(stretch.pcm for stretch in stretches)
    if channel := _CHANNEL.get(how):
        pcm = channel(pcm)
    whole = (lame.encode if lame.library() else _by_ffmpeg)(pcm, how)
    at, size = 0, frame.size(how.kbit)
    for stretch in stretches:
        begin = at + stretch.warm_up
        at = begin + stretch.frames + LOOK_AHEAD_FRAMES
        own = whole[begin * size : (begin + stretch.frames) * size]
        if how in (lame.ALIKE, lame.MIDDLE):
            with contextlib.suppress(
                ValueError
            ):  # they are other frames than it was asked for, which is told
                own = joint_stereo.joint(own, stretch.side if how is lame.MIDDLE else None)
        yield own


def encoder() -> str:
    """What encodes here: another one makes other bytes."""
    return lame.version() or f"ffmpeg of imageio-ffmpeg {version('imageio-ffmpeg')}"


def _by_ffmpeg(pcm: bytes, how: lame.Setting) -> bytes:
    into = ["-f", "s16le", "-ar", str(RATE), "-ac", str(how.channels), "-i", "pipe:0"]
    level = ["-af", f"volume={1 / lame.SCALE:.9f}:precision=float"]
    coder = ["-c:a", "libmp3lame", "-b:a", f"{how.kbit}k", "-reservoir", "0", "-write_xing", "0"]
    lowpass = ["-cutoff", str(how.lowpass)] if how.lowpass else []
    bare = [
        "-id3v2_version",
        "0",
        "-map_metadata",
        "-1",
        "-bitexact",
        "-flush_packets",
        "0",
        "-f",
        "mp3",
        "pipe:1",
    ]
    return ffmpeg.run(["-threads", "1", *into, *level, *coder, *lowpass, *bare], pcm)


def _key(stretches: Sequence[EncoderInput], how: lame.Setting) -> str:
    """What the frames follow from: the sound, the encoder, and how this module uses it."""
    digest = hashlib.sha256(f"frames {ENCODING_VERSION} {encoder()} {how}".encode())
    for stretch in stretches:
        digest.update(f" {stretch.warm_up} {stretch.frames} {len(stretch.side)} ".encode())
        digest.update(stretch.pcm)
        digest.update(stretch.side)
    return digest.hexdigest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # another process cleared the cache
        return b""


def info_frame(samples: int, stereo: bool) -> bytes:
    """The Info frame with its LAME part: by it players know length and size, and decoders cut to exactly `samples`."""
    frames, size = frame_count(samples), frame_size(stereo)
    total = (frames + 1) * size
    padding = FRAME_SAMPLES * frames - samples - _DELAY
    head = frame.header(form(stereo)[0]) + (b"\x44" if stereo else b"\xc4") + bytes(32 if stereo else 17)
    toc = bytes(256 * i // 100 for i in range(100))
    xing = b"Info" + (15).to_bytes(4, "big") + frames.to_bytes(4, "big") + total.to_bytes(4, "big") + toc
    quality = (57).to_bytes(4, "big")  # what LAME writes at its default settings
    lame_part = (
        b"LAME3.100"
        + b"\x01"  # tag revision 0, method 1: constant bit rate
        + bytes(1 + 8)  # low-pass not told, no replay gain
        + b"\x00"  # no encoding flags
        + bytes((form(stereo)[0],))
        + (_DELAY << 12 | padding).to_bytes(3, "big")
        + (b"\x8c" if stereo else b"\x80")  # 48 kHz source; joint stereo or mono
        + bytes(1 + 2)  # gain and preset
        + total.to_bytes(4, "big")
        + bytes(2)  # the music's CRC: a virtual file cannot know it
    )
    info = head + xing + quality + lame_part
    return (info + _crc16(info).to_bytes(2, "big")).ljust(size, b"\x00")


def _crc16(data: bytes) -> int:
    """CRC-16/ARC: polynomial 0x8005 reflected, from 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
