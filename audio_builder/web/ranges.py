"""Answer conditional and range requests for anything that can be read in parts (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import IO, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from .caching import NOT_STORED

_PIECE = 64 * 1024  # bytes sent at a time
_MOST_RANGES = 64  # a request for more gets the whole, as the standard allows
_BOUNDARY = "audio-builder-part"


class Content(Protocol):
    """Bytes of known size that can be sent in parts, such as a `SessionStream`."""

    @property
    def size(self) -> int:
        """The number of bytes."""

    def pieces(self, begin: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `begin` up to but not including `end`, in pieces of any size."""


class FileBytes:
    """The bytes of an open file. They stay the same if another file takes its name meanwhile."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._size = os.fstat(file.fileno()).st_size
        self._lock = Lock()

    @property
    def size(self) -> int:
        return self._size

    async def pieces(self, begin: int, end: int) -> AsyncIterator[bytes]:
        for at in range(begin, end, _PIECE):
            yield await run_in_threadpool(self._read, at, min(_PIECE, end - at))

    def _read(self, offset: int, count: int) -> bytes:
        with self._lock:
            self._file.seek(offset)
            return self._file.read(count)


@dataclass(frozen=True)
class MemoryBytes:
    """Bytes in memory."""

    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    async def pieces(self, begin: int, end: int) -> AsyncIterator[bytes]:
        yield self.content[begin:end]


def entity_tag(content: bytes) -> str:
    """Return an entity tag for the content: equal tags mean equal bytes."""
    return hashlib.sha256(content).hexdigest()[:32]


def respond(
    content: Content,
    mime_type: str,
    tag: str,
    headers: Mapping[str, str],
    method: str = "GET",
    cache_control: str = "private, no-cache",
) -> Response:
    """Return the response to a request with these headers: everything (200), one part or several (206), not modified
    (304), precondition failed (412), or no such part (416).

    `tag` is the entity tag of these bytes, without quotes.
    """
    etag, size = f'"{tag}"', content.size
    common = {"ETag": etag, "Accept-Ranges": "bytes", "Cache-Control": cache_control}
    if "if-match" in headers and not _among(etag, headers["if-match"], weak=False):
        return Response(status_code=412, headers={**common, **NOT_STORED})
    if "if-none-match" in headers and _among(etag, headers["if-none-match"], weak=True):
        return Response(status_code=304, headers=common)
    asked = None
    if method == "GET" and headers.get("if-range", etag) == etag:
        asked = byte_ranges(headers.get("range", ""), size)
    if asked is not None and not asked:
        return Response(status_code=416, headers={**common, **NOT_STORED, "Content-Range": f"bytes */{size}"})
    if asked is None:
        everything = {**common, "Content-Type": mime_type, "Content-Length": str(size)}
        return _streamed(content, [(0, size)], 200, everything, method)
    if len(asked) == 1:
        ((begin, end),) = asked
        more = {
            "Content-Type": mime_type,
            "Content-Length": str(end - begin),
            "Content-Range": f"bytes {begin}-{end - 1}/{size}",
        }
        return _streamed(content, asked, 206, {**common, **more}, method)
    return _multipart(content, mime_type, asked, common)


def byte_ranges(header: str, size: int) -> list[tuple[int, int]] | None:
    """Return the parts of a file of `size` bytes that a Range header asks for, in its order.

    Each is (begin, end): the offset of its first byte, and the offset after its last one. A part that reaches past the
    end of the file is shortened. The list is empty if every part begins after the end, which calls for status 416. None
    means that the whole file is to be sent: the header is missing or invalid, or asks for too many parts.
    """
    found = re.fullmatch(r"bytes\s*=\s*(.*)", header.strip(), re.IGNORECASE)
    if not found:
        return None
    asked = []
    specs = [spec.strip() for spec in found[1].split(",") if spec.strip()]
    if not specs or len(specs) > _MOST_RANGES:
        return None
    for spec in specs:
        match = re.fullmatch(r"(\d{0,18})\s*-\s*(\d{0,18})", spec, re.ASCII)
        if not match or not (match[1] or match[2]):
            return None
        if not match[1]:
            begin, end = max(0, size - int(match[2])), size
        else:
            begin, end = int(match[1]), min(int(match[2]) + 1 if match[2] else size, size)
            if match[2] and int(match[2]) < begin:
                return None
        if begin < end:
            asked.append((begin, end))
    return asked


def _among(etag: str, header: str, weak: bool) -> bool:
    listed = [tag.strip() for tag in header.split(",")]
    return header.strip() == "*" or etag in ([tag.removeprefix("W/") for tag in listed] if weak else listed)


async def _pieces(content: Content, asked: list[tuple[int, int]]) -> AsyncIterator[bytes]:
    """Yield the ranges in pieces that are small enough for a connection to take one at a time."""
    for begin, end in asked:
        async for piece in content.pieces(begin, end):
            for at in range(0, len(piece), _PIECE):
                yield piece[at : at + _PIECE]


def _streamed(
    content: Content, asked: list[tuple[int, int]], status: int, headers: dict[str, str], method: str
) -> Response:
    if method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(_pieces(content, asked), status, headers)


def _multipart(
    content: Content, mime_type: str, asked: list[tuple[int, int]], common: dict[str, str]
) -> Response:
    size = content.size
    heads = [
        f"--{_BOUNDARY}\r\nContent-Type: {mime_type}\r\nContent-Range: bytes {b}-{e - 1}/{size}\r\n\r\n".encode()
        for b, e in asked
    ]
    last = f"--{_BOUNDARY}--\r\n".encode()
    length = sum(len(head) + e - b + 2 for head, (b, e) in zip(heads, asked, strict=True)) + len(last)

    async def body() -> AsyncIterator[bytes]:
        for head, part in zip(heads, asked, strict=True):
            yield head
            async for piece in _pieces(content, [part]):
                yield piece
            yield b"\r\n"
        yield last

    headers = {
        **common,
        "Content-Type": f"multipart/byteranges; boundary={_BOUNDARY}",
        "Content-Length": str(length),
    }
    return StreamingResponse(body(), 206, headers)
