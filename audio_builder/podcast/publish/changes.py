"""What a publication changes in the public feed, episode by episode."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from ..addresses import ascii_path
from ..channel import Entry
from .destination import Destination
from .media_files import NAME_DIGITS
from .plan import PublishPlan
from .snapshot import PublicFeed

_NEXT_PAGE = "channel/{http://www.w3.org/2005/Atom}link[@rel='next']"
_PAGE_NAME = re.compile(rf"feed-\d+\.[0-9a-f]{{{NAME_DIGITS}}}\.xml")


@dataclass(frozen=True)
class ListedEpisode:
    """An episode as a public feed lists it. `file` is the last part of the address of its MP3."""

    guid: str
    title: str
    file: str


@dataclass(frozen=True)
class FeedChanges:
    """The episodes that are new in the public feed, those with another title or MP3, and those that leave it."""

    added: tuple[Entry, ...]
    changed: tuple[Entry, ...]
    withdrawn: tuple[ListedEpisode, ...]


def feed_changes(plan: PublishPlan, destination: Destination) -> FeedChanges:
    """Return what a plan changes in the feed at a destination, including its later pages. Raises PublishFailed."""
    before = {episode.guid: episode for episode in _listed(plan.snapshot.feed, destination)}
    entries = plan.edition.entries
    now = {
        entry.guid: ListedEpisode(entry.guid, entry.title, _file(ascii_path(entry.files.mp3)))
        for entry in entries
    }
    return FeedChanges(
        added=tuple(entry for entry in entries if entry.guid not in before),
        changed=tuple(
            entry for entry in entries if entry.guid in before and before[entry.guid] != now[entry.guid]
        ),
        withdrawn=tuple(episode for guid, episode in before.items() if guid not in now),
    )


def _listed(feed: PublicFeed | None, destination: Destination) -> Iterator[ListedEpisode]:
    """Yield the episodes of every page of a public feed. A page that is missing or damaged ends it."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    content, seen = feed.content if feed else None, set[str]()
    while content is not None:
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError:
            return
        for item in root.iter("item"):
            enclosure = item.find("enclosure")
            address = str(enclosure.get("url")) if enclosure is not None else ""
            yield ListedEpisode(str(item.findtext("guid")), str(item.findtext("title")), _file(address))
        link = root.find(_NEXT_PAGE)
        name = _file(str(link.get("href"))) if link is not None else ""
        if name in seen or not _PAGE_NAME.fullmatch(name):
            return
        seen.add(name)
        stored = destination.read(name)
        content = stored[0] if stored else None


def _file(address: str) -> str:
    return address.rpartition("/")[2]
