"""The podcast's feed and how it is split into pages (RFC 5005, section 3)."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from html import escape

from msgspec.structs import replace

from .addresses import ascii_path
from .channel import Channel, Entry
from .rss import rss

UNPAGED = 1_000
"""The number of episodes up to which a feed has one page, as long as it stays below `_LARGEST_FEED`."""
PAGE_BYTES = 900_000
"""The size limit of a page once a feed is paged."""
WITH_CHAPTERS = 100
"""The number of the newest episodes whose chapters the feed itself has. Apps fetch those of others from their files."""
_LARGEST_FEED = 4_800_000  # bytes; the W3C validator refuses more than 5,000,000
_HEAD_BYTES = 16_000
_MOST_CHAPTERS = 100  # of an episode whose chapters the feed has; a list of them takes about 15 kB


def first_page(channel: Channel, entries: Sequence[Entry]) -> bytes:
    """Return the feed of these episodes, or its first page if it is paged. The entries are in the order to list."""
    ((_, content),) = deque(feed_pages(channel, entries), maxlen=1)
    return content


def feed_page_name(n: int, _content: bytes = b"") -> str:
    """Return the name of the n-th page of the feed in a library, from 2 on; the first is `feed.xml`."""
    return f"feed-{n}.xml"


def feed_pages(
    channel: Channel, entries: Sequence[Entry], name: Callable[[int, bytes], str] = feed_page_name
) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of every page of the feed, the last page first.

    Each page names the next, so this order lets `name` derive a page's name from its number and content.
    """
    parts = _split(channel, _with_chapters(entries))
    next_page = None
    for n in range(len(parts), 0, -1):
        content = rss(channel, parts[n - 1], is_first=n == 1, next_page=next_page)
        next_page = channel.feed if n == 1 else name(n, content)
        yield next_page, content


def _with_chapters(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries, with a mark on those whose chapters the feed has: the newest, unless they have very many."""
    newest = heapq.nlargest(WITH_CHAPTERS, range(len(entries)), key=lambda n: entries[n].date)
    marked = [*entries]
    for n in newest:
        if len(entries[n].episode.chapters) <= _MOST_CHAPTERS:
            marked[n] = replace(entries[n], lists_chapters=True)
    return marked


def _split(channel: Channel, entries: Sequence[Entry]) -> list[Sequence[Entry]]:
    """Return the entries of each page. Sizes are estimated, on the high side."""
    sizes = [_estimated_bytes(channel, entry) for entry in entries]
    if len(entries) <= UNPAGED and sum(sizes) <= _LARGEST_FEED:
        return [entries]
    parts, start, page_size = [], 0, 0
    for n, size in enumerate(sizes):
        if n > start and page_size + size > PAGE_BYTES - _HEAD_BYTES:
            parts.append(entries[start:n])
            start, page_size = n, 0
        page_size += size
    return [*parts, entries[start:]]


def _estimated_bytes(channel: Channel, entry: Entry) -> int:
    """Return an upper bound of the bytes of an item. Texts count by how often the feed has them, with markup."""
    episode, files = entry.episode, entry.files
    paths = sum(map(len, (files.mp3, files.vtt, files.srt, files.txt, files.chapters, 2 * files.image)))
    texts = (
        2 * len(entry.replacement_notice)
        + 3 * len(entry.title)
        + 2 * len(episode.summary)
        + 2 * len(episode.show_notes)
    )
    texts += 2 * sum(len(chapter.title) + 30 for chapter in episode.chapters)
    texts += 2 * sum(map(len, episode.props)) + sum(len(caution.full) + 12 for caution in episode.cautions)
    if entry.lists_chapters:
        pictures = (files.pictures.get(chapter.picture, "") for chapter in episode.chapters)
        paths += sum(len(channel.base) + len(path) + 80 for path in pictures)
        paths += sum(len(escape(chapter.title).encode()) for chapter in episode.chapters)
    for person in channel.show.people:
        shown = (person.name, person.role, person.link or "", person.image or "")
        paths += 90 + sum(map(len, map(ascii_path, shown)))
    if entry.alternates:
        others = [files.mp3, *(file.path for file in entry.alternates)]
        paths += sum(len(channel.base) + len(path) + 350 for path in others)
    return paths + 2 * len(files.page) + 3_000 + (texts if texts < 400 else texts * 5 // 4)
