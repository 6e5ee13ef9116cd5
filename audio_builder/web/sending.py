"""Send the files that pages load, compressed if they are text."""

from __future__ import annotations

import gzip
from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from . import ranges

_PACKED = ("text/css", "text/javascript")
"""Pages themselves are not compressed: their size would tell of the token in them (BREACH)."""


def send_file(request: Request, content: bytes, mime_type: str) -> Response:
    """Return a file, compressed if it is text and the browser takes it so."""
    can_be_packed = mime_type.startswith(_PACKED)
    is_packed = can_be_packed and _takes_gzip(request)
    content = _packed(content) if is_packed else content
    tag = ranges.entity_tag(content)
    answer = ranges.respond(ranges.MemoryBytes(content), mime_type, tag, request.headers, request.method)
    if can_be_packed:
        answer.headers["Vary"] = "Accept-Encoding"
    if is_packed and answer.status_code == 200:
        answer.headers["Content-Encoding"] = "gzip"
    return answer


def _takes_gzip(request: Request) -> bool:
    wanted = request.headers.get("accept-encoding", "").lower().split(",")
    return "range" not in request.headers and "gzip" in (one.strip() for one in wanted)


@cache
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)
