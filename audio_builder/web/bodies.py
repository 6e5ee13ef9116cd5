"""What a request asks for: its query and its body, within limits."""

from __future__ import annotations

import msgspec
from starlette.requests import Request

from ..errors import AudioBuilderError
from ..units import file_size

_LARGEST_BODY = 1_000_000  # bytes; a script is a thousandth of it


def query_of(request: Request) -> dict[str, str]:
    """Return the query of a request. Of a name that is repeated, the last value counts."""
    return dict(request.query_params)


async def json_body(request: Request) -> dict[str, str]:
    """Return the body of a request: one JSON object whose values are strings. Raises AudioBuilderError."""
    content = await whole_body(request, _LARGEST_BODY)
    try:
        return msgspec.json.decode(content, type=dict[str, str])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise AudioBuilderError(
            "The body of this request must be one JSON object whose values are strings"
        ) from None


async def whole_body(request: Request, most: int) -> bytes:
    """Return the body of a request. Raises AudioBuilderError if it has more than `most` bytes."""
    content, too_large = bytearray(), AudioBuilderError(f"This is too large: use at most {file_size(most)}")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:  # before it is sent
        raise too_large
    async for part in request.stream():
        content += part
        if len(content) > most:
            raise too_large
    return bytes(content)
