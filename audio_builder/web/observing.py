"""Requests and their responses as an operator sees them, for the access log and for metrics."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .access import without_token
from .addresses import rooted

_FAILED = 500


@dataclass(frozen=True)
class Exchange:
    """A request and its response. `path` is the one that the client sees, and no field has a token.

    `sent` is the size of the body in bytes, as far as it was sent, and `seconds` how long that took.
    """

    client: str
    method: str
    path: str
    query: str
    protocol: str
    referrer: str
    user_agent: str
    status: int = 0
    sent: int = 0
    seconds: float = 0.0


class Observer(Protocol):
    """Learns of every request. It must not raise anything."""

    def begun(self, scope: Scope) -> None:
        """Take note of a request that is being answered."""

    def ended(self, scope: Scope, exchange: Exchange) -> None:
        """Take note of a request that was answered or given up."""


class Observed:
    """ASGI middleware that reports every request to observers, those that are refused too."""

    def __init__(self, app: ASGIApp, observers: Sequence[Observer], root_path: str = "") -> None:
        self.app, self._observers, self._root_path = app, observers, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and report it when its response has ended, however it ends."""
        if scope["type"] != "http" or not self._observers:
            await self.app(scope, receive, send)
            return
        status, sent, begin = _FAILED, 0, time.monotonic()

        async def counted(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)
            sent += len(message.get("body", b""))

        seen = rooted(scope, self._root_path)
        for observer in self._observers:
            observer.begun(seen)
        try:
            await self.app(scope, receive, counted)
        finally:
            exchange = _exchange(seen, status, sent, time.monotonic() - begin)
            for observer in self._observers:
                observer.ended(seen, exchange)


def _exchange(scope: Scope, status: int, sent: int, seconds: float) -> Exchange:
    headers = Headers(scope=scope)
    query, _ = without_token(scope["query_string"].decode("latin-1"))
    return Exchange(
        client=scope["client"][0] if scope["client"] else "",
        method=scope["method"],
        path=scope["path"],
        query=query,
        protocol=f"HTTP/{scope['http_version']}",
        referrer=headers.get("referer", "").partition("?")[0],  # its query may have a token
        user_agent=headers.get("user-agent", ""),
        status=status,
        sent=sent,
        seconds=seconds,
    )
