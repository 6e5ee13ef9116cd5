"""What a destination holds before a publication."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from ...errors import PublishFailed
from ..page import PAGE_FILE
from .destination import Destination, StoredObject, Version

FEED_NAME, HTACCESS_NAME = "feed.xml", ".htaccess"
RECORD_NAME = "published.json"
"""The file at a destination that records when the feed last used each file."""
_GUID = "channel/{https://podcastindex.org/namespace/1.0}guid"


@dataclass(frozen=True)
class PublicFeed:
    """The feed at a destination: its content and version, its show's guid, and its episodes' titles by guid."""

    content: bytes
    version: Version
    show_guid: str | None
    titles: Mapping[str, str]


@dataclass(frozen=True)
class Snapshot:
    """What is at a destination: every object, the feed, the page and the .htaccess if there are any, and the record of
    use."""

    address: str
    is_folder: bool
    objects: Mapping[str, StoredObject] = field(default_factory=dict)
    feed: PublicFeed | None = None
    page: bytes | None = None
    htaccess: bytes | None = None
    last_used: Mapping[str, datetime] = field(default_factory=dict)

    def holds(self, name: str, size: int) -> bool:
        """Return whether there is an object of that name and that size in bytes."""
        return name in self.objects and self.objects[name].size == size


def take_snapshot(destination: Destination) -> Snapshot:
    """Read what is at a destination. Raises PublishFailed if that fails, or if its feed.xml is not a feed."""
    feed, page, record = (destination.read(name) for name in (FEED_NAME, PAGE_FILE, RECORD_NAME))
    htaccess = destination.read(HTACCESS_NAME) if destination.is_folder else None
    return Snapshot(
        address=destination.address,
        is_folder=destination.is_folder,
        objects=destination.objects(),
        feed=_parsed_feed(*feed, destination.address) if feed else None,
        page=page[0] if page else None,
        htaccess=htaccess[0] if htaccess else None,
        last_used=_parsed_record(record[0]) if record else {},
    )


def _parsed_feed(content: bytes, version: Version, address: str) -> PublicFeed:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None or root.tag != "rss":
        raise PublishFailed(
            f"The feed.xml at {address} is not the feed of a podcast. Move it away, or publish somewhere else."
        )
    titles = {str(item.findtext("guid")): str(item.findtext("title")) for item in root.iter("item")}
    return PublicFeed(content, version, root.findtext(_GUID), titles)


def _parsed_record(content: bytes) -> dict[str, datetime]:
    try:
        return {name: datetime.fromisoformat(date) for name, date in json.loads(content).items()}
    except (ValueError, AttributeError, TypeError):
        return {}  # the modification dates of the files count instead
