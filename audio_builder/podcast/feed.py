"""The podcast's feed: RSS 2.0 with the namespaces of Apple, Podcasting 2.0, Atom and content. Pure.

Sources: rssboard.org/rss-specification; Apple, "Podcast RSS feed requirements"; the Podcast Standards Project's PSP-1;
podcastindex.org/namespace/1.0; RFC 5005, section 3, for paging; RFC 2822 for dates.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import cache

from lxml import etree

from .. import __version__
from ..library import show_notes
from .show import Channel, Entry, Show, ascii_url

UNPAGED = 1_000
"""Episodes up to which a feed is one page, as long as it stays below `HEAVIEST`."""
HEAVIEST = 4_800_000
"""Bytes that a feed may have: the W3C validator refuses more than 5,000,000."""
PAGE = 900_000
"""Bytes that a page may have once a feed is paged."""

_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_PODCAST = "https://podcastindex.org/namespace/1.0"
_ATOM = "http://www.w3.org/2005/Atom"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_NAMES = {"itunes": _ITUNES, "podcast": _PODCAST, "atom": _ATOM, "content": _CONTENT}
# XML 1.0, section 2.2: what a document cannot hold, escaped or not
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FREQUENCIES = {
    "daily": ("FREQ=DAILY", "Daily"),
    "weekly": ("FREQ=WEEKLY", "Weekly"),
    "biweekly": ("FREQ=WEEKLY;INTERVAL=2", "Every two weeks"),
    "monthly": ("FREQ=MONTHLY", "Monthly"),
}
_DESCRIPTION = 4_000
"""Characters of a description, Apple's limit."""
_SOUNDBITE = (15, 60)
"""Seconds of a soundbite, at least and at most; the namespace recommends 15 to 120."""


def feed(channel: Channel, entries: Sequence[Entry]) -> bytes:
    """The feed of these episodes, which come as they are to be listed: its first page, where it is paged."""
    ((_, first),) = deque(pages(channel, entries), maxlen=1)
    return first


def page_name(n: int, _content: bytes = b"") -> str:
    """What the pages of a feed are called beside a library; the first is `feed.xml`."""
    return f"feed-{n}.xml"


def pages(
    channel: Channel, entries: Sequence[Entry], name: Callable[[int, bytes], str] = page_name
) -> Iterator[tuple[str, bytes]]:
    """Every page of the feed with its name, the first one last. A feed has one page up to `UNPAGED` episodes; above,
    each page names the next (RFC 5005, section 3), so that a page's name may follow from its content."""
    parts = _parts(entries)
    following = None
    for n in range(len(parts), 0, -1):
        content = _page(channel, parts[n - 1], n > 1, following)
        following = channel.feed if n == 1 else name(n, content)
        yield following, content


def _parts(entries: Sequence[Entry]) -> list[Sequence[Entry]]:
    """The entries by page, by an estimate of their bytes that errs on the high side."""
    weights = [_weight(entry) for entry in entries]
    if len(entries) <= UNPAGED and sum(weights) <= HEAVIEST:
        return [entries]
    parts, begin, weight = [], 0, 0
    for n, more in enumerate(weights):
        if n > begin and weight + more > PAGE - _HEAD:
            parts.append(entries[begin:n])
            begin, weight = n, 0
        weight += more
    return [*parts, entries[begin:]]


_HEAD = 16_000


