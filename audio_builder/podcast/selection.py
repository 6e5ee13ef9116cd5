"""Choose the sessions that are in the feed at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ..errors import AudioBuilderError
from ..library.manifest import Episode
from ..text import did_you_mean
from .dates import as_utc, parse_date
from .podcast import Podcast, find_session
from .qualities import Qualities, choose_qualities
from .registry import Publication, SessionKey, session_key
from .show import EpisodeListing


@dataclass(frozen=True)
class DueSession:
    """A session that is due, with its `[[episode]]` of `show.toml` if it has one.

    `date` is the one that the feed gives, and `published` when the session was first in the feed, or will be.
    `others` are the same session in another quality.
    """

    episode: Episode
    listing: EpisodeListing | None
    date: datetime
    published: datetime
    others: tuple[Episode, ...] = ()

    @property
    def title(self) -> str:
        """The title that the author gave it."""
        return (self.listing and self.listing.title) or self.episode.title


@dataclass(frozen=True)
class Selection:
    """The sessions that are due, in the order of the library or of `show.toml`, and what the author should know."""

    due: tuple[DueSession, ...]
    notices: tuple[str, ...]


def select_due(podcast: Podcast, now: datetime) -> Selection:
    """Return the sessions whose date has come. A session that the library has twice counts once."""
    chosen, qualities = _chosen(podcast)
    notices = [*_notices(podcast, [episode for episode, _ in chosen]), *qualities.notices]
    publications = podcast.registry.latest
    due, names = [], dict[SessionKey, str]()
    for episode, listing in chosen:
        key = session_key(episode)
        if (twin := names.setdefault(key, episode.name)) != episode.name:
            notices.append(
                f"{episode.name} is the same session as {twin}, which is in the feed. Remove one of them"
            )
            continue
        publication = publications.get(key)
        date = _publication_date(episode, listing, publication, now)
        if date > now:
            notices.append(f"{episode.name} waits until {date:%Y-%m-%d %H:%M} UTC")
        elif publication is None or publication.state != "withdrawn":
            first = as_utc(publication.date if publication else now)
            others = tuple(_out_by(now, qualities.others.get(episode.name, ())))
            due.append(DueSession(episode, listing, date, first, others))
        elif episode.name != podcast.withdrawing:
            command = f"audio-builder feed --reissue {episode.name}"
            notices.append(f"{episode.name} was withdrawn. To publish it as a new episode, run {command}")
    return Selection(tuple(due), tuple(notices))


def next_due(podcast: Podcast, now: datetime) -> tuple[Episode, datetime] | None:
    """Return the first session that waits for its date, and the date; None if none waits."""
    publications = podcast.registry.latest
    waiting = []
    for episode, listing in _chosen(podcast)[0]:
        publication = publications.get(session_key(episode))
        date = _publication_date(episode, listing, publication, now)
        if date > now and not (publication and publication.state == "withdrawn"):
            waiting.append((date, episode.name, episode))
    if not waiting:
        return None
    date, _, episode = min(waiting, key=lambda one: one[:2])
    return episode, date


def _chosen(podcast: Podcast) -> tuple[list[tuple[Episode, EpisodeListing | None]], Qualities]:
    """Return the sessions that `show.toml` lists, or else all except drafts and those of test voices."""
    usual = [episode for episode in podcast.episodes if not episode.draft and not episode.uses_test_voice]
    if not podcast.show.episode:
        qualities = choose_qualities(podcast, usual)
        return [(episode, None) for episode in qualities.episodes], qualities
    listed = [(_listed(podcast, listing), listing) for listing in podcast.show.episode]
    by_name = {episode.name: episode for episode in (*(episode for episode, _ in listed), *usual)}
    return [*listed], choose_qualities(podcast, [*by_name.values()])


def _listed(podcast: Podcast, listing: EpisodeListing) -> Episode:
    try:
        return find_session(podcast, listing.name)
    except AudioBuilderError:
        message = f'show.toml lists "{listing.name}", which is not in {podcast.folder}'
        hint = did_you_mean(listing.name, [episode.name for episode in podcast.episodes])
        raise AudioBuilderError(f"{message}. {hint} Build it, or remove its [[episode]].") from None


def _out_by(now: datetime, episodes: Iterable[Episode]) -> Iterator[Episode]:
    """Yield the sessions whose own date, if they have one, has come."""
    return (one for one in episodes if not one.date or parse_date(one.date) <= now)


def _notices(podcast: Podcast, chosen: list[Episode]) -> Iterator[str]:
    if podcast.is_example:
        yield (
            f"This is the example show of audio-builder ({podcast.show.title}). "
            "Write scripts/show.toml to make it yours: see docs/podcast.md"
        )
    if podcast.show.episode:
        for episode in chosen:
            if episode.draft:
                yield f"{episode.name} is a draft. It is in the feed because show.toml lists it"
            if episode.uses_test_voice:
                yield f"A test voice speaks in {episode.name}. It is in the feed because show.toml lists it"
    elif left_out := [one.name for one in podcast.episodes if one.draft or one.uses_test_voice]:
        yield f"Left out as drafts or because a test voice speaks: {', '.join(left_out)}"


def _publication_date(
    episode: Episode, listing: EpisodeListing | None, publication: Publication | None, now: datetime
) -> datetime:
    """Return the date that the author wrote, or else the one that the feed gave it before, or else now.

    A session that was reissued is new on that day, or on a later one that `show.toml` gives, whatever its script says.
    """
    if listing and listing.date:
        written = as_utc(listing.date)
        is_reissued = publication is not None and publication.issue > 1
        return max(written, as_utc(publication.date)) if publication and is_reissued else written
    if episode.date and not (publication and publication.issue > 1):
        return parse_date(episode.date)
    return publication.feed_date if publication else now
