"""A list of feeds that podcast apps and readers import. Pure.

Source: opml.org/spec2, "Subscription lists".
"""

from __future__ import annotations

from lxml import etree

from .addresses import ascii_url
from .channel import Channel
from .xml_elements import add_element, allowed_text

OPML_TYPE = "text/x-opml; charset=utf-8"


def opml(channel: Channel) -> bytes:
    """Return an OPML 2.0 document with the feed of a channel, whose address must be known."""
    show = channel.show
    root = etree.Element("opml", {"version": "2.0"})
    head = etree.SubElement(root, "head")
    add_element(head, "title", show.title)
    outline = {
        "type": "rss",
        "version": "RSS2",
        "text": allowed_text(show.title),
        "title": allowed_text(show.title),
        "description": allowed_text(show.description),
        "language": show.language,
        "htmlUrl": ascii_url(show.link) if show.link else channel.url(channel.page),
        "xmlUrl": channel.url(channel.feed),  # podget takes the last address for that of the feed
    }
    etree.SubElement(etree.SubElement(root, "body"), "outline", outline)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))
