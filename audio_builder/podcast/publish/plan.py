"""Plan a publication: everything that will be written and deleted, decided before anything changes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ...errors import PublishFailed
from ...files import read_file
from ...library import storage
from ...library.chapters import PICTURE_TYPES, chapters_json, is_intact_picture, picture_alts
from ...library.manifest import Episode
from ...library.session_files import CHAPTERS, FORMAT_FILES, MP3, PUBLIC_FILES
from ..edition import Edition, current_edition, with_change_date, with_paths
from ..feed import feed_pages
from ..page import GENERATOR, show_page
from ..podcast import Podcast
from .checks import check_destination, check_podcast, check_sessions
from .destination import Destination, Upload
from .snapshot import FEED_NAME, PAGE_NAME, RECORD_NAME, Snapshot, take_snapshot

_MEDIA = "media/"
_DIGITS = 12  # of the SHA-256 of a file, which are part of its name
_RECORD_ACCURACY = timedelta(days=1)
_FOREVER = "public, max-age=31536000, immutable"
_FIVE_MINUTES = "public, max-age=300"
_HTACCESS_NAME = ".htaccess"
_HTACCESS = b"""# For Apache: lets players on other web pages read transcripts and chapters.
<FilesMatch "\\.(vtt|srt|txt|json)$">
  <IfModule mod_headers.c>
    Header set Access-Control-Allow-Origin "*"
  </IfModule>
