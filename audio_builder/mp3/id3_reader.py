"""Read ID3v2.3 and ID3v2.4 tags: texts, comments, lyrics, pictures and chapters.

Sources: ID3v2.3.0 (id3.org/id3v2.3.0), ID3v2.4.0 (id3.org/id3v2.4.0-structure and id3.org/id3v2.4.0-frames) and the
ID3v2 Chapter Frame Addendum 1.0 (id3.org/id3v2-chapters-1.0). Any bytes can be read: what is damaged is left out and
named. Compressed and encrypted frames are left out as well.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from .id3 import ID3_HEADER_SIZE, TextEncoding

_FOOTER_SIZE = 10
_CODECS = {
    TextEncoding.LATIN_1: "latin-1",
    TextEncoding.UTF_16: "utf-16",
    TextEncoding.UTF_16_BE: "utf-16-be",
    TextEncoding.UTF_8: "utf-8",
}
_UNSYNCHRONISED, _EXTENDED, _FOOTER = 0x80, 0x40, 0x10  # flags of a tag
# Flags of the format of a frame (ID3v2.3.0, 3.3.1; ID3v2.4.0 structure, 4.1.2), by version.
_UNREADABLE = {3: 0x80 | 0x40, 4: 0x08 | 0x04}  # compressed or encrypted
_GROUPED = {3: 0x20, 4: 0x40}  # one more byte in front of the content
_FRAME_UNSYNCHRONISED, _HAS_LENGTH = 0x02, 0x01  # ID3v2.4 only; a length takes four more bytes


class TextFrame(NamedTuple):
    """A text frame, comment or lyrics. Several values are separated by a slash, as in ID3v2.3."""

    name: str
    text: str
    description: str = ""


class PictureFrame(NamedTuple):
    """The MIME type of a picture and its size in bytes."""

    mime: str
    size: int


class ContentsFrame(NamedTuple):
    """A table of contents: the identifiers of its chapters."""

    element_id: str
    chapter_ids: tuple[str, ...]
    title: str


class ChapterFrame(NamedTuple):
    """A chapter, in milliseconds, with its first picture. The title can be ""."""

    element_id: str
    start_ms: int
    end_ms: int
    title: str
    picture: PictureFrame | None = None


Id3Frame = TextFrame | PictureFrame | ContentsFrame | ChapterFrame


class Id3Tag(NamedTuple):
    """A tag at the start of a file: its size in bytes with the header, its frames, and the first problem or "".

    The size is 0 for a file without a tag. If the file was cut off, the size can exceed that of the file.
    """

    size: int
    frames: tuple[Id3Frame, ...]
    problem: str


def read_id3(file: bytes) -> Id3Tag:
    """Return the ID3v2 tag at the start of a file. Never raises: `problem` says what could not be read."""
    if file[:3] != b"ID3" or len(file) < ID3_HEADER_SIZE:
        return Id3Tag(0, (), "")
    version, flags = file[3], file[5]
    end = ID3_HEADER_SIZE + _syncsafe(file[6:ID3_HEADER_SIZE])
    size = end + (_FOOTER_SIZE if version == 4 and flags & _FOOTER else 0)
    if version not in (3, 4):
        return Id3Tag(size, (), f"ID3v2.{version} is not supported")
    frames: list[Id3Frame] = []
    problem = ""
    try:
        area = _frame_area(file[ID3_HEADER_SIZE:end], version, flags)
        for name, content in _split_frames(area, version, bool(flags & _UNSYNCHRONISED)):
            try:
                if frame := _parse_frame(name, content, version):
                    frames.append(frame)
            except ValueError as error:
                problem = problem or f"frame {name} is damaged: {error}"
    except ValueError as error:
        problem = problem or str(error)
    if end > len(file):
        problem = f"it states {end} bytes, but the file has only {len(file)}"
    return Id3Tag(size, tuple(frames), problem)


def _frame_area(body: bytes, version: int, flags: int) -> bytes:
    """Return the frames and the padding of a tag. ID3v2.3 unsynchronises a whole tag, ID3v2.4 each frame."""
    if version == 3 and flags & _UNSYNCHRONISED:
        body = _synchronise(body)
    if not flags & _EXTENDED:
        return body
    if len(body) < 4:
        raise ValueError("its extended header is cut off")
    # only ID3v2.4 counts the four bytes of the size itself
    size = _syncsafe(body[:4]) if version == 4 else int.from_bytes(body[:4], "big") + 4
    if not 4 <= size <= len(body):
        raise ValueError(f"its extended header states {size} bytes")
    return body[size:]


def _split_frames(area: bytes, version: int, unsynchronised: bool = False) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each frame that can be read, up to the padding. Raises ValueError at damage.

    Every frame of an ID3v2.4 tag is unsynchronised if the tag is, whatever the frame's flags say.
    """
    start = 0
    while area[start : start + 1].strip(b"\0"):
        header = area[start : start + ID3_HEADER_SIZE]
        if len(header) < ID3_HEADER_SIZE or not re.fullmatch(rb"[A-Z0-9]{4}", header[:4]):
            raise ValueError(f"byte {start} after its header is neither padding nor a frame")
        name = header[:4].decode("ascii")
        size = _syncsafe(header[4:8]) if version == 4 else int.from_bytes(header[4:8], "big")
        start += ID3_HEADER_SIZE + size
        if start > len(area):
            raise ValueError(f"frame {name} states {size} bytes, but only {len(area) - start + size} follow")
        if not header[9] & _UNREADABLE[version]:
            flags = header[9] | (_FRAME_UNSYNCHRONISED if unsynchronised else 0)
            yield name, _content(area[start - size : start], version, flags)


