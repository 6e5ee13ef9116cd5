"""The library over HTTP: its page, its feed, its files, and any session at any length as it is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from .. import feed, library, podcast, site
from ..build import arrange, guess, known_lengths
from ..companions import companion
from ..episode import Episode
from ..errors import BuilderError
from ..options import Wish, pattern
from ..order import Desk, prepare
from ..plan import bounded
from ..review import document, facts
from ..shelf import names_sound, near
from ..show import Channel, Entry, Files, episode_guid, moment, show_guid
from ..units import duration, show
from . import ranges
from .studio import PATIENCE, NotYet, Studio

_RETRY = "15"
_OPTIONS = ("length", "positions", "voice", "speed", "ambience", "bell", "breath", "ending", "quality")


class _Unknown(BuilderError):
    """There is nothing of that name."""


def app(desk: Desk, patience: float = PATIENCE) -> Starlette:
    """The program that answers for a library and its scripts; while it runs it speaks the scripts ahead. A request
    waits `patience` seconds for what is not spoken yet."""
    studio = Studio(desk, patience)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        studio.start(desk.shelf.slugs())
        yield
        await run_in_threadpool(studio.stop)

    serving = _Serving(desk, studio)
    routes = [
        Route("/", serving.page),
        Route("/feed.xml", serving.feed),
        Route("/cover.jpg", serving.cover),
        Route("/media/{file}", serving.media),
        Route("/api/scripts", serving.scripts),
        Route("/api/plan", serving.plan),
        Route("/healthz", serving.health),
    ]
    faults = {BuilderError: _fault, NotYet: _not_yet, _Unknown: _unknown}
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=faults)


def wish(query: dict[str, str]) -> Wish:
    """What the options in an address ask for. Raises BuilderError where one is none, or names a file: those are for
    the one at the keyboard."""
    for name in query:
        if name not in _OPTIONS:
            raise BuilderError(f"there is no option {name}; {near(name, _OPTIONS)}")
    for name in ("ambience", "bell"):
        if names_sound(query.get(name, "")):
            raise BuilderError(f"{name} takes one of the program's own here, not a file")
    given: dict[str, object] = dict(query)
    if "length" in query:
        try:
            given["length"] = length = duration(query["length"])
        except ValueError as error:
            raise BuilderError(str(error)) from None
        bounded(length)
    if "speed" in query:
        try:
            given["speed"] = float(query["speed"])
        except ValueError:
            raise BuilderError(f"speed is a number like 0.8, not {query['speed']!r}") from None
    if "positions" in query:
        given["positions"] = tuple(name.strip() for name in query["positions"].split(","))
    for name, values in (("ending", ("wake", "sleep")), ("quality", ("stereo", "mono"))):
        if query.get(name, values[0]) not in values:
            raise BuilderError(f"{name} is {' or '.join(values)}")
    pattern(query.get("breath", ""))
    return Wish(**given)  # type: ignore[arg-type]  # each of _OPTIONS is one of Wish's fields, of the type made here


class _Serving:
    """The answers; each works in a thread of its own where it takes time."""

    def __init__(self, desk: Desk, studio: Studio) -> None:
        self.desk, self.studio = desk, studio

    async def page(self, request: Request) -> Response:
        channel, entries = await run_in_threadpool(self._library, str(request.base_url))
        return Response(site.page(channel, entries), media_type="text/html")

    async def feed(self, request: Request) -> Response:
        base, query = str(request.base_url), dict(request.query_params)
        if query:
            channel, entries = await run_in_threadpool(self._any_length, base, wish(query), request.url.query)
        else:
            channel, entries = await run_in_threadpool(self._library, base)
        made = await run_in_threadpool(feed.feed, channel, entries)
        return _whole(request, made, "application/rss+xml; charset=utf-8")

    async def cover(self, request: Request) -> Response:
        drawn = await run_in_threadpool(lambda: podcast.open_podcast(self.desk.shelf, self.desk.out).cover)
        return _whole(request, drawn, "image/jpeg")

    async def media(self, request: Request) -> Response:
        name, ending = _parted(request.path_params["file"])
        return await run_in_threadpool(self._media, request, name, ending)

    async def scripts(self, _request: Request) -> Response:
        slugs = self.desk.shelf.slugs().items()
        rows = await run_in_threadpool(lambda: [facts(name, path, self.desk) for name, path in slugs])
        return JSONResponse([{key: value for key, value in row.items() if key != "file"} for row in rows])

    async def plan(self, request: Request) -> Response:
        query = dict(request.query_params)
        name = query.pop("script", "")
        return JSONResponse(await run_in_threadpool(self._plan, name, wish(query)))

    async def health(self, _request: Request) -> Response:
        waiting = self.studio.waiting
        return JSONResponse({"ready": waiting == 0, "scripts_to_speak": waiting})

    def _media(self, request: Request, name: str, ending: str) -> Response:
        if not request.query_params:
            episode = library.read(self.desk.out / f"{name}.json")
            path = self.desk.out / f"{name}{ending}"
            if episode is not None and path.is_file():
                if ending != ".mp3":
                    return _whole(request, path.read_bytes(), library.KINDS[ending])
                return _sound(request, ranges.File(path), episode)
        made = self.studio.session(self._known(name), wish(dict(request.query_params)))
        if ending == ".mp3":
            return _sound(request, made.session, made.episode)
        return _whole(
            request,
            companion(made.order, made.session.plan, made.episode, ending, self.desk.cache),
            library.KINDS[ending],
        )

    def _known(self, name: str) -> str:
        """A script's slug: whoever asks over HTTP names no paths."""
        slugs = self.desk.shelf.slugs()
        if name not in slugs:
            raise _Unknown(f"there is no session and no script {name[:80]}; {near(name, slugs)}")
        return name

    def _plan(self, name: str, wish: Wish) -> dict[str, object]:
        order = prepare(self._known(name), wish, self.desk.shelf)
        lengths = known_lengths(order, self.desk)
        made = arrange(order, lengths or guess(order, self.desk), estimated=lengths is None)
        return document(made)

    def _library(self, base: str) -> tuple[Channel, list[Entry]]:
        """The library as a podcast at this server: nothing is written."""
        opened = podcast.open_podcast(self.desk.shelf, self.desk.out, base)
        now = datetime.now(UTC).replace(microsecond=0)
        made = podcast.edition(opened, now, lambda episode, ending: f"media/{episode.name}{ending}")
        known = {issue.guid for issue in opened.ledger.episode}
        entries = [
            entry
            if entry.guid in known or entry.episode.date
            else replace(entry, date=self._built(entry.episode))
            for entry in made.entries
        ]
        changed = opened.ledger.changed or max((entry.date for entry in entries), default=now)
        return replace(made.channel, changed=changed), entries

    def _built(self, episode: Episode) -> datetime:
        """When a session that was never published was built."""
        return _written(self.desk.out / f"{episode.name}.mp3")

    def _any_length(self, base: str, wish: Wish, query: str) -> tuple[Channel, list[Entry]]:
        """Each script that can have that length, at that length."""
        opened = podcast.open_podcast(self.desk.shelf, self.desk.out, base)
        guid = opened.show.guid or opened.ledger.guid or show_guid(f"{base}feed.xml")
        entries, refused, now = [], None, datetime.now(UTC)
        for name, path in self.desk.shelf.slugs().items():
            try:
                made = self.studio.session(name, wish)
            except NotYet:
                raise
            except BuilderError as error:
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
    at = {ending: f"media/{name}{ending}{query}" for ending in library.KINDS}
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
    for ending in library.KINDS:
        if file.endswith(ending) and "/" not in file and "\\" not in file and file != ending:
            return file.removesuffix(ending), ending
    raise _Unknown(f"there is no {file[:80]}; there are {', '.join(library.KINDS)}")


def _sound(request: Request, sound: ranges.Readable, episode: Episode) -> Response:
    """A session, built or not: equal recipes are equal bytes."""
    return ranges.respond(sound, library.KINDS[".mp3"], episode.recipe[:32], request.headers, request.method)


def _whole(request: Request, content: bytes, kind: str) -> Response:
    """Something small, with its tag."""
    return ranges.respond(ranges.Bytes(content), kind, ranges.tag(content), request.headers, request.method)


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC)


def _fault(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 400)


def _unknown(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 404)


def _not_yet(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 503, {"Retry-After": _RETRY})
