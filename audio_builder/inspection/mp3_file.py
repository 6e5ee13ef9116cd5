"""Read a finished MP3: its frames, its tag and its chapters."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec
from mutagen.id3 import ID3, ID3NoHeaderError

from ..errors import AudioBuilderError
from ..mp3.frame import HEADER_SIZE, FrameHeader, parse_header
from ..planning.timeline import Chapter
from ..session.cue_sheet import CUE_SHEET_FRAME, CueSheet, parse_cue_sheet
from ..units import Ms

_ID3_HEADER_SIZE = 10


class TaggedChapter(msgspec.Struct, frozen=True):
    """A chapter as the tag states it, in milliseconds."""

    start_ms: int
    end_ms: int
    title: str


class Mp3File(NamedTuple):
    """The content of an MP3 file: its `frames` without the tag, the header of the first one, and what the tag says.

    `tags` holds texts by the names of their ID3 frames. `cue_sheet` is None if audio-builder did not make the file.
    """

    size: int
    frames: bytes
    header: FrameHeader
    tags: dict[str, str]
    chapters: tuple[TaggedChapter, ...]
    cue_sheet: CueSheet | None


def read_mp3(path: Path) -> Mp3File:
    """Return the content of an MP3 file. Raises AudioBuilderError if it cannot be read or is not one."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise AudioBuilderError(f"Cannot read {path}: {error.strerror}") from None
    tag_size = _tag_size(content)
    try:
        header = parse_header(content[tag_size : tag_size + HEADER_SIZE])
    except ValueError:
        raise AudioBuilderError(f"{path} is not an MP3 file: no layer III frame at byte {tag_size}") from None
    return Mp3File(len(content), content[tag_size:], header, *_read_tag(path))


def _tag_size(content: bytes) -> int:
    """Return the size in bytes of the ID3v2 tag at the start, or 0 if there is none."""
    if content[:3] != b"ID3" or len(content) < _ID3_HEADER_SIZE:
        return 0
    a, b, c, d = (byte & 0x7F for byte in content[6:_ID3_HEADER_SIZE])
    return _ID3_HEADER_SIZE + (a << 21 | b << 14 | c << 7 | d)


def _read_tag(path: Path) -> tuple[dict[str, str], tuple[TaggedChapter, ...], CueSheet | None]:
    try:
        tag = ID3(path)
    except ID3NoHeaderError:
        return {}, (), None
    texts = _texts(tag)
    chapters = tuple(
        TaggedChapter(frame.start_time, frame.end_time, str(frame.sub_frames.get("TIT2", "")))
        for frame in tag.getall("CHAP")
    )
    cue_sheet = parse_cue_sheet(
        str(tag.get(f"TXXX:{CUE_SHEET_FRAME}", "")),
        texts.get("USLT", ""),
        texts.get("TIT2", ""),
        tuple(Chapter(Ms(c.start_ms), Ms(c.end_ms - c.start_ms), c.title) for c in chapters),
    )
    return texts, chapters, cue_sheet


def _texts(tag: ID3) -> dict[str, str]:
    texts = {}
    for key, frame in tag.items():
        if key.startswith("T") and not key.startswith("TXXX"):
            texts[key[:4]] = str(frame)
        elif key[:4] in ("COMM", "USLT"):
            texts[key[:4]] = frame.text if isinstance(frame.text, str) else str(frame.text[0])
    if pictures := tag.getall("APIC"):
        texts["APIC"] = f"{pictures[0].mime}, {len(pictures[0].data)} bytes"
    return texts
