"""Check a published podcast as the public sees it."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator

from lxml import etree

_TIMEOUT = 10.0  # seconds
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
    """Return the content, and the origin of web pages that may read it."""
    request = urllib.request.Request(url, headers={"Origin": _ORIGIN})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
            return response.read(), response.headers.get("Access-Control-Allow-Origin", "")
    except urllib.error.HTTPError as error:
        error.close()
        raise OSError(f"{error.code} {error.reason}") from None


def _reason(error: Exception) -> str:
    return str(error.reason if isinstance(error, urllib.error.URLError) else error) or type(error).__name__
