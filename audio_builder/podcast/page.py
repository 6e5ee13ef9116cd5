"""The show's page: one static file with a player, which works from any web server and from a disk."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlsplit

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from ..library import show_notes
from ..units import clock, show, stamp
from .show import Channel, Entry

GENERATOR = '<meta name="generator" content="audio-builder">'
"""What a page of this program says of itself: any other is somebody's own."""
_TEMPLATES = Path(__file__).parents[1] / "templates"


def show_page(channel: Channel, entries: Sequence[Entry]) -> bytes:
    """The page of these episodes, as they are to be listed; addresses in it are relative, so it may lie anywhere
    beside its files. Where the channel has no base it offers no subscription."""
    feed = channel.url(channel.feed) if channel.base else ""
    return (
        _template()
        .render(
            show=channel.show,
            cover=_reference(channel.cover),
            entries=[_shown(entry) for entry in entries],
            feed=feed,
            apps=_apps(feed) if feed else [],
            code=Markup(qr(feed)) if feed else "",
            trimming=show_notes.TRIMMING,
            generator=Markup(GENERATOR),
        )
        .encode()
    )


def qr(text: str) -> str:
    """A QR code as an SVG drawing, dark on light with its quiet zone."""
    drawn: str = segno.make(text, error="m", micro=False).svg_inline(
        scale=4, border=4, dark="#000", light="#fff", title="QR code of the feed's address", omitsize=True
    )
    return drawn


@cache
def _template() -> Template:
    # markup in texts stays text
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("page.html")


def _shown(entry: Entry) -> dict[str, object]:
    episode, files = entry.episode, entry.files
    return {
        "name": episode.name,
        "title": entry.title,
        "summary": episode.summary,
        "language": episode.language,
        "date": f"{entry.date:%Y-%m-%d}",
        "length": clock(episode.length_ms),
        "duration": show(episode.length_ms),
        "megabytes": f"{episode.bytes / 1e6:.0f}",
        "mp3": _reference(files.mp3),
        "image": _reference(files.image),
        "words": _reference(files.txt),
        "captions": _reference(files.vtt),
        "chapters": [
            {"start": mark.start_ms / 1000, "stamp": stamp(mark.start_ms), "title": mark.title}
            for mark in episode.chapters
        ],
        "props": ", ".join(episode.props),
        "named": [caution.full for caution in episode.cautions if caution.named],
        "others": [caution.full for caution in episode.cautions if not caution.named],
        "synthetic": episode.synthetic,
    }


def _reference(name: str) -> str:
    """A relative reference: what could be read as more than a name is encoded."""
    return quote(name, safe="/?=&%+")


def _apps(feed: str) -> list[tuple[str, str]]:
    """Names of podcast apps with the address that subscribes in each."""
    parts = urlsplit(feed)
    bare = feed.removeprefix(f"{parts.scheme}://")
    coded = quote(feed, safe="")
    return [
        ("Apple Podcasts", f"podcast://{bare}"),
        ("Overcast", f"overcast://x-callback-url/add?url={coded}"),
        ("Pocket Casts", f"pktc://subscribe/{bare}"),
        ("AntennaPod", f"https://antennapod.org/deeplink/subscribe?url={coded}"),
    ]
