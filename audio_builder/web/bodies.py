"""What a request asks for: its query and its body, within limits."""

from __future__ import annotations

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..errors import AudioBuilderError
from ..units import file_size

_MOST_DRAINED = 100_000_000
_LARGEST_BODY = 1_000_000  # bytes; a script is a thousandth of it


class TooLarge(AudioBuilderError):
    """The body of a request is larger than its route allows. None of it was read."""


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
    content, message = bytearray(), f"This is too large: use at most {file_size(most)}"
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
        raise TooLarge(message)
    try:
        async for part in request.stream():
            content += part
            if len(content) > most:
                raise AudioBuilderError(message)
    except ClientDisconnect:
        raise AudioBuilderError("The upload was interrupted") from None
    return bytes(content)


class Draining(Response):
    """A response that keeps reading the request's body, so that a client which sends first gets it too."""

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response, then read what is left of the body, at most `_MOST_DRAINED` bytes."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        drained, is_more = 0, True
        while is_more and drained < _MOST_DRAINED:
            message = await receive()
            drained += len(message.get("body", b""))
            is_more = message.get("more_body", False)
        await send({"type": "http.response.body", "body": b""})
