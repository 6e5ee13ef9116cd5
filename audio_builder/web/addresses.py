"""Addresses of this server as others see them: below its root path, and in its cookies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

_COOKIE_SECONDS = 365 * 86_400


def rooted(scope: Scope, root_path: str) -> Scope:
    """Return the scope of a request below a root path, whether the proxy has removed that from its path or not."""
    path = scope["path"]
    if path != root_path and not path.startswith(f"{root_path}/"):
        path = root_path + path
    return {**scope, "path": path, "root_path": root_path}


def route_path(scope: Mapping[str, Any]) -> str:
    """Return the path of a request without the root path, e.g. `/make`."""
    path: str = scope["path"]
    return path.removeprefix(root_of(scope))


def root_of(scope: Mapping[str, Any]) -> str:
    """Return the path that precedes every address of this server, e.g. `/relax`; it is empty if there is none."""
    root_path: str = scope.get("root_path", "")
    return root_path


def keep_cookie(
    response: Response, scope: Mapping[str, Any], name: str, value: str, httponly: bool = False
) -> None:
    """Let a browser keep a cookie for a year, for this server only, and over https only if it came over https."""
    response.set_cookie(
        name,
        value,
        _COOKIE_SECONDS,
        path=root_of(scope) or "/",
        secure=scope["scheme"] == "https",
        httponly=httponly,
        # links from elsewhere may bring it along, but requests that write need more
        samesite="lax",
    )


class Rooted:
    """ASGI middleware for a server below a root path. Everything after it finds paths with the root path."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self.app, self.root_path = app, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or lead from the root path itself to the page, whose addresses are below it."""
        if scope["type"] != "http" or not self.root_path:
            await self.app(scope, receive, send)
            return
        scope = rooted(scope, self.root_path)
        if scope["path"] == self.root_path:
            query = scope["query_string"].decode("latin-1")
            page = RedirectResponse(f"{self.root_path}/{f'?{query}' if query else ''}", 308)
            await page(scope, receive, send)
        else:
            await self.app(scope, receive, send)
