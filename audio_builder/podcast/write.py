"""Write the feed, the page and the cover of a podcast into its library."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import chain
from pathlib import Path

from ..errors import AudioBuilderError
from ..files import read_file
from ..library import storage
from ..library.transactions import transaction
from ..pictures.icon import icon, picture_width
from .edition import Edition, current_edition, with_change_date
from .feed import feed_pages, first_page
from .outdated import outdated_notices
from .page import PAGE_FILE, is_custom, show_page
from .podcast import Podcast
from .registry import write_registry

_LATER_PAGE = re.compile(r"feed-\d+\.xml")
_NO_BASE_URL = (
    "Apps need the address of the folder that will hold the files: add base_url to show.toml, or give "
    "--base-url https://…."
)


def write_podcast(podcast: Podcast, now: datetime) -> Edition:
    """Write the page, the cover and the feed, save the registry, and return what was written.

    An `index.html` of the author's own stays as it is, with a notice. Raises AudioBuilderError if the MP3 of an episode
    is damaged or missing. Without a base URL the page and the cover are written, and then AudioBuilderError is raised
    for the feed.
    """
    edition = _checked_edition(podcast, now)
    if podcast.show.base_url:
        edition = with_change_date(edition, now)
        save_registry(podcast, edition)
    pages = feed_pages(edition.channel, edition.entries) if podcast.show.base_url else iter(())
    cover = podcast.cover
    page = show_page(edition.channel, edition.entries, picture_width(cover))
    others = [("cover.jpg", cover), ("icon.png", icon(cover))]
    page_file = podcast.folder / PAGE_FILE
    keeps_page = has_custom_page(podcast.folder)
    _write_files(podcast.folder, chain(pages, others if keeps_page else [(PAGE_FILE, page), *others]))
    if not podcast.show.base_url:
        written = "the cover" if keeps_page else "the page and the cover"
        raise AudioBuilderError(f"Wrote {written}, but not the feed. {_NO_BASE_URL}")
    notice = f"{page_file} is your own and was left as it is"
    return replace(edition, notices=(*edition.notices, notice)) if keeps_page else edition


def has_custom_page(folder: Path) -> bool:
    """Return whether the library has a page of the author's own."""
    page = folder / PAGE_FILE
    return page.is_file() and is_custom(read_file(page))


def preview_podcast(podcast: Podcast, now: datetime) -> tuple[Edition, bytes]:
    """Return what `write_podcast` would write at that moment, and the first page of the feed. Nothing is written.

    Raises AudioBuilderError if the MP3 of an episode is damaged or missing, or if there is no base URL.
    """
    edition = _checked_edition(podcast, now)
    if not podcast.show.base_url:
        raise AudioBuilderError(f"No feed to show. {_NO_BASE_URL}")
    edition = with_change_date(edition, now)
    return edition, first_page(edition.channel, edition.entries)


def save_registry(podcast: Podcast, edition: Edition) -> None:
    """Save the edition's registry, and the guid of each episode in its manifest."""
    write_registry(podcast.registry_file, edition.registry, podcast.stored_registry)
    for entry in edition.entries:
        if entry.guid != entry.episode.guid:
            storage.record_guid(podcast.folder, entry.episode.name, entry.guid)


def _checked_edition(podcast: Podcast, now: datetime) -> Edition:
    edition = current_edition(podcast, now)
    for episode in edition.sessions:
        if not storage.has_sound(podcast.folder, episode):
            raise AudioBuilderError(f"{episode.name}.mp3 is damaged or missing. Build it again.")
    return replace(edition, notices=(*edition.notices, *outdated_notices(podcast, edition.sessions)))


def _write_files(folder: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write all the files into the library or none, then delete pages that the feed no longer has."""
    names = set()
    with transaction(folder) as staging:
        for name, content in files:
            names.add(name)
            (staging / name).write_bytes(content)
    for path in folder.glob("feed-*.xml"):
        if path.name not in names and _LATER_PAGE.fullmatch(path.name):  # an author may keep others
            path.unlink(missing_ok=True)
