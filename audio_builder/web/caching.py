"""For how long browsers, proxies and content delivery networks may keep a response (RFC 9111, RFC 5861)."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from ..library.manifest import Episode

Sharing = Literal["private", "local", "public"]
"""Who may keep a response: nobody but the client, which has a token; or anyone, on a server for this computer alone or
on one for the public."""

VERSION = "version"
"""In an address of an MP3: the fingerprint of its bytes. What such an address gives never changes."""

_PLAIN = {
    "private": "private, no-cache",
    # authors hear at once what they have changed, and a proxy on this computer a minute later
    "local": "public, max-age=0, s-maxage=60",
    "public": "public, max-age=60, stale-while-revalidate=3600",
}
_FOR_GOOD = "max-age=31536000, immutable"  # a year
NOT_STORED = {"Cache-Control": "no-store"}
"""The header of answers that are right for one moment only, such as errors."""


def plain_cache_control(request: Request) -> str:
    """Return the header for what is at an address now and may be something else later."""
    return _PLAIN[_sharing(request)]


def version_cache_control(request: Request) -> str:
    """Return the header for what has its version in its address."""
    return f"{'private' if _sharing(request) == 'private' else 'public'}, {_FOR_GOOD}"


def cached(request: Request, response: Response) -> Response:
    """Return a response with the header for what may be something else later."""
    response.headers["Cache-Control"] = plain_cache_control(request)
    return response


def options_asked(request: Request) -> dict[str, str]:
    """Return the query of a request without the version of what it asks for."""
    return {name: value for name, value in request.query_params.items() if name != VERSION}


def version_of(episode: Episode) -> str:
    """Return the version of an MP3, built or not: equal versions are equal bytes."""
    return episode.fingerprint[:32]


def versioned(episode: Episode, suffix: str, query: str) -> str:
    """Return the query of a file of a session. That of an MP3 gets its version, so that it can be kept for good."""
    version = urlencode({VERSION: version_of(episode)}) if suffix == ".mp3" else ""
    return "&".join(filter(None, (query, version)))


def _sharing(request: Request) -> Sharing:
    found: Sharing = request.scope["sharing"]
    return found
