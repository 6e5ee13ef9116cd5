"""One page of the feed: RSS 2.0 with the namespaces of Apple, Podcasting 2.0, Atom and content. Pure.

Sources: rssboard.org/rss-specification; Apple, "Podcast RSS feed requirements"; the Podcast Standards Project's PSP-1;
podcastindex.org/namespace/1.0; RFC 5005, section 3, for paging; RFC 2822 for dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.utils import format_datetime

from lxml import etree

from .. import __version__
from ..languages.catalogue import catalogue, translatable
from ..library.session_files import CHAPTERS, MP3, SRT, TXT, VTT
from ..library.show_notes import notes_html, short_description
from .addresses import ascii_url
from .channel import Channel, Entry
from .show import Show

_NAMESPACES = {
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
}
_ITUNES, _PODCAST, _ATOM, _CONTENT = (f"{{{uri}}}" for uri in _NAMESPACES.values())
# XML 1.0, section 2.2: characters that a document cannot hold, not even escaped
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FREQUENCIES = {
    "daily": ("FREQ=DAILY", translatable("Daily")),
    "weekly": ("FREQ=WEEKLY", translatable("Weekly")),
    "biweekly": ("FREQ=WEEKLY;INTERVAL=2", translatable("Every two weeks")),
    "monthly": ("FREQ=MONTHLY", translatable("Monthly")),
}
_LONGEST_DESCRIPTION = 4_000  # characters, Apple's limit
_SHORTEST_SOUNDBITE, _LONGEST_SOUNDBITE = 15, 60  # seconds; the namespace recommends 15 to 120


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
        label = etree.Element(f"{_PODCAST}txt", {"purpose": "ai-content"})
        label.text = "true"
        first_item = element.find("item")
        assert first_item is not None
        first_item.addprevious(label)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _add_channel(parent: etree._Element, channel: Channel, is_first: bool, next_page: str | None) -> None:
    show = channel.show
    page = ascii_url(show.link) if show.link else channel.url(channel.page)
    _add(parent, "title", show.title)
    _add(parent, "link", page)
    _add(parent, "description", show.description)
    _add(parent, "language", show.language)
    if show.copyright:
        _add(parent, "copyright", show.copyright)
    _add(parent, "generator", f"audio-builder {__version__}")
    _add(parent, "lastBuildDate", format_datetime(channel.changed))
    if is_first:  # the name of a later page may be derived from its content, so the content cannot have it
        _add_link(parent, "self", channel.url(channel.feed))
    if next_page or not is_first:
        _add_link(parent, "first", channel.url(channel.feed))
    if next_page:
        _add_link(parent, "next", channel.url(next_page))
    image = etree.SubElement(parent, "image")
    _add(image, "url", channel.url(channel.cover))
    _add(image, "title", show.title)
    _add(image, "link", page)
    _add_itunes_channel(parent, channel)
    _add_podcast_channel(parent, channel)


def _add_itunes_channel(parent: etree._Element, channel: Channel) -> None:
    show = channel.show
    _add(parent, f"{_ITUNES}author", show.author)
    _add(parent, f"{_ITUNES}image", href=channel.url(channel.cover))
    for category in show.categories:
        main, _, sub = (part.strip() for part in category.partition(">"))
        outer = etree.SubElement(parent, f"{_ITUNES}category", {"text": main})
        if sub:
            etree.SubElement(outer, f"{_ITUNES}category", {"text": sub})
    _add(parent, f"{_ITUNES}explicit", _boolean(show.explicit))
    _add(parent, f"{_ITUNES}type", "serial" if show.serial else "episodic")
    if show.owner:
        owner = etree.SubElement(parent, f"{_ITUNES}owner")
        _add(owner, f"{_ITUNES}name", show.owner.name or show.author)
        _add(owner, f"{_ITUNES}email", show.owner.email)
    if show.update_frequency == "complete":
        _add(parent, f"{_ITUNES}complete", "Yes")
    if show.moved_to:
        _add(parent, f"{_ITUNES}new-feed-url", ascii_url(show.moved_to))


def _add_podcast_channel(parent: etree._Element, channel: Channel) -> None:
    show, words = channel.show, catalogue(channel.show.language)
    _add(parent, f"{_PODCAST}guid", channel.guid)
    owner = {"owner": show.owner.email} if show.owner else {}
    _add(parent, f"{_PODCAST}locked", "yes" if show.locked else "no", **owner)
    _add(parent, f"{_PODCAST}medium", "podcast")
    _add_cover(parent, channel.url(channel.cover), show.title, show.language)
    _add(parent, f"{_PODCAST}person", show.author, role="host")
    _add_license(parent, show)
    if show.funding:
        _add(parent, f"{_PODCAST}funding", words.gettext(show.funding.text), url=ascii_url(show.funding.url))
    if show.update_frequency == "complete":
        _add(parent, f"{_PODCAST}updateFrequency", words.gettext("Complete"), complete="true")
    elif show.update_frequency:
        rule, message = _FREQUENCIES[show.update_frequency]
        _add(parent, f"{_PODCAST}updateFrequency", words.gettext(message), rrule=rule)


def _add_item(parent: etree._Element, channel: Channel, entry: Entry) -> None:
    episode, files = entry.episode, entry.files
    _add(parent, "title", entry.title)
    _add(parent, "link", channel.url(files.page))
    notice = entry.replacement_notice
    description = "\n\n".join(filter(None, [notice, short_description(episode)]))
    _add(parent, "description", description[:_LONGEST_DESCRIPTION])
    pictures = {name: channel.url(path) for name, path in files.pictures.items()}
    notes = _cleaned((f"<p>{notice}</p>\n" if notice else "") + notes_html(episode, pictures))
    # a CDATA section cannot hold its own end
    _add(parent, f"{_CONTENT}encoded").text = notes if "]]>" in notes else etree.CDATA(notes)
    _add(parent, "enclosure", url=channel.url(files.mp3), length=str(episode.bytes), type=MP3.mime_type)
    _add(parent, "guid", entry.guid, isPermaLink="false")
    _add(parent, "pubDate", format_datetime(entry.date))
    _add_itunes_item(parent, channel, entry)
    _add_podcast_item(parent, channel, entry)


def _add_itunes_item(parent: etree._Element, channel: Channel, entry: Entry) -> None:
    _add(parent, f"{_ITUNES}title", entry.title)
    _add(parent, f"{_ITUNES}author", channel.show.author)
    _add(parent, f"{_ITUNES}duration", str(round(entry.episode.length_ms / 1000)))
    _add(parent, f"{_ITUNES}image", href=channel.url(entry.files.image))
    _add(parent, f"{_ITUNES}explicit", _boolean(channel.show.explicit))
    _add(parent, f"{_ITUNES}episodeType", entry.type)
    if entry.season is not None:
        _add(parent, f"{_ITUNES}season", str(entry.season))
    if entry.number is not None:
        _add(parent, f"{_ITUNES}episode", str(entry.number))


def _add_podcast_item(parent: etree._Element, channel: Channel, entry: Entry) -> None:
    episode, files, show = entry.episode, entry.files, channel.show
    if entry.season is not None:
        names = {season.number: season.name for season in show.seasons}
        name = {"name": _cleaned(names[entry.season])} if entry.season in names else {}
        _add(parent, f"{_PODCAST}season", str(entry.season), **name)
    if entry.number is not None:
        _add(parent, f"{_PODCAST}episode", str(entry.number))
    for path, file in ((files.vtt, VTT), (files.srt, SRT), (files.txt, TXT)):
        attributes = {"url": channel.url(path), "type": file.mime_type, "language": episode.language}
        _add(parent, f"{_PODCAST}transcript", **attributes)
    _add(parent, f"{_PODCAST}chapters", url=channel.url(files.chapters), type=CHAPTERS.mime_type)
    _add_cover(parent, channel.url(files.image), entry.title, episode.language)
    _add(parent, f"{_PODCAST}person", show.author, role="host")
    _add_soundbite(parent, entry)
    _add_license(parent, show)
    _add(parent, f"{_PODCAST}txt", _boolean(episode.synthetic), purpose="ai-content")


def _add_soundbite(parent: etree._Element, entry: Entry) -> None:
    """Add the beginning of the second chapter as a taste of the session, unless that chapter is too short."""
    for chapter in entry.episode.chapters[1:2]:
        seconds = min(chapter.length_ms // 1000, _LONGEST_SOUNDBITE)
        if seconds >= _SHORTEST_SOUNDBITE:
            times = {"startTime": f"{chapter.start_ms / 1000:.1f}", "duration": f"{seconds}.0"}
            _add(parent, f"{_PODCAST}soundbite", chapter.title[:128], **times)


def _add_cover(parent: etree._Element, url: str, title: str, language: str) -> None:
    alt = catalogue(language).gettext("Cover of {title}", title=title)
    _add(parent, f"{_PODCAST}image", href=url, alt=_cleaned(alt))


def _add_license(parent: etree._Element, show: Show) -> None:
    if show.license:
        url = {"url": ascii_url(show.license_url)} if show.license_url else {}
        _add(parent, f"{_PODCAST}license", show.license, **url)


def _add_link(parent: etree._Element, relation: str, url: str) -> None:
    _add(parent, f"{_ATOM}link", rel=relation, href=url, type="application/rss+xml")


def _add(parent: etree._Element, name: str, text: str | None = None, /, **attributes: str) -> etree._Element:
    """Add an element. Its text is cleaned; attributes that hold free text must be cleaned by the caller."""
    element = etree.SubElement(parent, name, attributes)
    if text is not None:
        element.text = _cleaned(text)
    return element


def _cleaned(text: str) -> str:
    """Return the text without the characters that XML cannot hold."""
    # printable text has no such characters, and the check is much faster than the expression
    return text if text.replace("\n", "").isprintable() else _FORBIDDEN.sub("", text)


def _boolean(value: bool) -> str:
    return "true" if value else "false"
