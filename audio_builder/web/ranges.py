"""Bytes over HTTP: ranges and conditions on anything that can be read in parts (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from starlette.concurrency import iterate_in_threadpool
from starlette.responses import Response, StreamingResponse

PIECE = 64 * 1024
"""Bytes made and sent at a time."""
MOST = 64
"""Ranges that one request may ask for; with more it is sent the whole, as the standard allows."""
_BOUNDARY = "audio-builder-part"


class Readable(Protocol):
    """What has a size and any part of it: `session.Session` is one."""

    @property
    def size(self) -> int:
        """Its bytes in all."""

    def read(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset` on."""


@dataclass(frozen=True)
class File:
    """A file on disk."""

    path: Path

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def read(self, offset: int, count: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(offset)
            return file.read(count)


@dataclass(frozen=True)
class Bytes:
    """What is in memory already."""

    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def read(self, offset: int, count: int) -> bytes:
        return self.content[offset : offset + count]


def tag(content: bytes) -> str:
    """What tells a content from others."""
    return hashlib.sha256(content).hexdigest()[:32]


def respond(what: Readable, kind: str, tag: str, headers: Mapping[str, str], method: str = "GET") -> Response:
    """The answer to a request with these headers: the whole, a part, several, nothing new (304), or that there is no
    such part (416). `tag` is what tells these bytes from others of the same name."""
    etag, size = f'"{tag}"', what.size
    common = {"ETag": etag, "Accept-Ranges": "bytes", "Cache-Control": "no-cache"}
    if "if-match" in headers and not _among(etag, headers["if-match"], weak=False):
        return Response(status_code=412, headers=common)
    if "if-none-match" in headers and _among(etag, headers["if-none-match"], weak=True):
        return Response(status_code=304, headers=common)
    asked = None
    if method == "GET" and headers.get("if-range", etag) == etag:
        asked = ranges(headers.get("range", ""), size)
    if asked is not None and not asked:
        return Response(status_code=416, headers={**common, "Content-Range": f"bytes */{size}"})
    if asked is None:
        return _streamed(
            what, [(0, size)], 200, {**common, "Content-Type": kind, "Content-Length": str(size)}, method
        )
    if len(asked) == 1:
        ((begin, end),) = asked
        more = {
            "Content-Type": kind,
            "Content-Length": str(end - begin),
            "Content-Range": f"bytes {begin}-{end - 1}/{size}",
        }
        return _streamed(what, asked, 206, {**common, **more}, method)
    return _parts(what, kind, asked, common)


def ranges(header: str, size: int) -> list[tuple[int, int]] | None:
    """The parts that a Range header asks for, as (begin, end) in the order asked, cut to the size; empty where there is
    none of them, None where the header is to be ignored."""
    found = re.fullmatch(r"bytes\s*=\s*(.*)", header.strip(), re.IGNORECASE)
    if not found:
        return None
    asked = []
    specs = [spec.strip() for spec in found[1].split(",") if spec.strip()]
    if not specs or len(specs) > MOST:
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
    """Whether a list of entity tags has this one."""
    listed = [tag.strip() for tag in header.split(",")]
    return header.strip() == "*" or etag in ([tag.removeprefix("W/") for tag in listed] if weak else listed)


def _pieces(what: Readable, asked: list[tuple[int, int]]) -> Iterator[bytes]:
    for begin, end in asked:
        for at in range(begin, end, PIECE):
            yield what.read(at, min(PIECE, end - at))


def _streamed(
    what: Readable, asked: list[tuple[int, int]], status: int, headers: dict[str, str], method: str
) -> Response:
    if method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(iterate_in_threadpool(_pieces(what, asked)), status, headers)


def _parts(what: Readable, kind: str, asked: list[tuple[int, int]], common: dict[str, str]) -> Response:
    """Several parts, as multipart/byteranges."""
    size = what.size
    heads = [
        f"--{_BOUNDARY}\r\nContent-Type: {kind}\r\nContent-Range: bytes {b}-{e - 1}/{size}\r\n\r\n".encode()
        for b, e in asked
    ]
    last = f"--{_BOUNDARY}--\r\n".encode()
    length = sum(len(head) + e - b + 2 for head, (b, e) in zip(heads, asked, strict=True)) + len(last)

    def body() -> Iterator[bytes]:
        for head, part in zip(heads, asked, strict=True):
            yield head
            yield from _pieces(what, [part])
            yield b"\r\n"
        yield last

    headers = {
        **common,
        "Content-Type": f"multipart/byteranges; boundary={_BOUNDARY}",
        "Content-Length": str(length),
    }
    return StreamingResponse(iterate_in_threadpool(body()), 206, headers)
