"""Sessions that differ only in quality. One of them is the episode, and the others are further files of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..library.manifest import Episode
from .alternates import is_same_but_quality, quality_of, without_quality
from .podcast import Podcast
from .registry import Publication, SessionKey, session_key


@dataclass(frozen=True)
class Qualities:
    """The sessions that can be episodes, the further files of each by its name, and what the author should know."""

    episodes: tuple[Episode, ...]
    others: Mapping[str, tuple[Episode, ...]]
    notices: tuple[str, ...]


def choose_qualities(podcast: Podcast, sessions: Sequence[Episode]) -> Qualities:
    """Return which of the sessions are episodes.

    Those that `show.toml` lists all are. Of others that differ only in quality, what was published stays the episode,
    so that no app gets it twice; before that, it is the one in stereo. A session that is withdrawn, or not in the
    library any more, does not come back in another quality.
    """
    publications = podcast.registry.latest
    known = {without_quality(key) for key in publications}
    groups: dict[SessionKey, list[Episode]] = {}
    for episode in sessions:
        groups.setdefault(without_quality(session_key(episode)), []).append(episode)
    chosen, others, notices = set[str](), dict[str, tuple[Episode, ...]](), list[str]()
    for key, group in groups.items():
        if len(group) == 1 and key not in known:
            chosen.add(group[0].name)
            continue
        episodes = _episodes(podcast, group, publications, key in known)
        if podcast.show.episode and not episodes:
            continue
        chosen |= {episode.name for episode in episodes}
        files = [episode for episode in group if episode not in episodes]
        notices += _notices(episodes, files)
        offered = [one for one in files if not _is_withdrawn(one, publications)]
        others |= {episode.name: tuple(_same(episode, offered)) for episode in episodes}
    return Qualities(tuple(one for one in sessions if one.name in chosen), others, tuple(notices))


def _episodes(
    podcast: Podcast,
    group: Sequence[Episode],
    publications: Mapping[SessionKey, Publication],
    is_known: bool,
) -> list[Episode]:
    if podcast.show.episode:
        listed = {listing.name for listing in podcast.show.episode}
        return [episode for episode in group if episode.name in listed]
    if is_known:
        return [episode for episode in group if session_key(episode) in publications]
    best = session_key(min(group, key=lambda episode: quality_of(episode) != "stereo"))
    return [episode for episode in group if session_key(episode) == best]  # the library may have it twice


def _is_withdrawn(episode: Episode, publications: Mapping[SessionKey, Publication]) -> bool:
    publication = publications.get(session_key(episode))
    return publication is not None and publication.state == "withdrawn"


def _same(episode: Episode, files: Iterable[Episode]) -> Iterator[Episode]:
    return (file for file in files if is_same_but_quality(episode, file))


def _notices(episodes: Sequence[Episode], files: Sequence[Episode]) -> Iterator[str]:
    for file in files:
        if not episodes:
            yield (
                f"{file.name} is the {quality_of(file)} version of an episode that is not in the feed any more, so "
                "it is left out too. To publish it, list it in show.toml"
            )
        elif any(is_same_but_quality(episode, file) for episode in episodes):
            yield f"{file.name} is the {quality_of(file)} file of {episodes[0].name}, not an episode of its own"
        else:
            yield (
                f"{file.name} was built from another version of {episodes[0].name}. Build it again, and apps can "
                f"play it in {quality_of(file)}"
            )
