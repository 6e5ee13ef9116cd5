"""The titles of episodes. A title that was published stays until its author writes another one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..library.manifest import Episode
from .registry import EpisodeRegistry, Publication, session_key
from .selection import DueSession


def episode_titles(due: Sequence[DueSession], registry: EpisodeRegistry) -> list[str]:
    """Return a title for each session, in their order.

    New sessions that share a title with another one get their length, and their options if need be. A session that is
    published keeps its title, however many variants of it follow.
    """
    publications = registry.latest
    found = [publications.get(session_key(session.episode)) for session in due]
    kept = [_kept_title(session, publication) for session, publication in zip(due, found, strict=True)]
    new = [session for session, title in zip(due, kept, strict=True) if title is None]
    # a registry of version 0.1 has no titles: at that time, what was published together shared titles
    old = [
        session
        for session, publication in zip(due, found, strict=True)
        if publication and not publication.title
    ]
    titles = dict(zip(map(_name, old), _distinct(old, old, []), strict=True))
    others = [publication.title for publication in publications.values() if publication not in found]
    fresh = [session for session in new if _name(session) not in titles]
    titles |= zip(map(_name, fresh), _distinct(fresh, due, others), strict=True)
    return [title or titles[_name(session)] for session, title in zip(due, kept, strict=True)]


def _name(session: DueSession) -> str:
    return session.episode.name


def _kept_title(session: DueSession, publication: Publication | None) -> str | None:
    """Return the title under which the session is published, unless its author has written another one since."""
    title, details = session.title, _details(session.episode)
    possible = [title, *(f"{title} ({', '.join(details[:n])})" for n in range(1, len(details) + 1))]
    return publication.title if publication and publication.title in possible else None


def _distinct(
    sessions: Sequence[DueSession], among: Sequence[DueSession], others: Sequence[str]
) -> list[str]:
    """Return a title for each of the sessions, which differs from the titles of `among` and `others` if possible."""
    same_title = Counter([*(session.title for session in among), *others])
    same_length = Counter((session.title, _length_in_words(session.episode)) for session in among)
    titles = []
    for session in sessions:
        title, details = session.title, _details(session.episode)
        if same_title[title] > 1:
            is_enough = same_length[title, details[0]] == 1
            title = f"{title} ({', '.join(details[:1] if is_enough else details)})"
        titles.append(title)
    return titles


def _details(episode: Episode) -> list[str]:
    """Return what distinguishes a session from others with its title: its length, and its options if it has any."""
    return [_length_in_words(episode), *filter(None, [episode.variant])]


def _length_in_words(episode: Episode) -> str:
    """Return the length as titles give it, such as `20 min`, `1 h 5 min` or `9 min 13 s`."""
    hours, rest = divmod(round(episode.length_ms / 1000), 3600)
    minutes, seconds = divmod(rest, 60)
    return " ".join(
        f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min"), (seconds, "s")) if number
    )
