"""What the podcast says at a moment: which episodes, in which order, with which titles, dates and guids."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec.structs import replace

from ..library.manifest import Episode
from .alternates import alternates
from .channel import Channel, Entry, EpisodeFiles, episode_files
from .course import with_course_dates
from .dates import as_utc, parse_date
from .feed import feed_pages
from .guids import show_guid
from .podcast import Podcast
from .registry import EpisodeRegistry, Publication, session_key
from .registry_changes import register
from .selection import DueSession, select_due
from .titles import episode_titles

_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Edition:
    """The channel and its entries as they are listed, the registry to save, and what the author should know."""

    channel: Channel
    entries: tuple[Entry, ...]
    registry: EpisodeRegistry
    notices: tuple[str, ...]

    @property
    def sessions(self) -> tuple[Episode, ...]:
        """The sessions whose MP3s the feed has: its episodes, and those that are further files of them."""
        found = {entry.episode.name: entry.episode for entry in self.entries}
        found |= {file.session.name: file.session for entry in self.entries for file in entry.alternates}
        return tuple(found.values())


def current_edition(podcast: Podcast, now: datetime) -> Edition:
    """Return what the podcast says at a moment, with the paths that files have in the library.

    New sessions are entered into the edition's registry. Without a base URL or a guid from before they have no guid.
    """
    show, registry = podcast.show, podcast.registry
    guid = show.guid or registry.guid or (show_guid(f"{show.base_url}feed.xml") if show.base_url else None)
    selection = select_due(podcast, now)
    notices = [*selection.notices]
    due = with_course_dates(podcast, selection.due, now) if show.serial else selection.due
    titles = episode_titles(due, registry)
    if guid is not None:
        registry, changes = register(registry, guid, due, titles)
        notices += changes
    entries = _entries(due, titles, registry)
    notices += [*_shared_titles(entries), *_shared_numbers(entries)]
    if not show.episode:
        entries.sort(
            key=lambda entry: (entry.date, entry.number or 0, entry.episode.name), reverse=not show.serial
        )
    channel = Channel(show=show, guid=guid or "", base=show.base_url or "", changed=registry.changed or now)
    return Edition(channel, tuple(entries), registry, tuple(notices))


def with_change_date(edition: Edition, now: datetime) -> Edition:
    """Return the edition with the date of its last change, which is `now` if its content is new to the registry.

    The same library therefore gives the same feed on any day.
    """
    digest = hashlib.sha256()
    for _, page in feed_pages(replace(edition.channel, changed=_NO_DATE), edition.entries):
        digest.update(page)
    for entry in edition.entries:
        digest.update(entry.episode.sha256.encode())
    registry, content = edition.registry, digest.hexdigest()
    if registry.content != content or registry.changed is None:
        registry = replace(registry, content=content, changed=now)
    assert registry.changed is not None
    channel = replace(edition.channel, changed=registry.changed)
    return dataclasses.replace(edition, channel=channel, registry=registry)


def with_paths(
    edition: Edition,
    path_of: Callable[[Episode, str], str],
    cover: str = "cover.jpg",
    icon: str = "icon.png",
    picture_path: Callable[[str], str] = str,
) -> Edition:
    """Return the edition with its files elsewhere.

    `path_of` gives the path for an episode and a suffix like `.mp3`, and `picture_path` that of a chapter picture.
    """
    entries = tuple(
        replace(
            entry,
            files=_files(entry.episode, path_of, picture_path),
            alternates=tuple(
                replace(file, path=path_of(file.session, file.suffix)) for file in entry.alternates
            ),
        )
        for entry in edition.entries
    )
    channel = replace(edition.channel, cover=cover, icon=icon)
    return dataclasses.replace(edition, channel=channel, entries=entries)


def library_path(episode: Episode, suffix: str) -> str:
    """Return the path that a file of an episode has in the library."""
    return f"{episode.name}{suffix}"


def _files(
    episode: Episode, path_of: Callable[[Episode, str], str], picture_path: Callable[[str], str] = str
) -> EpisodeFiles:
    return episode_files(episode, episode.name, lambda suffix: path_of(episode, suffix), picture_path)


def _shared_titles(entries: Sequence[Entry]) -> Iterator[str]:
    for title, number in Counter(entry.title for entry in entries).items():
        if number > 1:
            yield f'{number} episodes have the title "{title}". Give their scripts different titles'


def _shared_numbers(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield a notice for each number that several full episodes of a season have. Trailers may share one."""
    sharing: dict[tuple[int | None, int], list[str]] = {}
    for entry in entries:
        if entry.number is not None and entry.type == "full":
            sharing.setdefault((entry.season, entry.number), []).append(entry.episode.name)
    for (season, number), names in sharing.items():
        if len(names) > 1:
            place = f"episode {number}" if season is None else f"season {season}, episode {number}"
            yield (
                f"{len(names)} episodes are {place}: {', '.join(names)}. "
                "Give each its own number in the front matter of its script or in show.toml"
            )


def _entries(due: Sequence[DueSession], titles: Sequence[str], registry: EpisodeRegistry) -> list[Entry]:
    publications = registry.latest
    entries = []
    for session, title in zip(due, titles, strict=True):
        episode, listing = session.episode, session.listing
        publication = publications.get(session_key(episode))
        number = (listing and listing.episode) or episode.number
        entries.append(
            Entry(
                episode=episode,
                title=title,
                guid=publication.guid if publication else "",
                date=session.date,
                files=_files(episode, library_path),
                alternates=alternates(episode, session.others),
                number=number or (publication.number if publication else None),
                season=(listing and listing.season) or episode.season,
                type=listing.type if listing else "full",
                replaces=_replaced_date(registry, publication, episode) if publication else None,
            )
        )
    return entries


def _replaced_date(registry: EpisodeRegistry, publication: Publication, episode: Episode) -> datetime | None:
    """Return the date that the feed gave the episode which this publication replaces, or None if it replaces none."""
    for previous in registry.publications if publication.issue > 1 else ():
        if previous.key == publication.key and previous.issue == publication.issue - 1:
            own_date = episode.date if previous.issue == 1 else None
            return parse_date(own_date) if own_date else as_utc(previous.date)
    return None
