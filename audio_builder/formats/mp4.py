"""Finish an MP4 file of ffmpeg: its exact beginning, the pictures of its chapters, and its index in front.

The pictures are the samples of a video track, one for each chapter, that the sound names in its `chap` reference, next
to the track with the titles. Sources: ISO/IEC 14496-12 (boxes), and the QuickTime File Format (developer.apple.com,
Chapter Lists and Track Reference Atoms).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import IO, NamedTuple

from ..units import RATE, Ms

_CONTAINERS = (b"trak", b"mdia", b"minf", b"stbl", b"tref")
_TIMESCALE = 1000  # a second has this many units in the track of the pictures, which are all in milliseconds
_UNITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)  # the picture as it is
_UNDETERMINED = 0x55C4  # the language "und"
_COPIED = 1 << 20


class ChapterImage(NamedTuple):
    """A JPEG and how long it is shown, in milliseconds."""

    length: Ms
    jpeg: bytes


def finish_mp4(source: Path, target: Path, lead: int, images: Sequence[ChapterImage], side: int) -> None:
    """Copy an MP4 file with its index at the beginning, without its first `lead` samples, and with pictures.

    They are `side` pixels wide and high; without images there is no track for them. The source must have its index
    (`moov`) at its end, and 48,000 units a second in it. Raises OSError, and ValueError for another kind of file.
    """
    with source.open("rb") as old, target.open("wb") as new:
        boxes = {kind: (start, end) for kind, start, end in _top_level(old)}
        if [*boxes][:1] != [b"ftyp"] or [*boxes][-1:] != [b"moov"]:
            raise ValueError(f"the boxes of {source.name} are in another order")
        (_, head), (index, size) = boxes[b"ftyp"], boxes[b"moov"]
        old.seek(index + 8)
        moov = _cut(old.read(size - index - 8), lead)
        distinct = [*dict.fromkeys(image.jpeg for image in images)]
        length = len(_with_track(moov, images, side, 0, [0] * len(images)))
        places = dict(zip(distinct, accumulate(map(len, distinct), initial=index + length + 8), strict=False))
        old.seek(0)
        _copy(old, new, head)
        new.write(_with_track(moov, images, side, length, [places[image.jpeg] for image in images]))
        _copy(old, new, index - head)
        if distinct:
            new.write(_box(b"mdat", *distinct))


def _cut(moov: bytes, lead: int) -> bytes:
    """Return the content of an index whose first track begins `lead` samples later and is as much shorter."""
    boxes = [*_boxes(moov)]
    sound = next((n for n, (kind, _) in enumerate(boxes) if kind == b"trak"), None)
    return b"".join(
        _box(kind, _less(content, 16, lead) if kind == b"mvhd" else content)
        if n != sound
        else _box(kind, *(_cut_track(inner, part, lead) for inner, part in _boxes(content)))
        for n, (kind, content) in enumerate(boxes)
    )


def _cut_track(kind: bytes, content: bytes, lead: int) -> bytes:
    if kind == b"tkhd":
        content = _less(content, 20, lead)
    elif kind == b"edts":
        ((_, edits),) = _boxes(
            content
        )  # one list with one edit: its length, and where it begins in the sound
        content = _box(b"elst", _less(_less(edits, 8, lead), 12, -lead))
    return _box(kind, content)


def _less(content: bytes, place: int, count: int) -> bytes:
    """Return a box's content in which the number of four bytes at a place is smaller by `count`."""
    number = int.from_bytes(content[place : place + 4], "big") - count
    return content[:place] + number.to_bytes(4, "big") + content[place + 4 :]


def _with_track(
    moov: bytes, images: Sequence[ChapterImage], side: int, shift: int, offsets: Sequence[int]
) -> bytes:
    """Return the index with the track of pictures, for sound that is `shift` bytes further back in the file."""
    boxes = [*_boxes(moov)]
    header = next(content for kind, content in boxes if kind == b"mvhd")
    track = int.from_bytes(header[-4:], "big") if images else 0  # the next number that is free
    pictures = [_track(images, side, track, offsets)] if images else []
    header = header[:-4] + struct.pack(">I", track + 1) if images else header
    # Readers such as ffmpeg number streams in the order of boxes. First come the tags: their cover is the picture of
    # the file, not the first chapter's.
    tags = [_box(kind, content) for kind, content in boxes if kind == b"udta"]
    tracks = [
        _moved(kind, content, shift, track) for kind, content in boxes if kind not in (b"mvhd", b"udta")
    ]
    return _box(b"moov", _box(b"mvhd", header), *tags, *tracks, *pictures)