</FilesMatch>
AddType audio/mpeg .mp3
AddType audio/mp4 .m4b
AddType audio/ogg .opus
AddType audio/flac .flac
AddType text/vtt .vtt
AddType application/x-subrip .srt
AddType application/rss+xml .xml
"""
_FEED_TYPE, _PAGE_TYPE = "application/rss+xml; charset=utf-8", "text/html; charset=utf-8"


@dataclass(frozen=True)
class PublishPlan:
    """A publication that has not been carried out yet.

    `writes` are in the order of writing. After them come `feed`, which replaces the one in the snapshot, `record`, and
    `deletions`; a write that is not needed is None. `unchanged` counts the files of sessions that are there already.
    """

    podcast: Podcast
    edition: Edition
    snapshot: Snapshot
    writes: tuple[Upload, ...]
    feed: Upload | None
    record: Upload | None
    deletions: tuple[str, ...]
    unchanged: int
    notices: tuple[str, ...]

    @property
    def feed_url(self) -> str:
        """The public address of the feed."""
        return self.edition.channel.url(FEED_NAME)

    @property
    def written(self) -> tuple[str, ...]:
        """The names of all files to write except the record."""
        return tuple(upload.name for upload in (*self.writes, self.feed) if upload is not None)


def plan_publication(
    podcast: Podcast, destination: Destination, now: datetime, prune: timedelta | None = None
) -> PublishPlan:
    """Return what has to be done so that a destination says what the podcast says now. Only reads.

    Files are deleted only if they belong to the session that is being withdrawn, or if no feed has used them for
    the time `prune`. Raises PublishFailed if the destination holds another show or has episodes that this registry
    does not know, and if a session is damaged.
    """
    check_podcast(podcast)
    snapshot = take_snapshot(destination)
    edition = with_change_date(current_edition(podcast, now), now)
    check_destination(podcast, edition, snapshot)
    check_sessions(podcast, (entry.episode for entry in edition.entries))
    episodes = [entry.episode for entry in edition.entries]
    media = _media(podcast.folder, episodes, lambda name: edition.channel.url(_MEDIA + name))
    pictures = _pictures(podcast.folder, episodes)
    cover = Upload(f"cover.{_digest(podcast.cover)}.jpg", podcast.cover, "image/jpeg", _FOREVER)
    public = with_paths(edition, lambda one, suffix: media[one.name, suffix].name, cover.name, _MEDIA.__add__)
    *later_pages, (_, feed) = feed_pages(public.channel, public.entries, _page_name)
    immutable = [
        *pictures,
        *media.values(),
        cover,
        *(Upload(name, content, _FEED_TYPE, _FOREVER) for name, content in later_pages),
    ]
    used = {upload.name for upload in immutable}
    new = [upload for upload in immutable if not snapshot.holds(upload.name, upload.size)]
    unchanged = {upload.name for upload in media.values()} - {upload.name for upload in new}
    return PublishPlan(
        podcast=podcast,
        edition=public,
        snapshot=snapshot,
        writes=(*new, *_replaced_files(public, snapshot)),
        feed=_changed_feed(feed, snapshot),
        record=_record(used, snapshot, now),
        deletions=tuple(_deletions(used, snapshot, now, podcast.withdrawing, prune)),
        unchanged=len(unchanged),
        notices=(*public.notices, *_destination_notices(public, snapshot)),
    )


def _media(
    folder: Path, episodes: list[Episode], picture_url: Callable[[str], str]
) -> dict[tuple[str, str], Upload]:
    """Return the public files of the sessions, by session and suffix, under names that are never used again.

    `picture_url` gives the address of a chapter picture, which the chapters name.
    """
    media = {}
    for episode in episodes:
        for file in PUBLIC_FILES:
            path = folder / f"{episode.name}{file.suffix}"
            try:
                digest = episode.sha256 if file is MP3 else hashlib.sha256(read_file(path)).hexdigest()
            except OSError as error:
                raise PublishFailed(f"{path}: {error.strerror}. Build {episode.name} again.") from None
            if file is not MP3 and episode.files and episode.files.get(file.suffix) != digest:
                raise PublishFailed(
                    f"{path.name} was changed after it was built. Build {episode.name} again."
                )
            content: Path | bytes = path
            if file is CHAPTERS and picture_alts(episode):
                content = chapters_json(episode, picture_url)
                digest = hashlib.sha256(content).hexdigest()
            name = f"{_MEDIA}{episode.name}.{digest[:_DIGITS]}{file.suffix}"
            media[episode.name, file.suffix] = Upload(name, content, file.content_type, _FOREVER)
        media |= _other_formats(folder, episode)
    return media


def _other_formats(folder: Path, episode: Episode) -> dict[tuple[str, str], Upload]:
    """Return the files of a session in other formats. Raises PublishFailed for one that is damaged or missing."""
    media = {}
    for file in FORMAT_FILES:
        if file.suffix not in (episode.formats or ()):
            continue
        path = folder / f"{episode.name}{file.suffix}"
        if not storage.is_intact_addition(folder, episode, file.suffix):
            raise PublishFailed(f"{path.name} is damaged or missing. Build {episode.name} again.")
        digest = episode.added_files[file.suffix].sha256
        name = f"{_MEDIA}{episode.name}.{digest[:_DIGITS]}{file.suffix}"
        media[episode.name, file.suffix] = Upload(name, path, file.content_type, _FOREVER)
    return media


def _pictures(folder: Path, episodes: list[Episode]) -> list[Upload]:
    """Return the chapter pictures of the sessions. Raises PublishFailed for one that is damaged or missing."""
    users = {name: episode for episode in episodes for name in picture_alts(episode)}
    for name, episode in users.items():
        if not is_intact_picture(folder / name):
            raise PublishFailed(f"{name} is damaged or missing. Build {episode.name} again.")
    return [
        Upload(f"{_MEDIA}{name}", folder / name, PICTURE_TYPES[Path(name).suffix], _FOREVER)
        for name in sorted(users)
    ]


def _page_name(n: int, content: bytes) -> str:
    return f"feed-{n}.{_digest(content)}.xml"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGITS]


def _replaced_files(edition: Edition, snapshot: Snapshot) -> Iterator[Upload]:
    """Yield the files whose names do not change, except the feed."""
    if snapshot.is_folder and _HTACCESS_NAME not in snapshot.objects:
        yield Upload(_HTACCESS_NAME, _HTACCESS, "text/plain", _FIVE_MINUTES)
    page = show_page(edition.channel, edition.entries)
    if snapshot.page != page and not _is_custom_page(snapshot):
        yield Upload(PAGE_NAME, page, _PAGE_TYPE, _FIVE_MINUTES)


def _changed_feed(content: bytes, snapshot: Snapshot) -> Upload | None:
    if snapshot.feed and snapshot.feed.content == content:
        return None
    return Upload(FEED_NAME, content, _FEED_TYPE, _FIVE_MINUTES)


def _is_custom_page(snapshot: Snapshot) -> bool:
    return snapshot.page is not None and GENERATOR.encode() not in snapshot.page


def _destination_notices(edition: Edition, snapshot: Snapshot) -> Iterator[str]:
    guids = {entry.guid for entry in edition.entries}
    for guid, title in snapshot.feed.titles.items() if snapshot.feed else ():
        if guid not in guids:
            yield f"{title} is no longer in the feed"
    if _is_custom_page(snapshot):
        yield f"The index.html at {snapshot.address} is your own and was left as it is"


def _record(used: set[str], snapshot: Snapshot, now: datetime) -> Upload | None:
    """Return the record of when the feed last used each file, or None if the one that is there is recent enough."""
    last_used = snapshot.last_used
    if all(name in last_used and now - last_used[name] < _RECORD_ACCURACY for name in used):
        return None
    record = {**last_used, **dict.fromkeys(used, now)}
    content = json.dumps({name: date.isoformat() for name, date in sorted(record.items())}, indent=0)
    return Upload(RECORD_NAME, content.encode(), "application/json", _FIVE_MINUTES)


def _deletions(
    used: set[str], snapshot: Snapshot, now: datetime, withdrawing: str | None, prune: timedelta | None
) -> list[str]:
    """Return the names of unused files that belong to the withdrawn session or have been unused for long enough."""
    published = re.compile(rf"(?:{_MEDIA}.+|cover|feed-\d+)\.[0-9a-f]{{{_DIGITS}}}\.[a-z.0-9]+")
    withdrawn = re.compile(rf"{_MEDIA}{re.escape(withdrawing or '')}\.[0-9a-f]{{{_DIGITS}}}\.")
    deletions = []
    for name, stored in snapshot.objects.items():
        if name in used or not published.fullmatch(name):
            continue
        last_used = max(stored.modified, snapshot.last_used.get(name, stored.modified))
        if (prune is not None and now - last_used > prune) or (withdrawing and withdrawn.match(name)):
            deletions.append(name)
    return sorted(deletions)
