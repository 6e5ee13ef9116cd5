"""Publishes a podcast: what is new first, under names that are never used again, and the feed last."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from lxml import etree
from msgspec.structs import replace

from ...errors import PublishFailed
from ...library import storage
from ...library.manifest import Episode
from .. import feed, podcast
from .. import registry as registries
from ..edition import Edition, Podcast
from ..page import GENERATOR, show_page
from ..show import Channel, Entry
from .store import Conflict, Destination, Object

__all__ = ["Conflict", "Destination", "Published", "publish"]

MEDIA = "media/"
"""Where sessions and their companions are, below the destination."""
RECORD = "published.json"
"""What at a destination remembers when each file was last named by its feed."""
_FOREVER = "public, max-age=31536000, immutable"
_SHORTLY = "public, max-age=300"
_FEED, _PAGE = "application/rss+xml; charset=utf-8", "text/html; charset=utf-8"
_HTACCESS = b"""# For Apache: lets players in other pages read transcripts and chapters.
<FilesMatch "\\.(vtt|srt|txt|json)$">
  <IfModule mod_headers.c>
    Header set Access-Control-Allow-Origin "*"
  </IfModule>
</FilesMatch>
AddType audio/mpeg .mp3
AddType text/vtt .vtt
AddType application/x-subrip .srt
AddType application/rss+xml .xml
"""

ProgressCallback = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Published:
    """What was done, or with `dry_run` would be: the names written and deleted, those that were there already, and what
    the author should know."""

    feed: str
    episodes: int
    written: tuple[str, ...]
    kept: int
    deleted: tuple[str, ...]
    notices: tuple[str, ...]


def publish(
    opened: Podcast,
    to: Destination,
    now: datetime,
    progress: ProgressCallback,
    dry_run: bool = False,
    withdrawn: str | None = None,
    prune: timedelta | None = None,
) -> Published:
    """Brings a destination to what the podcast says now. A run that was stopped is finished by the next one: until the
    feed is exchanged, which comes last, the public one names only what is there.

    Raises PublishFailed where the destination does not take it, where another show stands there, or where the public
    feed has episodes that this ledger does not know."""
    if not opened.show.base_url:
        raise PublishFailed(
            "apps need the address where this will stand; add base_url to show.toml, or --base-url"
        )
    if opened.borrowed:
        raise PublishFailed(
            f"there is no show.toml beside your scripts, and this would go out as {opened.show.title} by "
            f"{opened.show.author}; docs/podcast.md says what to write in it"
        )
    public = to.read("feed.xml")
    dated = podcast.dated(podcast.edition(opened, now, podcast.beside), now)
    before = _there(public[0], to.where) if public else _Public()
    _same_show(before, opened.registry, dated, to.where)
    if withdrawn is not None and public is None:
        raise PublishFailed(f"there is no feed at {to.where} to withdraw {withdrawn} from")
    gone = [title for guid, title in before.titles.items() if guid not in {e.guid for e in dated.entries}]
    if gone and not dated.entries and withdrawn is None:
        raise PublishFailed(
            f"the feed at {to.where} has {len(gone)} episodes, and this library none; build them or give --out; "
            "to take each away, withdraw it"
        )
    files = _files(opened.folder, [entry.episode for entry in dated.entries])
    cover = opened.cover
    cover_name = f"cover.{_short(cover)}.jpg"
    names = {(file.episode, file.ending): file.name for file in files}
    shown = podcast.edition(opened, now, lambda e, ending: names[e.name, ending], cover_name)
    channel = replace(shown.channel, changed=dated.channel.changed)
    page = show_page(channel, shown.entries)
    there = to.objects()
    new = [file for file in files if file.name not in there or there[file.name].size != file.size]
    covers = {} if cover_name in there else {cover_name: cover}
    later, first = _pages(channel, shown.entries)
    feed_changed = public is None or public[0] != first
    found = to.read("index.html")
    own_page = found is not None and GENERATOR.encode() not in found[0]
    page_changed = not own_page and (found is None or found[0] != page)
    written = [*(file.name for file in new), *covers, *(name for name in later if name not in there)]
    written += [".htaccess"] if to.is_folder and ".htaccess" not in there else []
    written += ["index.html"] * page_changed + ["feed.xml"] * feed_changed
    named = {*names.values(), cover_name, *later}
    free = _to_delete(there, named, to, now, withdrawn, prune)
    notices = [
        n for n in dated.notices if withdrawn is None or not n.startswith(f"{withdrawn} was withdrawn")
    ]
    notices += [f"{title} is in the feed no longer" for title in gone]
    if own_page:
        notices.append(f"the index.html at {to.where} is your own, and was left as it is")
    if not dry_run:
        podcast.keep(opened, dated)
        for n, file in enumerate(new):
            progress("Publishing", n, len(new))
            to.put(file.name, file.path, storage.MIME_TYPES[file.ending], _FOREVER)
        progress("Publishing", len(new), len(new))
        for name, content in covers.items():
            to.put(name, content, "image/jpeg", _FOREVER)
        for name, content in feed.pages(channel, shown.entries, _page_name):
            if name in later and name not in there:
                to.put(name, content, _FEED, _FOREVER)
        if ".htaccess" in written:
            to.put(".htaccess", _HTACCESS, "text/plain", _SHORTLY)
        if page_changed:
            to.put("index.html", page, _PAGE, _SHORTLY)
        if feed_changed:
            to.exchange("feed.xml", first, _FEED, _SHORTLY, public[1] if public else None)
        _remember(to, named, now)
        to.delete(free)
    return Published(
        channel.url("feed.xml"),
        len(shown.entries),
        tuple(written),
        len(files) - len(new),
        tuple(free),
        tuple(notices),
    )


@dataclass(frozen=True)
class _File:
    """A file of a session in the library, and its name at a destination."""

    episode: str
    ending: str
    path: Path
    size: int
    name: str


def _files(folder: Path, episodes: list[Episode]) -> list[_File]:
    """Everything that a feed names of these sessions. Raises PublishFailed where a file is not what it should be: a
    broken session must not go out."""
    found = []
    for episode in episodes:
        if not storage.sound_whole(folder, episode):
            raise PublishFailed(f"{episode.name}.mp3 is damaged or gone; build it again")
        for ending in storage.MIME_TYPES:
            path = folder / f"{episode.name}{ending}"
            try:
                digest = episode.sha256[:12] if ending == ".mp3" else _short(path.read_bytes())
            except OSError as error:
                raise PublishFailed(f"{path}: {error.strerror}; build {episode.name} again") from None
            name = f"{MEDIA}{episode.name}.{digest}{ending}"
            found.append(_File(episode.name, ending, path, path.stat().st_size, name))
    return found


def _pages(channel: Channel, entries: Sequence[Entry]) -> tuple[list[str], bytes]:
    """The names of the feed's later pages, and its first page."""
    names, first = [], b""
    for name, content in feed.pages(channel, entries, _page_name):
        names.append(name)
        first = content
    return names[:-1], first