def _weight(entry: Entry) -> int:
    """About how many bytes an item takes, never fewer."""
    episode, files = entry.episode, entry.files
    addresses = sum(map(len, (files.mp3, files.vtt, files.srt, files.txt, files.chapters, 2 * files.image)))
    words = 3 * len(entry.title) + 2 * len(episode.summary) + 2 * len(episode.notes)
    words += 2 * sum(len(mark.title) + 30 for mark in episode.chapters)
    words += 2 * sum(map(len, episode.props)) + sum(len(caution.full) + 12 for caution in episode.cautions)
    return addresses + 2 * len(files.page) + 3_000 + (words if words < 400 else words * 5 // 4)


def _page(channel: Channel, entries: Iterable[Entry], later: bool, after: str | None) -> bytes:
    root = etree.Element("rss", {"version": "2.0"}, nsmap=_NAMES)
    _fill(etree.SubElement(root, "channel"), channel, entries, later, after)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _fill(
    into: etree._Element, channel: Channel, entries: Iterable[Entry], later: bool, after: str | None
) -> None:
    show = channel.show
    page = ascii_url(show.link) if show.link else channel.url(channel.page)
    _add(into, "title", show.title)
    _add(into, "link", page)
    _add(into, "description", show.description)
    _add(into, "language", show.language)
    if show.copyright:
        _add(into, "copyright", show.copyright)
    _add(into, "generator", f"audio-builder {__version__}")
    _add(into, "lastBuildDate", _date(channel.changed))
    if not later:  # the name of a later page may follow from its content, which cannot hold it
        _link(into, "self", channel.url(channel.feed))
    if later or after:
        _link(into, "first", channel.url(channel.feed))
    if after:
        _link(into, "next", channel.url(after))
    image = etree.SubElement(into, "image")
    _add(image, "url", channel.url(channel.cover))
    _add(image, "title", show.title)
    _add(image, "link", page)
    _itunes(into, channel)
    _podcast(into, channel)
    synthetic = False
    for entry in entries:
        _item(etree.SubElement(into, "item"), channel, entry)
        synthetic = synthetic or entry.episode.synthetic
    if synthetic:
        mark = etree.Element(_podcast_name("txt"), {"purpose": "ai-content"})
        mark.text = "true"
        first = into.find("item")
        assert first is not None
        first.addprevious(mark)


def _itunes(into: etree._Element, channel: Channel) -> None:
    show = channel.show
    _add(into, _itunes_name("author"), show.author)
    _add(into, _itunes_name("image"), href=channel.url(channel.cover))
    for category in show.categories:
        main, _, sub = (part.strip() for part in category.partition(">"))
        outer = etree.SubElement(into, _itunes_name("category"), {"text": main})
        if sub:
            etree.SubElement(outer, _itunes_name("category"), {"text": sub})
    _add(into, _itunes_name("explicit"), _truth(show.explicit))
    _add(into, _itunes_name("type"), "serial" if show.serial else "episodic")
    if show.owner:
        owner = etree.SubElement(into, _itunes_name("owner"))
        _add(owner, _itunes_name("name"), show.owner.name or show.author)
        _add(owner, _itunes_name("email"), show.owner.email)
    if show.update_frequency == "complete":
        _add(into, _itunes_name("complete"), "Yes")
    if show.moved_to:
        _add(into, _itunes_name("new-feed-url"), ascii_url(show.moved_to))


def _podcast(into: etree._Element, channel: Channel) -> None:
    show = channel.show
    _add(into, _podcast_name("guid"), channel.guid)
    owner = {"owner": show.owner.email} if show.owner else {}
    _add(into, _podcast_name("locked"), "yes" if show.locked else "no", **owner)
    _add(into, _podcast_name("medium"), "podcast")
    _add(into, _podcast_name("image"), href=channel.url(channel.cover), alt=_clean(f"Cover of {show.title}"))
    _add(into, _podcast_name("person"), show.author, role="host")
    if show.license:
        _license(into, show)
    if show.funding:
        _add(into, _podcast_name("funding"), show.funding.text, url=ascii_url(show.funding.url))
    if show.update_frequency == "complete":
        _add(into, _podcast_name("updateFrequency"), "Complete", complete="true")
    elif show.update_frequency:
        rule, words = _FREQUENCIES[show.update_frequency]
        _add(into, _podcast_name("updateFrequency"), words, rrule=rule)


def _item(into: etree._Element, channel: Channel, entry: Entry) -> None:
    episode, files, show = entry.episode, entry.files, channel.show
    _add(into, "title", entry.title)
    _add(into, "link", channel.url(files.page))
    _add(into, "description", show_notes.text(episode)[:_DESCRIPTION])
    written = _clean(show_notes.html(episode))
    # a CDATA section cannot hold its own end
    _add(into, f"{{{_CONTENT}}}encoded").text = written if "]]>" in written else etree.CDATA(written)
    _add(into, "enclosure", url=channel.url(files.mp3), length=str(episode.bytes), type="audio/mpeg")
    _add(into, "guid", entry.guid, isPermaLink="false")
    _add(into, "pubDate", _date(entry.date))
    _add(into, _itunes_name("title"), entry.title)
    _add(into, _itunes_name("author"), show.author)
    _add(into, _itunes_name("duration"), str(round(episode.length_ms / 1000)))
    _add(into, _itunes_name("image"), href=channel.url(files.image))
    _add(into, _itunes_name("explicit"), _truth(show.explicit))
    _add(into, _itunes_name("episodeType"), entry.kind)
    if entry.season is not None:
        _add(into, _itunes_name("season"), str(entry.season))
        names = {season.number: season.name for season in show.seasons}
        named = {"name": _clean(names[entry.season])} if entry.season in names else {}
        _add(into, _podcast_name("season"), str(entry.season), **named)
    if entry.number is not None:
        _add(into, _itunes_name("episode"), str(entry.number))
        _add(into, _podcast_name("episode"), str(entry.number))
    language = {"language": episode.language}
    _add(into, _podcast_name("transcript"), url=channel.url(files.vtt), type="text/vtt", **language)
    _add(
        into, _podcast_name("transcript"), url=channel.url(files.srt), type="application/x-subrip", **language
    )
    _add(into, _podcast_name("transcript"), url=channel.url(files.txt), type="text/plain", **language)
    _add(into, _podcast_name("chapters"), url=channel.url(files.chapters), type="application/json+chapters")
    _add(into, _podcast_name("image"), href=channel.url(files.image), alt=_clean(f"Cover of {entry.title}"))
    _add(into, _podcast_name("person"), show.author, role="host")
    if bite := _soundbite(entry):
        _add(into, _podcast_name("soundbite"), bite[2], startTime=bite[0], duration=bite[1])
    if show.license:
        _license(into, show)
    _add(into, _podcast_name("txt"), _truth(episode.synthetic), purpose="ai-content")


def _soundbite(entry: Entry) -> tuple[str, str, str] | None:
    """Start, duration and title of a taste of the session: the beginning of its second chapter."""
    marks = entry.episode.chapters
    if len(marks) < 2:
        return None
    length = min(marks[1].length_ms // 1000, _SOUNDBITE[1])
    if length < _SOUNDBITE[0]:
        return None
    return f"{marks[1].start_ms / 1000:.1f}", f"{length}.0", marks[1].title[:128]


def _license(into: etree._Element, show: Show) -> None:
    url = {"url": ascii_url(show.license_url)} if show.license_url else {}
    _add(into, _podcast_name("license"), show.license, **url)


def _link(into: etree._Element, rel: str, href: str) -> None:
    _add(into, f"{{{_ATOM}}}link", rel=rel, href=href, type="application/rss+xml")


def _add(into: etree._Element, name: str, text: str | None = None, /, **attributes: str) -> etree._Element:
    """Another element, with what XML cannot hold left out of its text; attributes with words in them come clean."""
    made = etree.SubElement(into, name, attributes)
    if text is not None:
        made.text = _clean(text)
    return made


def _clean(text: str) -> str:
    return (
        text
        if text.isprintable() and "\ufffe" not in text and "\uffff" not in text
        else _FORBIDDEN.sub("", text)
    )


@cache
def _itunes_name(name: str) -> str:
    return f"{{{_ITUNES}}}{name}"


@cache
def _podcast_name(name: str) -> str:
    return f"{{{_PODCAST}}}{name}"


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _date(moment: datetime) -> str:
    return format_datetime(moment)
