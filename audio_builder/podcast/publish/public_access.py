"""Check a published podcast as the public sees it."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

from lxml import etree

from ... import __version__

_TIMEOUT = 10.0  # seconds without a byte
_PATIENCE = 60.0  # seconds in all
_LARGEST = 64 << 20  # bytes; a feed of ten thousand episodes is a quarter of it
_PIECE = 1 << 16
_ORIGIN = "https://player.example"
_NAMESPACES = {"podcast": "https://podcastindex.org/namespace/1.0"}


def access_problems(feed_url: str) -> Iterator[str]:
    """Yield what keeps apps from the feed, or players on other web pages from its chapters, each with a hint."""
    try:
        content, _ = _fetch(feed_url)
        feed = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except (OSError, etree.XMLSyntaxError) as error:
        yield f"{feed_url} cannot be fetched ({_reason(error)}): make it public, or correct base_url"
        return
    chapters = str(feed.xpath("string(//podcast:chapters/@url)", namespaces=_NAMESPACES))
    if not chapters:
        return
    try:
        _, allowed_origin = _fetch(chapters)
    except OSError as error:
        yield f"{chapters} cannot be fetched ({_reason(error)}): make it public"
        return
    if allowed_origin not in ("*", _ORIGIN):
        yield "Players on other web pages cannot read transcripts and chapters: allow CORS, see docs/podcast.md"


def public_content(url: str) -> bytes | None:
    """Return what is at a public address, or None if it cannot be fetched."""
    try:
        return _fetch(url)[0]
    except OSError:
        return None


def _fetch(url: str) -> tuple[bytes, str]:
    """Return the content, and the origin of web pages that may read it. Raises OSError, whatever the server does."""
    headers = {"Origin": _ORIGIN, "User-Agent": f"audio-builder/{__version__}"}
    deadline, content = time.monotonic() + _PATIENCE, bytearray()
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
            while piece := response.read1(_PIECE):
                content += piece
                if len(content) > _LARGEST or time.monotonic() > deadline:
                    raise OSError("the answer does not end")
            if response.length:
                raise OSError("the answer ends too early")
            return bytes(content), response.headers.get("Access-Control-Allow-Origin", "")
    except urllib.error.HTTPError as error:
        error.close()
        raise OSError(f"{error.code} {error.reason}") from None
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(f"no valid answer: {type(error).__name__}") from None


def _reason(error: Exception) -> str:
    return str(error.reason if isinstance(error, urllib.error.URLError) else error) or type(error).__name__
