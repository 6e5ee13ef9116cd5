"""Give out the files of sessions in other formats than MP3."""

from __future__ import annotations

from pathlib import Path

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from ..library import storage
from ..library.session_files import FORMAT_FILES
from ..service.sessions import Unknown
from . import ranges
from .caching import plain_cache_control

CONTENT_TYPES = {file.suffix: file.content_type for file in FORMAT_FILES}
"""The content type of each format, by suffix."""
_TAG_DIGITS = 32


def other_format(request: Request, library: Path, name: str, suffix: str) -> Response:
    """Return a file of a session in the library, or the parts of it that are asked for. Raises Unknown."""
    opened = storage.opened_addition(library, name, suffix)
    if opened is None:
        raise Unknown(f"No file named {name}{suffix}. Only sessions that were built with --format have one.")
    recorded, file = opened
    response = ranges.respond(
        ranges.FileBytes(file),
        CONTENT_TYPES[suffix],
        recorded.sha256[:_TAG_DIGITS],
        request.headers,
        request.method,
        cache_control=plain_cache_control(request),
    )
    response.background = BackgroundTask(file.close)
    return response
