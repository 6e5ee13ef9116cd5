"""What other programs show of the show's page: previews of links, icons, and data for search engines. Pure.

Sources: ogp.me; schema.org/PodcastSeries and PodcastEpisode; developer.x.com, "Cards".
"""

from __future__ import annotations

from collections.abc import Sequence

from ..languages.catalogue import catalogue
from ..library.session_files import MP3
from .addresses import ascii_url
from .channel import Channel, Entry

LISTED_EPISODES = 10
"""The number of the newest episodes that a page describes to search engines."""
_PREVIEW_LENGTH = 300  # characters; previews cut longer descriptions themselves


def preview_tags(channel: Channel, entries: Sequence[Entry], cover_width: int) -> list[tuple[str, str, str]]:
    """Return the `meta` elements of link previews: the attribute that names each, its name and its content.

    `cover_width` is in pixels. The list is empty if the address of the page is not known, because no preview has
    relative addresses.
    """
    if not channel.base:
        return []
    show = channel.show
    alt = catalogue(show.language).gettext("Cover of {title}", title=show.title)
    properties = {
        "og:type": "website",
        "og:site_name": show.title,
        "og:title": show.title,
        "og:description": _shortened(show.description),
        "og:url": channel.url(channel.page),
        "og:image": channel.url(channel.cover),
        "og:image:type": "image/jpeg",
        "og:image:width": str(cover_width),
        "og:image:height": str(cover_width),
        "og:image:alt": alt,
    }
    if newest := _newest(entries, 1):
        properties["og:audio"] = channel.url(newest[0].files.mp3)
        properties["og:audio:type"] = MP3.mime_type
    tags = [("property", name, content) for name, content in properties.items()]
    return [*tags, ("name", "twitter:card", "summary")]


def structured_data(channel: Channel, entries: Sequence[Entry]) -> dict[str, object] | None:
    """Return the show and its newest episodes as JSON-LD, or None if the address of the page is not known."""
    if not channel.base:
        return None
    show, page = channel.show, channel.url(channel.page)
    series: dict[str, object] = {
        "@type": "PodcastSeries",
        "@id": page,
        "url": page,
        "name": show.title,
        "description": show.description,
        "inLanguage": show.language,
        "image": channel.url(channel.cover),
        "creditText": show.author,  # of a person or of an organisation
        "webFeed": channel.url(channel.feed),
    }
    if show.license_url:
        series["license"] = ascii_url(show.license_url)
    episodes = [_episode(channel, entry, page) for entry in _newest(entries, LISTED_EPISODES)]
    return {"@context": "https://schema.org", "@graph": [series, *episodes]}


def _episode(channel: Channel, entry: Entry, page: str) -> dict[str, object]:
    address, length = channel.url(entry.files.page), _iso_length(entry.episode.length_ms)
    described = {"description": entry.episode.summary} if entry.episode.summary else {}
    numbered = {"episodeNumber": entry.number} if entry.number is not None else {}
    return {
        "@type": "PodcastEpisode",
        "@id": address,
        "url": address,
        "name": entry.title,
        **described,
        **numbered,
        "inLanguage": entry.episode.language,
        "datePublished": f"{entry.date:%Y-%m-%d}",
        "duration": length,
        "image": channel.url(entry.files.image),
        "partOfSeries": {"@id": page},
        "associatedMedia": {
            "@type": "AudioObject",
            "contentUrl": channel.url(entry.files.mp3),
            "encodingFormat": MP3.mime_type,
            "contentSize": str(entry.episode.bytes),
            "duration": length,
        },
    }


def _newest(entries: Sequence[Entry], count: int) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.date, reverse=True)[:count]


def _shortened(text: str) -> str:
    """Return the beginning of a text, cut after a word if it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _PREVIEW_LENGTH else f"{line[:_PREVIEW_LENGTH].rpartition(' ')[0]} …"


def _iso_length(ms: int) -> str:
    """Return a length such as `PT20M30S` (ISO 8601)."""
    minutes, seconds = divmod(round(ms / 1000), 60)
    return f"PT{minutes}M{seconds}S"