def _page_name(n: int, content: bytes) -> str:
    return f"feed-{n}.{_short(content)}.xml"


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


@dataclass(frozen=True)
class _Public:
    """What a public feed says: its show's guid, and the titles of its episodes by guid."""

    guid: str | None = None
    titles: Mapping[str, str] = field(default_factory=dict)


def _there(content: bytes, where: str) -> _Public:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise PublishFailed(
            f"the feed.xml at {where} is no feed; move it away, or publish elsewhere"
        ) from None
    titles = {str(i.findtext("guid")): str(i.findtext("title")) for i in root.iter("item")}
    return _Public(root.findtext("channel/{https://podcastindex.org/namespace/1.0}guid"), titles)


def _same_show(before: _Public, kept: registries.EpisodeRegistry, now: Edition, where: str) -> None:
    """Refuses to put another show over one, or to forget what this or another computer published."""
    if not before.titles and before.guid is None:
        return
    if before.guid != now.registry.guid:
        raise PublishFailed(
            f"another show stands at {where} (its guid is {before.guid}); publish elsewhere, or take its episodes.toml"
        )
    known = {issue.guid for issue in kept.episode}
    strange = [title for guid, title in before.titles.items() if guid not in known]
    if strange:
        count = f"{len(strange)} episode{'s' * (len(strange) > 1)}"
        raise PublishFailed(
            f"the feed at {where} has {count} that your episodes.toml does not know ({', '.join(strange[:3])}): take "
            "the episodes.toml that it was published with, from the other computer or a backup, and build them here "
            "too; if it is lost for good, move that feed.xml away first, and all begin anew with today's date"
        )


def _to_delete(
    there: dict[str, Object],
    named: set[str],
    to: Destination,
    now: datetime,
    withdrawn: str | None,
    prune: timedelta | None,
) -> list[str]:
    """The files that no feed names any more and that were withdrawn, or not named for so long."""
    ours = re.compile(rf"(?:{MEDIA}.+|cover|feed-\d+)\.[0-9a-f]{{12}}\.[a-z.0-9]+")
    free = [name for name in there if ours.fullmatch(name) and name not in named]
    record = _record(to) if prune is not None else {}
    gone = []
    for name in free:
        last = max(there[name].written, record.get(name, there[name].written))
        if (prune is not None and now - last > prune) or (
            withdrawn is not None and re.match(rf"{MEDIA}{re.escape(withdrawn)}\.[0-9a-f]{{12}}\.", name)
        ):
            gone.append(name)
    return sorted(gone)


def _record(to: Destination) -> dict[str, datetime]:
    """When each file was last named by the feed."""
    found = to.read(RECORD)
    try:
        kept = json.loads(found[0]) if found else {}
        return {name: datetime.fromisoformat(last) for name, last in kept.items()}
    except (ValueError, AttributeError, TypeError):
        return {}  # then a file's own date counts


def _remember(to: Destination, named: set[str], now: datetime) -> None:
    record = _record(to)
    if set(record) >= named and all(now - record[name] < timedelta(days=1) for name in named):
        return
    record.update(dict.fromkeys(named, now))
    content = json.dumps({name: last.isoformat() for name, last in sorted(record.items())}, indent=0)
    to.put(RECORD, content.encode(), "application/json", _SHORTLY)
