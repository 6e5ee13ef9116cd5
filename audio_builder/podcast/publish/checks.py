"""Refuse a publication that would overwrite a show, forget its episodes, or send out a damaged session."""

from __future__ import annotations

from collections.abc import Iterable

from ...errors import PublishFailed
from ...library import storage
from ...library.manifest import Episode
from ...library.session_files import MANIFEST
from ...text import count
from ..edition import Edition
from ..podcast import Podcast
from .snapshot import Snapshot

_LISTED_TITLES = 3


def check_podcast(podcast: Podcast) -> None:
    """Raise PublishFailed if the podcast has no address yet, or is the example that comes with the program."""
    if podcast.is_example:
        raise PublishFailed(
            f"No show.toml next to your scripts, so this would be published as {podcast.show.title} by "
            f"{podcast.show.author}. See docs/podcast.md for what to write in it."
        )
    if not podcast.show.base_url:
        raise PublishFailed(
            "Apps need the address of the folder that will hold the files. "
            "Add base_url to show.toml, or give --base-url."
        )


def check_destination(podcast: Podcast, edition: Edition, snapshot: Snapshot) -> None:
    """Raise PublishFailed if the feed at the destination is not an earlier state of this podcast."""
    address, feed = snapshot.address, snapshot.feed
    if feed is None:
        if podcast.withdrawing is not None:
            raise PublishFailed(f"Found no feed at {address} to withdraw {podcast.withdrawing} from")
        return
    if (feed.titles or feed.show_guid is not None) and feed.show_guid != edition.registry.guid:
        raise PublishFailed(
            f"Another show is at {address} (its guid is {feed.show_guid}). "
            "Publish somewhere else, or use that show's episodes.toml."
        )
    known = podcast.registry.guids
    if unknown := [title for guid, title in feed.titles.items() if guid not in known]:
        raise PublishFailed(
            f"The feed at {address} has {count(len(unknown), 'episode')} that your episodes.toml does not know "
            f"({', '.join(unknown[:_LISTED_TITLES])}). Use the episodes.toml that it was published with, from the "
            "other computer or from a backup, and build those episodes here too. If that file is lost for good, "
            "move the feed.xml away: then every episode is published again with today's date."
        )
    if feed.titles and not edition.entries and podcast.withdrawing is None:
        raise PublishFailed(
            f"The feed at {address} has {count(len(feed.titles), 'episode')}, but this library has none. Build them, "
            "or give --out. To take an episode down, use --withdraw."
        )


def check_sessions(podcast: Podcast, episodes: Iterable[Episode]) -> None:
    """Raise PublishFailed if the MP3 of an episode is missing, or if its bytes are not those of its manifest."""
    for mp3 in storage.unreadable(podcast.folder):
        if (manifest := mp3.with_suffix(MANIFEST.suffix)).exists():
            raise PublishFailed(
                f"{manifest.name} is damaged, so its episode would be missing. Build {mp3.stem} again, or move both "
                f"files away."
            )
    for episode in episodes:
        if not storage.is_intact(podcast.folder, episode):
            raise PublishFailed(f"{episode.name}.mp3 is damaged or missing. Build it again.")