def _content(content: bytes, version: int, flags: int) -> bytes:
    """Return the content of a frame without what its format flags have added."""
    has_length = version == 4 and flags & _HAS_LENGTH
    content = content[(1 if flags & _GROUPED[version] else 0) + (4 if has_length else 0) :]
    return _synchronise(content) if version == 4 and flags & _FRAME_UNSYNCHRONISED else content


def _parse_frame(name: str, content: bytes, version: int) -> Id3Frame | None:
    """Return a frame, or None if it is of another kind or empty. Raises ValueError if it is damaged."""
    match name:
        case "APIC":
            return _parse_picture(content)
        case "CTOC":
            return _parse_contents(content, version)
        case "CHAP":
            return _parse_chapter(content, version)
    return _parse_text(name, content)


def _parse_text(name: str, content: bytes) -> TextFrame | None:
    if not content or not (name[0] == "T" or name in ("COMM", "USLT")):
        return None
    encoding, content = _encoding(content), content[1:]
    if name == "TXXX":
        description, content = _split_text(content, encoding)
        return TextFrame(name, _values(content, encoding), description)
    if name[0] == "T":
        return TextFrame(name, _values(content, encoding))
    description, content = _split_text(content[3:], encoding)  # after the language
    return TextFrame(name, _split_text(content, encoding)[0], description)


def _parse_picture(content: bytes) -> PictureFrame:
    encoding = _encoding(content)
    mime, content = _split_text(content[1:], TextEncoding.LATIN_1)
    _, picture = _split_text(content[1:], encoding)  # after the type
    return PictureFrame(mime, len(picture))


def _parse_contents(content: bytes, version: int) -> ContentsFrame:
    element_id, content = _split_text(content, TextEncoding.LATIN_1)
    count = content[1] if len(content) > 1 else 0  # after the flags
    *chapter_ids, sub_frames = content[2:].split(b"\0", count)
    if len(content) < 2 or len(chapter_ids) < count:
        raise ValueError("it is cut off")
    names = tuple(_decode(chapter_id, TextEncoding.LATIN_1) for chapter_id in chapter_ids)
    return ContentsFrame(element_id, names, _title(sub_frames, version))


def _parse_chapter(content: bytes, version: int) -> ChapterFrame:
    element_id, content = _split_text(content, TextEncoding.LATIN_1)
    if len(content) < 16:
        raise ValueError("it is cut off")
    start, end = struct.unpack(">2I", content[:8])  # two offsets in bytes follow
    sub_frames = content[16:]
    pictures = (
        _parse_picture(content) for name, content in _split_frames(sub_frames, version) if name == "APIC"
    )
    return ChapterFrame(element_id, start, end, _title(sub_frames, version), next(pictures, None))


def _title(sub_frames: bytes, version: int) -> str:
    titles = (
        _parse_text(name, content) for name, content in _split_frames(sub_frames, version) if name == "TIT2"
    )
    return next((title.text for title in titles if title), "")


def _values(content: bytes, encoding: TextEncoding) -> str:
    """Return all values of a text frame. In UTF-16 each of them can begin with a byte order mark."""
    first, *others = _decode(content, encoding).rstrip("\0").split("\0")
    mark = "\ufeff" if encoding == TextEncoding.UTF_16 else ""
    return "/".join([first, *(value.removeprefix(mark) for value in others)])


def _split_text(content: bytes, encoding: TextEncoding) -> tuple[str, bytes]:
    """Return the text up to its terminator, and the bytes after it. The end of the frame ends a text as well."""
    width = 2 if encoding in (TextEncoding.UTF_16, TextEncoding.UTF_16_BE) else 1
    end = content.find(bytes(width))
    while end % width and end >= 0:
        end = content.find(bytes(width), end + 1)
    if end < 0:
        return _decode(content, encoding), b""
    return _decode(content[:end], encoding), content[end + width :]


def _decode(text: bytes, encoding: TextEncoding) -> str:
    return text.decode(_CODECS[encoding], "replace")


def _encoding(content: bytes) -> TextEncoding:
    if not content or content[0] not in _CODECS:
        raise ValueError("its text encoding is unknown")
    return TextEncoding(content[0])


def _synchronise(content: bytes) -> bytes:
    """Return the bytes as they were before unsynchronisation put a zero after each 0xFF that looked like audio."""
    return content.replace(b"\xff\x00", b"\xff")


def _syncsafe(four_bytes: bytes) -> int:
    """Return a number stored in four bytes of seven bits."""
    a, b, c, d = (byte & 0x7F for byte in four_bytes)
    return a << 21 | b << 14 | c << 7 | d