def _moved(kind: bytes, content: bytes, shift: int, track: int) -> bytes:
    """Return a box with its samples further back. A reference to chapters names the track too, unless that is 0."""
    if kind in _CONTAINERS:
        return _box(kind, *(_moved(inner, part, shift, track) for inner, part in _boxes(content)))
    if kind == b"chap" and track:
        return _box(kind, content, struct.pack(">I", track))
    if kind in (b"stco", b"co64"):
        form = "I" if kind == b"stco" else "Q"
        offsets = struct.unpack(f">{(len(content) - 8) // struct.calcsize(form)}{form}", content[8:])
        return _box(kind, content[:8], struct.pack(f">{len(offsets)}{form}", *(n + shift for n in offsets)))
    return _box(kind, content)


def _track(images: Sequence[ChapterImage], side: int, track: int, offsets: Sequence[int]) -> bytes:
    """Return a track with a sample for each picture. Like that of the titles it is not enabled: nothing plays it."""
    length = sum(image.length for image in images)
    pixels = struct.pack(">2I", side << 16, side << 16)
    header = struct.pack(">5I8x4H", 0, 0, track, 0, length * RATE // 1000, 0, 0, 0, 0) + _UNITY + pixels
    media = struct.pack(">4I2H", 0, 0, _TIMESCALE, length, _UNDETERMINED, 0)
    entry = struct.pack(">6xH16x2H2I4xH32xHh", 1, side, side, 72 << 16, 72 << 16, 1, 24, -1)
    times = b"".join(struct.pack(">2I", 1, image.length) for image in images)
    sizes = b"".join(struct.pack(">I", len(image.jpeg)) for image in images)
    count = struct.pack(">I", len(images))
    table = _box(
        b"stbl",
        _full_box(b"stsd", struct.pack(">I", 1) + _box(b"jpeg", entry)),
        _full_box(b"stts", count + times),
        _full_box(b"stsc", struct.pack(">4I", 1, 1, 1, 1)),
        _full_box(b"stsz", bytes(4) + count + sizes),
        _full_box(b"stco", count + struct.pack(f">{len(offsets)}I", *offsets)),
    )
    here = _full_box(b"dref", struct.pack(">I", 1) + _full_box(b"url ", b"", 1))
    information = _box(b"minf", _full_box(b"vmhd", bytes(8), 1), _box(b"dinf", here), table)
    handler = _full_box(b"hdlr", bytes(4) + b"vide" + bytes(13))
    return _box(
        b"trak", _full_box(b"tkhd", header), _box(b"mdia", _full_box(b"mdhd", media), handler, information)
    )


def _box(kind: bytes, *content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + sum(map(len, content)), kind) + b"".join(content)


def _full_box(kind: bytes, content: bytes, flags: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", flags), content)


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and the content of each box inside another one, all of which are small."""
    start = 0
    while start < len(content):
        size, kind = struct.unpack(">I4s", content[start : start + 8])
        if not 8 <= size <= len(content) - start:
            raise ValueError(f"a box states {size} bytes")
        yield kind, content[start + 8 : start + size]
        start += size


def _top_level(file: IO[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind, the start and the end of each box of a file. That of the sound can have a size of 64 bits."""
    start = 0
    while len(header := file.read(16)) >= 8:
        size, kind = struct.unpack(">I4s", header[:8])
        if size == 1:
            size = int.from_bytes(header[8:], "big")
        if size < 8:
            raise ValueError(f"a box states {size} bytes")
        yield kind, start, start + size
        start = file.seek(start + size)


def _copy(source: IO[bytes], target: IO[bytes], count: int) -> None:
    while count:
        piece = source.read(min(count, _COPIED))
        if not piece:
            raise ValueError("the file ends early")
        target.write(piece)
        count -= len(piece)
