"""One page of the feed: RSS 2.0 with the elements of Apple, Atom and content, and those of `podcast_elements`. Pure.

Sources: rssboard.org/rss-specification; Apple, "Podcast RSS feed requirements"; the Podcast Standards Project's PSP-1;
RFC 5005, section 3, for paging; RFC 2822 for dates; W3C, "WebSub", for the hub.
"""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import format_datetime

from lxml import etree

from .. import __version__
from ..library.session_files import MP3
from ..library.show_notes import notes_html, short_description
from .addresses import ascii_url
from .channel import Channel, Entry
from .podcast_elements import (
    CHAPTERS_NAMESPACE,
    PODCAST_NAMESPACE,
    add_podcast_channel,
    add_podcast_item,
    ai_content,
)
from .xml_elements import add_element, allowed_text, xml_boolean

_NAMESPACES = {
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": PODCAST_NAMESPACE,
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "psc": CHAPTERS_NAMESPACE,
}
_ITUNES, _ATOM, _CONTENT = (f"{{{_NAMESPACES[name]}}}" for name in ("itunes", "atom", "content"))
_LONGEST_DESCRIPTION = 4_000  # characters, Apple's limit


def rss(channel: Channel, entries: Iterable[Entry], is_first: bool, next_page: str | None) -> bytes:
    """Return a page of the feed as an XML document; `next_page` is the path of the page after it."""
    root = etree.Element("rss", {"version": "2.0"}, nsmap=_NAMESPACES)
    element = etree.SubElement(root, "channel")
    _add_channel(element, channel, is_first, next_page)
    is_synthetic = False
    for entry in entries:
        _add_item(etree.SubElement(element, "item"), channel, entry)
        is_synthetic = is_synthetic or entry.episode.synthetic
    if is_synthetic:
        first_item = element.find("item")
        assert first_item is not None
        first_item.addprevious(ai_content(True))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _add_channel(parent: etree._Element, channel: Channel, is_first: bool, next_page: str | None) -> None:
    show = channel.show
    page = ascii_url(show.link) if show.link else channel.url(channel.page)
    add_element(parent, "title", show.title)
    add_element(parent, "link", page)
    add_element(parent, "description", show.description)
    add_element(parent, "language", show.language)
    if show.copyright:
        add_element(parent, "copyright", show.copyright)
    add_element(parent, "generator", f"audio-builder {__version__}")
    add_element(parent, "lastBuildDate", format_datetime(channel.changed))
    if is_first:  # the name of a later page may be derived from its content, so the content cannot have it
        _add_link(parent, "self", channel.url(channel.feed))
        if show.hub:
            add_element(parent, f"{_ATOM}link", rel="hub", href=ascii_url(show.hub))
    if next_page or not is_first:
        _add_link(parent, "first", channel.url(channel.feed))
    if next_page:
        _add_link(parent, "next", channel.url(next_page))
    image = etree.SubElement(parent, "image")
    add_element(image, "url", channel.url(channel.cover))
    add_element(image, "title", show.title)
    add_element(image, "link", page)
    _add_itunes_channel(parent, channel)
    add_podcast_channel(parent, channel)


def _add_itunes_channel(parent: etree._Element, channel: Channel) -> None:
    show = channel.show
    add_element(parent, f"{_ITUNES}author", show.author)
    add_element(parent, f"{_ITUNES}image", href=channel.url(channel.cover))
    for category in show.categories:
        main, _, sub = (part.strip() for part in category.partition(">"))
        outer = etree.SubElement(parent, f"{_ITUNES}category", {"text": main})
        if sub:
            etree.SubElement(outer, f"{_ITUNES}category", {"text": sub})
    add_element(parent, f"{_ITUNES}explicit", xml_boolean(show.explicit))
    add_element(parent, f"{_ITUNES}type", "serial" if show.serial else "episodic")
    if show.owner:
        owner = etree.SubElement(parent, f"{_ITUNES}owner")
        add_element(owner, f"{_ITUNES}name", show.owner.name or show.author)
        add_element(owner, f"{_ITUNES}email", show.owner.email)
    if show.update_frequency == "complete":
        add_element(parent, f"{_ITUNES}complete", "Yes")
    if show.block:
        add_element(parent, f"{_ITUNES}block", "Yes")
    if show.moved_to:
        add_element(parent, f"{_ITUNES}new-feed-url", ascii_url(show.moved_to))


def _add_item(parent: etree._Element, channel: Channel, entry: Entry) -> None:
    episode, files = entry.episode, entry.files
    add_element(parent, "title", entry.title)
    add_element(parent, "link", channel.url(files.page))
    notice = entry.replacement_notice
    description = "\n\n".join(filter(None, [notice, short_description(episode)]))
    add_element(parent, "description", description[:_LONGEST_DESCRIPTION])
    pictures = {name: channel.url(path) for name, path in files.pictures.items()}
    notes = allowed_text((f"<p>{notice}</p>\n" if notice else "") + notes_html(episode, pictures))
    # a CDATA section cannot hold its own end
    add_element(parent, f"{_CONTENT}encoded").text = notes if "]]>" in notes else etree.CDATA(notes)
    add_element(
        parent, "enclosure", url=channel.url(files.mp3), length=str(episode.bytes), type=MP3.mime_type
    )
    add_element(parent, "guid", entry.guid, isPermaLink="false")
    add_element(parent, "pubDate", format_datetime(entry.date))
    _add_itunes_item(parent, channel, entry)
    add_podcast_item(parent, channel, entry)


def _add_itunes_item(parent: etree._Element, channel: Channel, entry: Entry) -> None:
    add_element(parent, f"{_ITUNES}title", entry.title)
    add_element(parent, f"{_ITUNES}author", channel.show.author)
    add_element(parent, f"{_ITUNES}duration", str(round(entry.episode.length_ms / 1000)))
    add_element(parent, f"{_ITUNES}image", href=channel.url(entry.files.image))
    add_element(parent, f"{_ITUNES}explicit", xml_boolean(channel.show.explicit))
    add_element(parent, f"{_ITUNES}episodeType", entry.type)
    if entry.season is not None:
        add_element(parent, f"{_ITUNES}season", str(entry.season))
    if entry.number is not None:
        add_element(parent, f"{_ITUNES}episode", str(entry.number))


def _add_link(parent: etree._Element, relation: str, url: str) -> None:
    add_element(parent, f"{_ATOM}link", rel=relation, href=url, type="application/rss+xml")
