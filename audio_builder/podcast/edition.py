"""What a podcast says at a moment: which sessions, in which order, since when, and under which guid."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from msgspec.structs import replace

from .. import units
from ..errors import AudioBuilderError
from ..library.manifest import Episode
from ..pictures.cover import LARGE_SIZE, cover
from ..pictures.custom import custom_cover
from ..speech.voices import is_test_voice
from ..text import did_you_mean
from . import feed
from .registry import EpisodeRegistry, Issue, Key
from .show import Channel, Entry, Files, Listed, Show, episode_guid, moment, show_guid

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

Naming = Callable[[Episode, str], str]
"""Where a file of an episode is, relative to the show, by its ending."""


@dataclass(frozen=True)
class Podcast:
    """A show with its ledger and the sessions of its library, and where each is kept. `own` is the picture that the
    author gave it; `borrowed` says that the show is this program's own example."""

    show: Show
    registry: EpisodeRegistry
    registry_file: Path
    folder: Path
    episodes: tuple[Episode, ...]
    own: Path | None = None
    borrowed: bool = False

    @property
    def cover(self) -> bytes:
        """The picture of the show. Raises BadPicture where the author's own cannot be used."""
        return custom_cover(self.own) if self.own else cover(self.show.title, LARGE_SIZE)


@dataclass(frozen=True)
class Edition:
    """What the podcast says at a moment: its channel, its episodes as they are listed, the ledger to keep, and what the
    author should know. `channel` has no base where none is known."""

    channel: Channel
    entries: tuple[Entry, ...]
    registry: EpisodeRegistry
    notices: tuple[str, ...]


def edition(podcast: Podcast, now: datetime, naming: Naming, cover_name: str = "cover.jpg") -> Edition:
    """What is published at that moment. The ledger takes in what is new; without a base URL, and a guid from before,
    nothing is."""
    show, kept = podcast.show, podcast.registry
    guid = show.guid or kept.guid or (show_guid(f"{show.base_url}feed.xml") if show.base_url else None)
    notices = [*_left_out(podcast)]
    due, issues, taken = [], kept.latest, dict[Key, str]()
    for episode, listed in _chosen(podcast):
        issue = issues.get(key(episode))
        if (same := taken.setdefault(key(episode), episode.name)) != episode.name:
            notices.append(
                f"{episode.name} is the same session as {same}, which is in the feed; remove one of them"
            )
            continue
        when = _date(episode, listed, issue, now)
        if when > now:
            notices.append(f"{episode.name} waits until {when:%Y-%m-%d %H:%M} UTC")
        elif issue is not None and issue.state == "withdrawn":
            notices.append(
                f"{episode.name} was withdrawn; audio-builder feed --reissue {episode.name} makes it a new episode"
            )
        else:
            due.append((when, episode, listed))
    if guid is not None:
        kept = _entered(kept, guid, due, now, notices)
        issues = kept.latest
    titles = Counter(_title(episode, listed) for _, episode, listed in due)
    twice = Counter((_title(e, lst), _minutes(e)) for _, e, lst in due)
    entries = []
    for when, episode, listed in due:
        issue = issues.get(key(episode))
        title = _title(episode, listed)
        if titles[title] > 1:
            more = f", {episode.variant}" if twice[title, _minutes(episode)] > 1 and episode.variant else ""
            title = f"{title} ({_minutes(episode)}{more})"
        entries.append(
            Entry(
                episode=episode,
                title=title,
                guid=issue.guid if issue else "",
                date=when,
                files=_files(episode, naming),
                number=(listed and listed.episode) or episode.number or (issue.number if issue else None),
                season=(listed and listed.season) or episode.season,
                kind=listed.type if listed else "full",
            )
        )
    for title, times in Counter(entry.title for entry in entries).items():
        if times > 1:
            notices.append(f"{times} episodes are called {title}; give their scripts titles of their own")
    if not show.episode:
        entries.sort(
            key=lambda entry: (entry.date, entry.number or 0, entry.episode.name), reverse=not show.serial
        )
    channel = Channel(
        show=show, guid=guid or "", base=show.base_url or "", changed=kept.changed or now, cover=cover_name
    )
    return Edition(channel, tuple(entries), kept, tuple(notices))


def dated(edition: Edition, now: datetime) -> Edition:
    """The edition with the date of its newest change: now, unless it says what it said before."""
    said = hashlib.sha256()
    for _, page in feed.pages(replace(edition.channel, changed=_LONG_AGO), edition.entries):
        said.update(page)
    for entry in edition.entries:
        said.update(entry.episode.sha256.encode())
    kept, content = edition.registry, said.hexdigest()
    if kept.content != content or kept.changed is None:
        kept = replace(kept, content=content, changed=now)
    assert kept.changed is not None
    return Edition(replace(edition.channel, changed=kept.changed), edition.entries, kept, edition.notices)


