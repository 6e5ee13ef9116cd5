"""The show's page: one static file with a player, which works on any web server and straight from a disk."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlsplit

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from ..languages.catalogue import Catalogue, catalogue
from ..languages.formats import decimal, long_date, megabytes, text_direction
from ..library.chapters import picture_alts
from ..library.show_notes import ABOUT_SILENCE, props_line
from ..pictures.cover import LARGE_SIZE
from ..units import clock, stamp
from .channel import Channel, Entry
from .link_previews import preview_tags, structured_data

PAGE_FILE = "index.html"
_GENERATOR = '<meta name="generator" content="audio-builder">'
_SEALED = re.compile(rb'<meta name="generator" content="audio-builder(?: ([0-9a-f]{16}))?">')
_TEMPLATES = Path(__file__).parents[1] / "templates"
_ICON = _TEMPLATES.parent / "web" / "static" / "icon.svg"
_SPEEDS = (0.9, 1.1, 1.25)
"""What the page offers besides the speed of the recording."""


def is_custom(page: bytes) -> bool:
    """Return whether an author wrote or changed a page, which the program therefore leaves as it is."""
    written = _SEALED.search(page)
    return written is None or (written[1] is not None and written[1] != _seal(page))


def _seal(page: bytes) -> bytes:
    """Return a hash of a page, which tells whether it was changed. Pages of earlier versions have none in them."""
    return hashlib.sha256(_SEALED.sub(_GENERATOR.encode(), page, 1)).hexdigest()[:16].encode()


def show_page(channel: Channel, entries: Sequence[Entry], cover_width: int = LARGE_SIZE) -> bytes:
    """Return the page of these episodes as HTML, in the order given. `cover_width` is that of the cover, in pixels.

    Its addresses are relative, so it works in any folder that also holds its files. If the channel has no base
    address, the page offers no subscription and no preview of its links.
    """
    feed = channel.url(channel.feed) if channel.base else ""
    words = catalogue(channel.show.language)
    data = structured_data(channel, entries)
    page = _template().render(
        show=channel.show,
        direction=text_direction(channel.show.language),
        cover=_reference(channel.cover),
        icon=_reference(channel.icon),
        drawn_icon=_drawn_icon(),
        canonical=channel.url(channel.page) if channel.base else "",
        previews=preview_tags(channel, entries, cover_width),
        structured_data=htmlsafe_json_dumps(data, ensure_ascii=False) if data else "",
        entries=[_entry_fields(entry) for entry in entries],
        feed=feed,
        apps=_subscription_links(feed) if feed else [],
        qr_code=Markup(qr_code(feed, words)) if feed else "",
        _=words.gettext,
        generator=Markup(_GENERATOR),
        funding=words.gettext(channel.show.funding.text) if channel.show.funding else "",
        about_silence=words.gettext(ABOUT_SILENCE),
    )
    seal = _GENERATOR.replace("audio-builder", f"audio-builder {_seal(page.encode()).decode()}")
    return page.replace(_GENERATOR, seal, 1).encode()


def qr_code(url: str, words: Catalogue) -> str:
    """Return the QR code of the feed's address as an SVG element, dark on light with a quiet zone."""
    title = words.gettext("QR code of the feed's address")
    drawing: str = segno.make(url, error="m", micro=False).svg_inline(
        scale=4, border=4, dark="#000", light="#fff", title=title, omitsize=True
    )
    return drawing


@cache
def _drawn_icon() -> str:
    """Return the program's icon as a `data:` address, so that the page has it wherever it is opened."""
    return f"data:image/svg+xml,{quote(_ICON.read_text('utf-8').strip())}"


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("page.html")


def _entry_fields(entry: Entry) -> dict[str, object]:
    episode, files = entry.episode, entry.files
    return {
        "name": episode.name,
        "title": entry.title,
        "summary": " ".join(filter(None, [entry.replacement_notice, episode.summary])),
        "language": episode.language,
        "direction": text_direction(episode.language),
        "words": catalogue(episode.language),
        "date": f"{entry.date:%Y-%m-%d}",
        "date_in_words": long_date(entry.date.date(), episode.language),
        "speeds": [(speed, decimal(speed, episode.language)) for speed in _SPEEDS],
        "length": clock(episode.length_ms),
        "size": megabytes(episode.bytes, episode.language),
        "mp3": _reference(files.mp3),
        "image": _reference(files.image),
        "transcript": _reference(files.txt),
        "chapters": [
            {"start": chapter.start_ms / 1000, "stamp": stamp(chapter.start_ms), "title": chapter.title}
            for chapter in episode.chapters
        ],
        "pictures": [
            {"address": _reference(files.pictures[name]), "alt": alt}
            for name, alt in picture_alts(episode).items()
        ],
        "props": props_line(episode.props, episode.language),
        "cautions": [
            caution.full for caution in sorted(episode.cautions, key=lambda caution: not caution.named)
        ],
        "synthetic": episode.synthetic,
        "recorded": episode.recorded is True,
    }


def _reference(path: str) -> str:
    """Return a path as a relative reference, with every character encoded that would end it."""
    return quote(path, safe="/?=&%")


def _subscription_links(feed: str) -> list[tuple[str, str]]:
    """Return the names of podcast apps, each with the address that subscribes to the feed in it."""
    without_scheme = feed.removeprefix(f"{urlsplit(feed).scheme}://")
    encoded = quote(feed, safe="")
    return [
        ("Apple Podcasts", f"podcast://{without_scheme}"),
        ("Overcast", f"overcast://x-callback-url/add?url={encoded}"),
        ("Pocket Casts", f"pktc://subscribe/{without_scheme}"),
        ("AntennaPod", f"https://antennapod.org/deeplink/subscribe?url={encoded}"),
    ]
