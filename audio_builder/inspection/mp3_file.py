"""Read a finished MP3: its frames, its tag and its chapters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from ..errors import AudioBuilderError
from ..files import cannot_read, read_file
from ..mp3.frame import HEADER_SIZE, FrameHeader, parse_header
from ..mp3.id3_reader import ChapterFrame, Id3Frame, PictureFrame, TextFrame, read_id3
from ..planning.timeline import Chapter
from ..session.cue_sheet import CUE_SHEET_FRAME, CueSheet, parse_cue_sheet
from ..units import Ms

_LARGEST_MP3 = 2_000_000_000  # eight hours take half of it


class TaggedChapter(msgspec.Struct, frozen=True):
    """A chapter as the tag states it, in milliseconds."""

    start_ms: int
    end_ms: int
    title: str


class Mp3File(NamedTuple):
    """The content of an MP3 file: its `frames` without the tag, the header of the first one, and what the tag says.

    `tags` holds texts by the names of their ID3 frames. `cue_sheet` is None if audio-builder did not make the file.
    `tag_problem` says what is wrong with the tag, or is "" if all of it can be read.
    """

    size: int
    frames: bytes
    header: FrameHeader
    tags: dict[str, str]
    chapters: tuple[TaggedChapter, ...]
    cue_sheet: CueSheet | None
    tag_problem: str


def read_mp3(path: Path) -> Mp3File:
    """Return the content of an MP3 file. Raises AudioBuilderError if it cannot be read or is not one."""
    try:
        content = read_file(path, _LARGEST_MP3)
    except OSError as error:
        raise AudioBuilderError(cannot_read(path, error)) from None
    tag = read_id3(content)
    try:
        header = parse_header(content[tag.size : tag.size + HEADER_SIZE])
    except ValueError:
        raise AudioBuilderError(
            f"Cannot read {path}: not an MP3 file (no Layer III frame at byte {tag.size})"
        ) from None
    texts, chapters = _texts(tag.frames), _chapters(tag.frames)
    cue_sheet = _cue_sheet(tag.frames, texts, chapters)
    return Mp3File(len(content), content[tag.size :], header, texts, chapters, cue_sheet, tag.problem)


def _texts(frames: Sequence[Id3Frame]) -> dict[str, str]:
    texts = {}
    for frame in frames:
        if isinstance(frame, TextFrame) and frame.name != "TXXX":
            texts[frame.name] = frame.text
        elif isinstance(frame, PictureFrame):
            texts.setdefault("APIC", f"{frame.mime}, {frame.size} bytes")
    return texts


def _chapters(frames: Sequence[Id3Frame]) -> tuple[TaggedChapter, ...]:
    return tuple(
        TaggedChapter(frame.start_ms, frame.end_ms, frame.title)
        for frame in frames
        if isinstance(frame, ChapterFrame)
    )


def _cue_sheet(
    frames: Sequence[Id3Frame], texts: Mapping[str, str], chapters: Sequence[TaggedChapter]
) -> CueSheet | None:
    sheets = (frame.text for frame in frames if isinstance(frame, TextFrame) and _holds_cue_sheet(frame))
    return parse_cue_sheet(
        next(sheets, ""),
        texts.get("USLT", ""),
        texts.get("TIT2", ""),
        tuple(Chapter(Ms(c.start_ms), Ms(c.end_ms - c.start_ms), c.title) for c in chapters),
    )


def _holds_cue_sheet(frame: TextFrame) -> bool:
    return (frame.name, frame.description) == ("TXXX", CUE_SHEET_FRAME)
