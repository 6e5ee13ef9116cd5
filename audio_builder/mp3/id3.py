"""Write ID3v2.3 tags: texts, comments, lyrics, a picture and chapters.

Sources: ID3v2.3.0 (id3.org/id3v2.3.0) and the ID3v2 Chapter Frame Addendum 1.0 (id3.org/id3v2-chapters-1.0).
`id3_reader` reads what this module writes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from enum import IntEnum

ID3_HEADER_SIZE = 10
"""Bytes in the header of a tag, and in the header of a frame."""

_MAX_TAG_SIZE = 1 << 28  # its size has four bytes of seven bits
_TOP_LEVEL, _ORDERED = 2, 1  # flags of a table of contents (addendum, 3.2)
_NO_OFFSET = 0xFFFFFFFF  # the times of a chapter count, not its position in bytes (addendum, 3.1)


class TextEncoding(IntEnum):
    """The byte in front of a text that says how it is encoded. ID3v2.3 has only the first two."""

    LATIN_1 = 0
    UTF_16 = 1  # with a byte order mark
    UTF_16_BE = 2
    UTF_8 = 3


class PictureType(IntEnum):
    """What a picture shows (ID3v2.3.0, 4.15)."""

    OTHER = 0
    FRONT_COVER = 3


def id3_bytes(frames: Iterable[bytes], padding: int) -> bytes:
    """Return a whole tag: its header, the frames and `padding` zero bytes. Raises ValueError from 256 MiB on."""
    body = b"".join(frames) + bytes(padding)
    if len(body) >= _MAX_TAG_SIZE:
        raise ValueError(f"a tag cannot hold {len(body)} bytes")
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + body


def text_frame(name: str, text: str, encoding: TextEncoding = TextEncoding.UTF_16) -> bytes:
    """Return a text frame such as TIT2, or b"" if the text is empty."""
    return _frame(name, bytes([encoding]) + _terminated(text, encoding)) if text else b""


def user_text_frame(description: str, text: str, encoding: TextEncoding = TextEncoding.UTF_16) -> bytes:
    """Return a TXXX frame: a text whose meaning is in its description. Return b"" if the text is empty."""
    content = _terminated(description, encoding) + _terminated(text, encoding)
    return _frame("TXXX", bytes([encoding]) + content) if text else b""


def comment_frame(language: str, text: str) -> bytes:
    """Return a COMM frame in an ISO 639-2 language, or b"" if the text is empty."""
    return _language_frame("COMM", language, text)


def lyrics_frame(language: str, text: str) -> bytes:
    """Return a USLT frame in an ISO 639-2 language, or b"" if the text is empty."""
    return _language_frame("USLT", language, text)


def picture_frame(mime: str, picture: bytes, kind: PictureType = PictureType.FRONT_COVER) -> bytes:
    """Return an APIC frame with a picture, or b"" if the picture is empty."""
    description = bytes([kind]) + _terminated("", TextEncoding.UTF_16)
    content = bytes([TextEncoding.UTF_16]) + _terminated(mime, TextEncoding.LATIN_1) + description + picture
    return _frame("APIC", content) if picture else b""


def contents_frame(element_id: str, chapter_ids: Sequence[str]) -> bytes:
    """Return a CTOC frame: the top-level table of contents of at most 255 chapters, in order."""
    children = b"".join(_terminated(name, TextEncoding.LATIN_1) for name in chapter_ids)
    flags = bytes([_TOP_LEVEL | _ORDERED, len(chapter_ids)])
    return _frame("CTOC", _terminated(element_id, TextEncoding.LATIN_1) + flags + children)


def chapter_frame(element_id: str, start_ms: int, end_ms: int, sub_frames: bytes) -> bytes:
    """Return a CHAP frame. `sub_frames` are whole frames about the chapter, such as its title or a picture."""
    times = struct.pack(">4I", start_ms, end_ms, _NO_OFFSET, _NO_OFFSET)
    return _frame("CHAP", _terminated(element_id, TextEncoding.LATIN_1) + times + sub_frames)


def _language_frame(name: str, language: str, text: str) -> bytes:
    encoding = TextEncoding.UTF_16
    start = bytes([encoding]) + language.encode("ascii")
    return _frame(name, start + _terminated("", encoding) + _terminated(text, encoding)) if text else b""


def _frame(name: str, content: bytes) -> bytes:
    return name.encode("ascii") + struct.pack(">IH", len(content), 0) + content


def _terminated(text: str, encoding: TextEncoding) -> bytes:
    """Return an encoded text with its terminator. NUL cannot be part of a text, so it becomes a slash."""
    text = text.replace("\0", "/") + "\0"
    if encoding == TextEncoding.LATIN_1:
        return text.encode("latin-1")
    return b"\xff\xfe" + text.encode("utf-16-le")
