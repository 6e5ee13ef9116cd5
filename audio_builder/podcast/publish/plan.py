"""Plan a publication: everything that will be written and deleted, decided before anything changes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...pictures.icon import icon, picture_width
from ..alternates import without_quality
from ..edition import Edition, current_edition, with_change_date, with_paths
from ..feed import feed_pages
from ..outdated import outdated_notices
from ..page import PAGE_FILE, is_custom, show_page
from ..podcast import Podcast
from ..registry import session_key
from .checks import check_destination, check_podcast, check_sessions
from .destination import Destination, Upload
from .media_files import (
    FOREVER,
    MEDIA_FOLDER,
    NAME_DIGITS,
    alternate_file,
    chapter_picture_files,
    media_files,
)
from .snapshot import FEED_NAME, HTACCESS_NAME, RECORD_NAME, Snapshot, take_snapshot

_RECORD_ACCURACY = timedelta(days=1)
_FIVE_MINUTES = "public, max-age=300"
_HTACCESS_MARK = b"# For Apache: lets players on other web pages read transcripts and chapters.\n"
_HTACCESS = (
    _HTACCESS_MARK
    + b"""\
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
)
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
    def new_feed(self) -> bytes:
        """The content that the feed has after the publication."""
        feed = self.feed.content if self.feed else self.snapshot.feed and self.snapshot.feed.content
        assert isinstance(feed, bytes)
        return feed

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
    check_sessions(podcast, edition.sessions)
    public, media, pictures = _public_files(podcast, edition)
    *later_pages, (_, feed) = feed_pages(public.channel, public.entries, _page_name)
    pages = [Upload(name, content, _FEED_TYPE, FOREVER) for name, content in later_pages]
    immutable = [*media, *pictures, *pages]
    used = {upload.name for upload in immutable}
    new = [upload for upload in immutable if not snapshot.holds(upload.name, upload.size)]
    unchanged = {upload.name for upload in media} - {upload.name for upload in new}
    return PublishPlan(
        podcast=podcast,
        edition=public,
        snapshot=snapshot,
        writes=(*new, *_replaced_files(public, snapshot, picture_width(podcast.cover))),
        feed=_changed_feed(feed, snapshot),
        record=_record(used, snapshot, now),
        deletions=tuple(_deletions(used, snapshot, now, _withdrawn_names(podcast, edition), prune)),
        unchanged=len(unchanged),
        notices=(
            *public.notices,
            *outdated_notices(podcast, edition.sessions),
            *_destination_notices(public, snapshot),
        ),
    )


def _public_files(podcast: Podcast, edition: Edition) -> tuple[Edition, list[Upload], list[Upload]]:
    """Return the edition with its paths at a destination, the files of its sessions there, and the pictures."""
    folder, episodes = podcast.folder, [entry.episode for entry in edition.entries]
    media = media_files(folder, episodes, lambda name: edition.channel.url(MEDIA_FOLDER + name))
    for entry in edition.entries:
        for file in entry.alternates:
            media[file.session.name, file.suffix] = alternate_file(folder, file)
    cover, small = podcast.cover, icon(podcast.cover)
    cover_file = Upload(f"cover.{_digest(cover)}.jpg", cover, "image/jpeg", FOREVER)
    icon_file = Upload(f"icon.{_digest(small)}.png", small, "image/png", FOREVER)
    public = with_paths(
        edition,
        lambda one, suffix: media[one.name, suffix].name,
        cover=cover_file.name,
        icon=icon_file.name,
        picture_path=MEDIA_FOLDER.__add__,
    )
    return public, [*media.values()], [*chapter_picture_files(folder, episodes), cover_file, icon_file]


def _withdrawn_names(podcast: Podcast, edition: Edition) -> frozenset[str]:
    """Return the name of the session that is being withdrawn, and those of its other qualities without an episode."""
    name = podcast.withdrawing
    if name is None:
        return frozenset()
    keys = {without_quality(session_key(one)) for one in podcast.episodes if one.name == name}
    same = (one.name for one in podcast.episodes if without_quality(session_key(one)) in keys)
    return frozenset((name, *same)) - {session.name for session in edition.sessions}


def _page_name(n: int, content: bytes) -> str:
    return f"feed-{n}.{_digest(content)}.xml"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:NAME_DIGITS]


def _replaced_files(edition: Edition, snapshot: Snapshot, cover_width: int) -> Iterator[Upload]:
    """Yield the files whose names do not change, except the feed."""
    before = snapshot.htaccess
    if snapshot.is_folder and before != _HTACCESS and (before is None or before.startswith(_HTACCESS_MARK)):
        yield Upload(HTACCESS_NAME, _HTACCESS, "text/plain", _FIVE_MINUTES)
    page = show_page(edition.channel, edition.entries, cover_width)
    if snapshot.page != page and not _has_custom_page(snapshot):
        yield Upload(PAGE_FILE, page, _PAGE_TYPE, _FIVE_MINUTES)


def _changed_feed(content: bytes, snapshot: Snapshot) -> Upload | None:
    if snapshot.feed and snapshot.feed.content == content:
        return None
    return Upload(FEED_NAME, content, _FEED_TYPE, _FIVE_MINUTES)


def _has_custom_page(snapshot: Snapshot) -> bool:
    return snapshot.page is not None and is_custom(snapshot.page)


def _destination_notices(edition: Edition, snapshot: Snapshot) -> Iterator[str]:
    guids = {entry.guid for entry in edition.entries}
    for guid, title in snapshot.feed.titles.items() if snapshot.feed else ():
        if guid not in guids:
            yield f"{title} is no longer in the feed"
    if _has_custom_page(snapshot):
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
    used: set[str],
    snapshot: Snapshot,
    now: datetime,
    withdrawn_names: Collection[str],
    prune: timedelta | None,
) -> list[str]:
    """Return the names of unused files that belong to withdrawn sessions or have been unused for long enough."""
    published = re.compile(
        rf"(?:{MEDIA_FOLDER}.+|cover|icon|feed-\d+)\.[0-9a-f]{{{NAME_DIGITS}}}\.[a-z.0-9]+"
    )
    names = "|".join(map(re.escape, withdrawn_names))
    withdrawn = re.compile(rf"{MEDIA_FOLDER}(?:{names})\.[0-9a-f]{{{NAME_DIGITS}}}\.")
    deletions = []
    for name, stored in snapshot.objects.items():
        if name in used or not published.fullmatch(name):
            continue
        last_used = max(stored.modified, snapshot.last_used.get(name, stored.modified))
        if (prune is not None and now - last_used > prune) or (withdrawn_names and withdrawn.match(name)):
            deletions.append(name)
    return sorted(deletions)
