"""What the public sees of a published podcast: whether it can be fetched at all, and read by players in other pages."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator

from lxml import etree

_PATIENCE = 10.0
_PLAYER = "https://player.example"
_NAMES = {"podcast": "https://podcastindex.org/namespace/1.0"}


def trouble(feed: str) -> Iterator[str]:
    """What keeps apps from the feed at this address, or other pages' players from its chapters, each with the cure."""
    try:
        content, _ = _fetched(feed)
        found = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
        chapters = str(found.xpath("string(//podcast:chapters/@url)", namespaces=_NAMES))
    except (OSError, etree.XMLSyntaxError) as error:
        yield f"{feed} cannot be fetched ({_reason(error)}): make the place readable for everyone, or mend base_url"
        return
    if not chapters:
        return
    try:
        _, allowed = _fetched(chapters)
    except OSError as error:
        yield f"{chapters} cannot be fetched ({_reason(error)}): make the place readable for everyone"
        return
    if allowed not in ("*", _PLAYER):
        yield "players in other pages cannot read transcripts and chapters: set CORS as docs/podcast.md says"


def _fetched(address: str) -> tuple[bytes, str]:
    """The content, and which other pages may read it."""
    request = urllib.request.Request(address, headers={"Origin": _PLAYER})
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            return answer.read(), answer.headers.get("Access-Control-Allow-Origin", "")
    except urllib.error.HTTPError as error:
        error.close()
        raise OSError(f"{error.code} {error.reason}") from None


def _reason(error: Exception) -> str:
    return str(error.reason if isinstance(error, urllib.error.URLError) else error) or type(error).__name__
