"""The client, the scheme and the host name that a trusted proxy has seen, in place of the proxy's own."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from .connections import MOST_CONNECTIONS_OF_A_CLIENT
from .hosting import TrustedProxies, plain_address

_FORWARDED_HOST = b"x-forwarded-host"
_RETRY_SECONDS = "15"


class Forwarded:
    """ASGI middleware that takes forwarded headers from trusted proxies. From anyone else they have no effect.

    uvicorn reads `X-Forwarded-For` and `X-Forwarded-Proto`. This adds `X-Forwarded-Host`, from which the host that the
    proxy itself asked for stays known in `scope["proxied_host"]`. Whatever a proxy says of paths is ignored.

    A client behind a proxy may have as many requests running at a time as others may have connections.
    """

    def __init__(self, app: ASGIApp, proxies: TrustedProxies) -> None:
        self._app, self._proxies = app, proxies
        self._running: Counter[str] = Counter()
        self._by_uvicorn = ProxyHeadersMiddleware(cast(Any, self._limited), list(proxies.networks))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, as the proxy has received it if that is trusted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host, port = scope["client"] or ("", 0)
        scope = {**scope, "client": (plain_address(host), port)}
        if scope["client"][0] in self._proxies:
            await self._by_uvicorn(
                cast(Any, _with_forwarded_host(scope)), cast(Any, receive), cast(Any, send)
            )
        else:
            await self._app(scope, receive, send)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope["client"][0]
        if client in self._proxies:  # the proxy itself, such as its health check
            await self._app(scope, receive, send)
            return
        if self._running[client] >= MOST_CONNECTIONS_OF_A_CLIENT:
            busy = PlainTextResponse(
                "Too many requests at once; try again in a moment\n",
                503,
                {"Retry-After": _RETRY_SECONDS, "Cache-Control": "no-store"},
            )
            await busy(scope, receive, send)
            return
        self._running[client] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._running[client] -= 1
            if not self._running[client]:
                del self._running[client]


def _with_forwarded_host(scope: Scope) -> Scope:
    """Return a scope with the host that the nearest proxy was asked for, if it says so."""
    said = [value for name, value in scope["headers"] if name == _FORWARDED_HOST]
    host = said[-1].rpartition(b",")[2].strip() if said else b""
    if not host:
        return scope
    others = [(name, value) for name, value in scope["headers"] if name != b"host"]
    proxied = Headers(scope=scope).get("host", "")
    return {**scope, "headers": [(b"host", host), *others], "proxied_host": proxied}
