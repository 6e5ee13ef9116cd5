"""Changes to the episode registry: register what is due, reissue a session, withdraw one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from ..errors import AudioBuilderError
from .dates import parse_date
from .guids import episode_guid
from .podcast import Podcast, find_session
from .registry import EpisodeRegistry, Publication, session_key
from .selection import DueSession


def register(
    registry: EpisodeRegistry, guid: str, due: Sequence[DueSession], titles: Sequence[str]
) -> tuple[EpisodeRegistry, list[str]]:
    """Return the registry with every due session in it, and a notice for each that changed since it was published.

    `guid` is the show's, and `titles` are those that the feed gives the sessions. New sessions are numbered in the
    order of their dates.
    """
    publications = {publication.guid: publication for publication in registry.publications}
    latest, notices = registry.latest, []
    number = max((publication.number for publication in registry.publications), default=0)
    titled = sorted(zip(due, titles, strict=True), key=lambda pair: (pair[0].date, pair[0].episode.name))
    for session, title in titled:
        episode, publication = session.episode, latest.get(session_key(session.episode))
        if publication is None:
            number += 1
            publication = _first_publication(session, guid, number)
        elif publication.sha256 and publication.sha256 != episode.sha256:
            notices.append(
                f"{episode.name} has changed since it was published. Apps keep what they have downloaded: to publish "
                f"it as a new episode, run audio-builder feed --reissue {episode.name}"
            )
        dated = parse_date(episode.date) if episode.date else publication.dated
        publications[publication.guid] = replace(publication, sha256=episode.sha256, title=title, dated=dated)
    return replace(registry, guid=guid, publications=[*publications.values()]), notices


def reissue(podcast: Podcast, name: str, now: datetime) -> Podcast:
    """Return the podcast with a session as a new episode: with a new guid, today's date and the next number.

    Raises AudioBuilderError for an unknown session, or if it was never in the feed.
    """
    episode, registry = find_session(podcast, name), podcast.registry
    previous = registry.latest.get(session_key(episode))
    guid = podcast.show.guid or registry.guid
    if previous is None or guid is None:
        raise AudioBuilderError(
            f"{episode.name} was never in the feed; to add it, run audio-builder feed without --reissue"
        )
    issue = previous.issue + 1
    reissued = replace(
        previous,
        guid=episode_guid(guid, *previous.key, issue),
        date=now,
        number=1 + max(publication.number for publication in registry.publications),
        state="live",
        issue=issue,
        sha256=episode.sha256,
    )
    publications = [
        replace(publication, state="replaced")
        if publication is previous and publication.state == "live"
        else publication
        for publication in registry.publications
    ]
    return _with_publications(podcast, [*publications, reissued])


def withdraw(podcast: Podcast, name: str) -> Podcast:
    """Return the podcast with a session marked as withdrawn, which keeps it out of the feed unless it is reissued.

    The session may be gone from the library already. Raises AudioBuilderError if it was never in the feed.
    """
    episode = next((episode for episode in podcast.episodes if episode.name == name), None)
    withdrawn = [
        publication
        for publication in podcast.registry.publications
        if (publication.key == session_key(episode) if episode else _file_name(publication) == name)
    ]
    if not withdrawn:
        find_session(podcast, name)
        raise AudioBuilderError(
            f"{name} was never in the feed; to remove it, run audio-builder library remove {name}"
        )
    publications = [
        replace(publication, state="withdrawn") if publication in withdrawn else publication
        for publication in podcast.registry.publications
    ]
    return dataclasses.replace(_with_publications(podcast, publications), withdrawing=name)


def _first_publication(session: DueSession, guid: str, number: int) -> Publication:
    key = session_key(session.episode)
    return Publication(
        guid=episode_guid(guid, *key),
        script=key.script,
        length=key.length,
        options=key.options,
        date=session.published,
        number=number,
    )


def _file_name(publication: Publication) -> str:
    """Return the name that the files of the session have unless the author chose another."""
    return "-".join(filter(None, publication.key))


def _with_publications(podcast: Podcast, publications: list[Publication]) -> Podcast:
    return dataclasses.replace(podcast, registry=replace(podcast.registry, publications=publications))