def beside(episode: Episode, ending: str) -> str:
    """Where the library has a file of an episode."""
    return f"{episode.name}{ending}"


def found(podcast: Podcast, name: str) -> Episode:
    """The session of that name in the library. Raises BuilderError with a near name where there is none."""
    wanted = name.removesuffix(".mp3")
    for episode in podcast.episodes:
        if episode.name == wanted:
            return episode
    raise AudioBuilderError(
        f"there is no {wanted} in {podcast.folder}; {did_you_mean(wanted, [e.name for e in podcast.episodes])}"
    )


def _left_out(podcast: Podcast) -> Iterator[str]:
    """What the author may wonder about: whose show it is, and which sessions are out of it, or in it against habit."""
    if podcast.borrowed:
        yield (
            f"this is audio-builder's own show ({podcast.show.title}); write scripts/show.toml to make it yours: "
            "docs/podcast.md"
        )
    if podcast.show.episode:
        for episode, _ in _chosen(podcast):
            if episode.draft:
                yield f"{episode.name} is a draft, and in the feed because show.toml lists it"
        return
    counted = [episode for episode, _ in _chosen(podcast)]
    left = [episode.name for episode in podcast.episodes if episode not in counted]
    if left:
        yield f"left out as drafts or by the voice for tests: {', '.join(left)}"


def _chosen(podcast: Podcast) -> list[tuple[Episode, Listed | None]]:
    """The sessions that count: those listed in that order, else all but drafts and the voice for tests."""
    if podcast.show.episode:
        return [(found(podcast, listed.name), listed) for listed in podcast.show.episode]
    return [
        (episode, None)
        for episode in podcast.episodes
        if not episode.draft and not is_test_voice(episode.voice)
    ]


def _date(episode: Episode, listed: Listed | None, issue: Issue | None, now: datetime) -> datetime:
    """Since when an episode is published: as it is written, else since it first was."""
    first = issue.date if issue else now
    if listed and listed.date:
        return moment(listed.date)
    if episode.date and not (issue and issue.issue > 1):
        return moment(_written(episode.date))
    return moment(first)


def _written(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)


def _entered(
    kept: EpisodeRegistry,
    guid: str,
    due: Sequence[tuple[datetime, Episode, Listed | None]],
    now: datetime,
    notices: list[str],
) -> EpisodeRegistry:
    """The ledger with every due session in it, the earliest first; says what was edited since."""
    issues, latest = list(kept.episode), kept.latest
    places = {issue.guid: n for n, issue in enumerate(issues)}
    number = max((issue.number for issue in issues), default=0)
    for _, episode, _listed in sorted(due, key=lambda part: (part[0], part[1].name)):
        issue = latest.get(key(episode))
        if issue is None:
            number += 1
            script, length, options = key(episode)
            issues.append(
                Issue(
                    guid=episode_guid(guid, script, length, options),
                    script=script,
                    length=length,
                    options=options,
                    date=now,
                    number=number,
                    sha256=episode.sha256,
                )
            )
        elif issue.sha256 != episode.sha256:
            if issue.sha256:
                notices.append(
                    f"{episode.name} was changed since it was published: apps keep what they have downloaded; "
                    f"audio-builder feed --reissue {episode.name} makes it a new episode"
                )
            issues[places[issue.guid]] = replace(issue, sha256=episode.sha256)
    return replace(kept, guid=guid, episode=issues)


def _title(episode: Episode, listed: Listed | None) -> str:
    return (listed and listed.title) or episode.title


def key(episode: Episode) -> Key:
    """What the ledger knows a session by."""
    return episode.id or episode.script, units.show(episode.length_ms), episode.variant


def _minutes(episode: Episode) -> str:
    """`20 min`, `1 h 5 min`, `9 min 13 s`: as titles have it."""
    hours, rest = divmod(round(episode.length_ms / 1000), 3600)
    minutes, seconds = divmod(rest, 60)
    return " ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min"), (seconds, "s")) if n)


def _files(episode: Episode, naming: Naming) -> Files:
    return Files(
        mp3=naming(episode, ".mp3"),
        vtt=naming(episode, ".vtt"),
        srt=naming(episode, ".srt"),
        txt=naming(episode, ".txt"),
        chapters=naming(episode, ".chapters.json"),
        image=naming(episode, ".jpg"),
        page=f"#{episode.name}",
    )
