"""Clips: sounds on disk. Passing them by path keeps worker processes and long sessions small."""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..cache import SEAL_BYTES, discard, is_sealed_file
from ..errors import ClipGone
from ..memory_cache import MemoryCache
from ..units import MS_SAMPLES, RATE, Ms, samples
from .pcm import PIECE_SAMPLES, Samples, wav_file

_HEADER = struct.Struct("<4sI8sIHHIIHH4sI")  # what is before the samples of a WAV written by `wave`
_intact: MemoryCache[tuple[str, int, int], bool] = MemoryCache(4096)  # by path, time of change and size


@dataclass(frozen=True, slots=True)
class Clip:
    """A WAV file at `path`, 48 kHz and 16 bit, trimmed, at its final level, and `length` whole milliseconds long.

    `key` identifies the content: equal keys mean equal samples. Speech and bells have one channel, ambience has as
    many as the session."""

    key: str
    path: Path
    length: Ms


def open_clip(clip: Clip, channels: int) -> Samples:
    """Return the samples of a clip, shaped (n, channels) and memory-mapped.

    Raises ClipGone if the file is missing, damaged, or does not match the clip."""
    if clip_length(clip.path, channels) != clip.length or not _is_intact(clip.path):
        if not _is_intact(clip.path):
            discard(clip.path)
        raise _gone(clip)
    return np.memmap(clip.path, "<i2", "r", offset=_HEADER.size, shape=(samples(clip.length), channels))


def clip_pieces(clip: Clip) -> Iterator[Samples]:
    """Yield the samples of a clip with one channel, ten seconds at a time, without holding it in memory.

    Raises ClipGone as `open_clip`."""
    open_clip(clip, 1)
    with clip.path.open("rb") as file:
        file.seek(_HEADER.size)
        left = samples(clip.length)
        while left:
            piece = np.frombuffer(file.read(2 * min(left, PIECE_SAMPLES)), "<i2")
            if not len(piece):
                raise _gone(clip)
            yield piece
            left -= len(piece)


def _gone(clip: Clip) -> ClipGone:
    return ClipGone(f"{clip.path.name} in the cache is missing or damaged; build again")


def check_clips(clips: Iterable[Clip]) -> None:
    """Raise ClipGone if a clip with one channel is missing or damaged, after removing all that are damaged."""
    gone = None
    for clip in clips:
        try:
            open_clip(clip, 1)
        except ClipGone as error:
            gone = error
    if gone is not None:
        raise gone


def wav_bytes(clip: Clip) -> bytes:
    """Return the WAV file of a clip for other programs, without the seal of the cache. Raises ClipGone."""
    return wav_file(open_clip(clip, 1)[:, 0])


def _is_intact(path: Path) -> bool:
    """Return whether a clip of the cache is as it was written. It is read again only if the file has changed."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return False
        key = str(path), status.st_mtime_ns, status.st_size
        return _intact.get(key, lambda: is_sealed_file(path))
    except OSError:
        return False


def clip_length(path: Path, channels: int) -> Ms | None:
    """Return the length of a clip's file, or None if it is missing, damaged or has another format.

    The header is exactly what `wave` writes (RIFF WAVE: one format chunk, then the samples).
    """
    try:
        if not path.is_file():  # a named pipe would keep its reader waiting
            return None
        with path.open("rb") as file:
            header, total = file.read(_HEADER.size), os.fstat(file.fileno()).st_size
    except OSError:
        return None
    frame, size = 2 * channels, total - _HEADER.size - SEAL_BYTES
    expected = (
        b"RIFF",
        size + 36,
        b"WAVEfmt ",
        16,
        1,
        channels,
        RATE,
        RATE * frame,
        frame,
        16,
        b"data",
        size,
    )
    if size <= 0 or len(header) < _HEADER.size or _HEADER.unpack(header) != expected:
        return None
    return Ms(size // frame // MS_SAMPLES)
