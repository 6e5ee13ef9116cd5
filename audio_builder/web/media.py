"""The podcast over HTTP: feeds of the library and of any length, and every file that they name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..errors import AudioBuilderError
from ..library import storage
from ..library.manifest import Episode
from ..library.sidecars import sidecar
from ..options import BuildOptions
from ..podcast import feed, podcast
from ..podcast.show import Channel, Entry, Files, episode_guid, moment, show_guid
from ..service.sessions import SessionService, Unknown
from ..service.speech_queue import NotYet
from ..units import show
from . import ranges
from .query import read_options


class Media:
    """The answers; each works in a thread of its own where it takes time."""

    def __init__(self, sessions: SessionService) -> None:
        self.workspace, self.sessions = sessions.workspace, sessions

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/feed.xml", self.feed),
            Route("/cover.jpg", self.cover),
            Route("/media/{file}", self.media),
        ]

    async def feed(self, request: Request) -> Response:
        """The podcast, or with options each script at that length. Where its address carries the token, so do all
        that it names: podcast apps know nothing else."""
        base, asked, token = str(request.base_url), dict(request.query_params), request.scope["token"]
        if asked:
            query = urlencode(asked | ({"token": token} if token else {}))
            channel, entries = await run_in_threadpool(self._any_length, base, read_options(asked), query)
        else:
            channel, entries = await run_in_threadpool(self.library, base, token)
        if token:
            channel = replace(channel, cover=f"{channel.cover}?{urlencode({'token': token})}")
        made = await run_in_threadpool(feed.feed, channel, entries)
        return _whole(request, made, "application/rss+xml; charset=utf-8")

    async def cover(self, request: Request) -> Response:
        """The show's cover."""
        drawn = await run_in_threadpool(
            lambda: podcast.open_podcast(self.workspace.finder, self.workspace.out).cover
        )
        return _whole(request, drawn, "image/jpeg")

    async def media(self, request: Request) -> Response:
        """A session, or what lies beside it."""
        name, ending = _parted(request.path_params["file"])
        return await run_in_threadpool(self._media, request, name, ending)

    def _media(self, request: Request, name: str, ending: str) -> Response:
        if not request.query_params:
            episode = storage.read(self.workspace.out / f"{name}.json")
            path = self.workspace.out / f"{name}{ending}"
            if episode is not None and path.is_file():
                if ending != ".mp3":
                    return _whole(request, path.read_bytes(), storage.MIME_TYPES[ending])
                return _sound(request, ranges.File(path), episode)
        made = self.sessions.session(self.sessions.known(name), read_options(dict(request.query_params)))
        if ending == ".mp3":
            return _sound(request, made.session, made.episode)
        return _whole(
            request,
            sidecar(made.request, made.session.timeline, made.episode, ending, self.workspace.cache),
            storage.MIME_TYPES[ending],
        )

    def library(self, base: str, token: str = "") -> tuple[Channel, list[Entry]]:
        """The library as a podcast at this server: nothing is written."""
        query = f"?{urlencode({'token': token})}" if token else ""
        opened = podcast.open_podcast(self.workspace.finder, self.workspace.out, base)
        now = datetime.now(UTC).replace(microsecond=0)
        made = podcast.edition(opened, now, lambda episode, ending: f"media/{episode.name}{ending}{query}")
        known = {issue.guid for issue in opened.registry.episode}
        entries = [
            entry
            if entry.guid in known or entry.episode.date
            else replace(entry, date=self._built(entry.episode))
            for entry in made.entries
        ]
        changed = opened.registry.changed or max((entry.date for entry in entries), default=now)
        return replace(made.channel, changed=changed, feed=f"{made.channel.feed}{query}"), entries

    def _built(self, episode: Episode) -> datetime:
        """When a session that was never published was built."""
        return _written(self.workspace.out / f"{episode.name}.mp3")

    def _any_length(self, base: str, options: BuildOptions, query: str) -> tuple[Channel, list[Entry]]:
        """Each script that can have that length, at that length."""
        opened = podcast.open_podcast(self.workspace.finder, self.workspace.out, base)
        guid = opened.show.guid or opened.registry.guid or show_guid(f"{base}feed.xml")
        entries, refused, now = [], None, datetime.now(UTC)
        for name, path in self.workspace.finder.scripts().items():
            try:
                made = self.sessions.session(name, options)
            except NotYet:
                raise
            except AudioBuilderError as error:
                refused = error
                continue  # it cannot have that length, or has errors: `check` tells of those
            episode = made.episode
            if episode.date and moment(datetime.fromisoformat(episode.date)) > now:
                continue
            entries.append(
                Entry(
                    episode=episode,
                    title=episode.title,
                    guid=episode_guid(guid, episode.id, show(episode.length_ms), episode.variant),
                    date=moment(datetime.fromisoformat(episode.date)) if episode.date else _written(path),
                    files=_files(name, f"?{query}"),
                    number=episode.number,
                    season=episode.season,
                )
            )
        if refused is not None and not entries:
            raise refused
        entries.sort(key=lambda entry: (entry.date, entry.episode.name), reverse=not opened.show.serial)
        changed = max((entry.date for entry in entries), default=datetime(2000, 1, 1, tzinfo=UTC))
        channel = Channel(show=opened.show, guid=guid, base=base, changed=changed, feed=f"feed.xml?{query}")
        return channel, entries


def _files(name: str, query: str) -> Files:
    at = {ending: f"media/{name}{ending}{query}" for ending in storage.MIME_TYPES}
    return Files(
        mp3=at[".mp3"],
        vtt=at[".vtt"],
        srt=at[".srt"],
        txt=at[".txt"],
        chapters=at[".chapters.json"],
        image=at[".jpg"],
        page=f"#{name}",
    )


def _parted(file: str) -> tuple[str, str]:
    """A file's name and its ending."""
    for ending in storage.MIME_TYPES:
        if file.endswith(ending) and not {"/", "\\", "\0"} & {*file} and file != ending:
            return file.removesuffix(ending), ending
    raise Unknown(f"there is no {file[:80]}; there are {', '.join(storage.MIME_TYPES)}")


def _sound(request: Request, sound: ranges.Readable, episode: Episode) -> Response:
    """A session, built or not: equal recipes are equal bytes."""
    return ranges.respond(
        sound, storage.MIME_TYPES[".mp3"], episode.fingerprint[:32], request.headers, request.method
    )


def _whole(request: Request, content: bytes, kind: str) -> Response:
    """Something small, with its tag."""
    return ranges.respond(ranges.Bytes(content), kind, ranges.tag(content), request.headers, request.method)


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
