"""Feeds of the library and of any length, and every file that they name."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from msgspec.structs import replace
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..errors import AudioBuilderError, InvalidValue
from ..files import is_file, read_file
from ..library import storage
from ..library.chapters import PICTURE_NAME, PICTURE_TYPES, chapters_json
from ..library.manifest import Episode
from ..library.session_files import CHAPTERS, PUBLIC_FILES
from ..library.sidecars import sidecar
from ..options import BuildOptions
from ..podcast.channel import Channel, Entry, episode_files
from ..podcast.course import course_key, distinct_dates
from ..podcast.dates import parse_date
from ..podcast.edition import current_edition, with_paths
from ..podcast.feed import first_page
from ..podcast.guids import episode_guid, show_guid
from ..podcast.podcast import Podcast, open_podcast, show_cover
from ..service.first_seen import first_seen
from ..service.sessions import PATIENCE, OpenSession, SessionService, Unknown
from ..service.speech_queue import NotYet
from ..units import duration, show
from . import other_formats, ranges
from .addresses import root_of
from .caching import (
    VERSION,
    cached,
    options_asked,
    plain_cache_control,
    version_cache_control,
    version_of,
    versioned,
)
from .query import read_options, same_query
from .turns import Turns

DAILY = "daily"
"""In the address of a feed, in place of a variation: every day has its own."""
_CONTENT_TYPES = {file.suffix: file.content_type for file in PUBLIC_FILES} | other_formats.CONTENT_TYPES


class Media:
    """The handlers of feeds and media. Whatever takes time runs in a thread."""

    def __init__(self, sessions: SessionService, turns: Turns) -> None:
        self.workspace, self.sessions, self._turns = sessions.workspace, sessions, turns

    def routes(self) -> list[Route]:
        """Return the routes of feeds and media."""
        return [
            Route("/feed.xml", self.feed),
            Route("/cover.jpg", self.cover),
            Route("/media/{file}", self.media),
        ]

    async def feed(self, request: Request) -> Response:
        """Return the podcast or, with options, a feed with each script at that length.

        If the address has the token, so have all the addresses in the feed: podcast apps know nothing else.
        """
        base, asked, token = str(request.base_url), dict(request.query_params), request.scope["token"]
        if asked:
            secret = {"token": token} if token else {}
            address = f"feed.xml?{urlencode(asked | secret)}"
            today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            day = today if asked.get("variation") == DAILY else None
            if day:
                asked["variation"] = day.date().isoformat()
            options = read_options(asked)
            query = urlencode(
                same_query(asked) | secret
            )  # feeds that ask for the same have the same addresses
            listing = await self._turns.run(
                request, self._any_length, base, options, query, urlencode(secret), address, day
            )
        else:
            listing = await self._turns.run(request, self.library, base, token)
        channel, entries = listing
        # nothing notifies a hub of what is served, and no directory should list an address of a home
        is_blocked = channel.show.block or request.scope["sharing"] != "public"
        channel = replace(channel, show=replace(channel.show, hub=None, block=is_blocked))
        if token:
            channel = replace(channel, cover=f"{channel.cover}?{urlencode({'token': token})}")
        document = await self._turns.run(request, first_page, channel, entries)
        return _small(request, document, "application/rss+xml; charset=utf-8")

    async def cover(self, request: Request) -> Response:
        """Return the cover of the show."""
        picture = await self._turns.run(request, show_cover, self.workspace.finder)
        return _small(request, picture, "image/jpeg")

    async def media(self, request: Request) -> Response:
        """Return an MP3 or one of its sidecars: from the library by name, or else a script at any length."""
        if PICTURE_NAME.fullmatch(request.path_params["file"]):
            return await run_in_threadpool(self._picture, request)
        name, suffix = _split_suffix(request.path_params["file"])
        asked = options_asked(request)
        if suffix == ".mp3" and asked:
            opened = self.sessions.find(name, read_options(asked))
            if opened is not None:  # most requests of a player: no thread is needed
                return self._session_mp3(request, opened)
        elif (stored := await run_in_threadpool(self._stored, request, name, suffix)) is not None:
            return stored
        return await self._turns.run(request, self._media, request, name, suffix)

    def _picture(self, request: Request) -> Response:
        """Return a chapter picture of the library."""
        path = self.workspace.out / request.path_params["file"]
        if not is_file(path):
            raise Unknown(f"No file named {path.name}")
        return _small(request, read_file(path), PICTURE_TYPES[path.suffix])

    def _stored(self, request: Request, name: str, suffix: str) -> Response | None:
        """Return a file of the library, or None if it has none of that name."""
        if suffix in other_formats.CONTENT_TYPES:
            return other_formats.other_format(request, self.workspace.out, name, suffix)
        if options_asked(request):
            return None
        if suffix == ".mp3" and (opened_file := storage.opened_mp3(self.workspace.out, name)):
            episode, file = opened_file
            response = _mp3(request, ranges.FileBytes(file), episode)
            response.background = BackgroundTask(file.close)
            return response
        path = self.workspace.out / f"{name}{suffix}"
        if suffix == ".mp3" or not is_file(path) or not is_file(path.with_name(f"{name}.json")):
            return None
        manifest = (
            storage.read_manifest(path.with_name(f"{name}.json")) if suffix == CHAPTERS.suffix else None
        )
        content = chapters_json(manifest, _addresses(request, "media")) if manifest else read_file(path)
        return _small(request, content, _CONTENT_TYPES[suffix])

    def _media(self, request: Request, name: str, suffix: str) -> Response:
        script = self._require_script(name, suffix, root_of(request.scope))
        opened = self.sessions.session(script, read_options(options_asked(request)))
        if suffix == ".mp3":
            return self._session_mp3(request, opened)
        if suffix == CHAPTERS.suffix:
            content = chapters_json(opened.episode, _addresses(request, f"figures/{script}"))
        else:
            timeline, cache = opened.session.timeline, self.workspace.cache
            content = sidecar(opened.request, timeline, opened.episode, suffix, cache)
        return _small(request, content, _CONTENT_TYPES[suffix])

    def _session_mp3(self, request: Request, opened: OpenSession) -> Response:
        client = request.client.host if request.client else ""
        return _mp3(request, self.sessions.stream(opened, client), opened.episode)

    def _require_script(self, name: str, suffix: str, root: str) -> str:
        """Return the name of a script. Raises Unknown, with the right address for a name such as `six-habits-9m`."""
        scripts = self.workspace.finder.scripts()
        script, _, length = name.rpartition("-")
        if name not in scripts and script in scripts:
            with suppress(InvalidValue):
                duration(length)
                address = f"{root}/media/{script}{suffix}?length={length}"
                raise Unknown(f'No session named "{name}" in the library: ask for {address}')
        return self.sessions.require_script(name)

    def library(self, base: str, token: str = "") -> tuple[Channel, list[Entry]]:
        """Return the library as a podcast on this server. Neither the feed nor the registry is written."""
        secret = urlencode({"token": token}) if token else ""
        query = f"?{secret}" if secret else ""
        opened = open_podcast(self.workspace.finder, self.workspace.out, base)
        now = datetime.now(UTC).replace(microsecond=0)
        listing = with_paths(
            current_edition(opened, now),
            lambda episode, suffix: (
                f"media/{episode.name}{suffix}?{versioned(episode, suffix, secret)}".rstrip("?")
            ),
            picture_path=lambda picture: f"media/{picture}{query}",
        )
        entries = self._dated(opened, listing.entries)
        changed = opened.registry.changed or max((entry.date for entry in entries), default=now)
        channel = replace(listing.channel, changed=changed, feed=f"{listing.channel.feed}{query}")
        return channel, entries

    def _dated(self, opened: Podcast, entries: Sequence[Entry]) -> list[Entry]:
        """Return the entries with the dates at which this server first listed those that have no other date."""
        listed = {listing.name for listing in opened.show.episode if listing.date}
        new = [
            entry.episode.name
            for entry in entries
            if entry.guid not in opened.registry.guids
            and not entry.episode.date
            and entry.episode.name not in listed
        ]
        seen = first_seen(
            self.workspace.out, {f"{name}.mp3": self.workspace.out / f"{name}.mp3" for name in new}
        )
        dated = [replace(entry, date=seen.get(f"{entry.episode.name}.mp3", entry.date)) for entry in entries]
        return dated if opened.show.episode else _in_order(dated, opened.show.serial)

    def _any_length(
        self, base: str, options: BuildOptions, query: str, secret: str, address: str, day: datetime | None
    ) -> tuple[Channel, list[Entry]]:
        """Return a feed of every script that can have that length, at that length.

        `address` is the feed's own, `query` what its files are asked for, and `secret` the part of it that pictures
        need. With a `day`, all are new on that day.
        """
        opened = open_podcast(self.workspace.finder, self.workspace.out, base)
        guid = opened.show.guid or opened.registry.guid or show_guid(f"{base}feed.xml")
        found, refusal, deadline = dict[Path, Episode](), None, time.monotonic() + PATIENCE
        for name, path in self.workspace.finder.scripts().items():
            try:
                found[path] = self.sessions.session(name, options, deadline).episode
            except NotYet:
                raise
            except AudioBuilderError as error:
                refusal = error  # this script cannot have that length, or has errors, which `check` shows
        seen = first_seen(self.workspace.out, {episode.id: path for path, episode in found.items()})
        if day:
            seen = dict.fromkeys(seen, day)
        entries = [_entry(episode, guid, seen[episode.id], query, secret) for episode in found.values()]
        entries = [entry for entry in entries if entry.date <= datetime.now(UTC)]
        if refusal is not None and not entries:
            raise refusal
        entries = _in_order(entries, opened.show.serial)
        changed = max((entry.date for entry in entries), default=datetime(2000, 1, 1, tzinfo=UTC))
        channel = Channel(show=opened.show, guid=guid, base=base, changed=changed, feed=address)
        return channel, entries


def _addresses(request: Request, folder: str) -> Callable[[str], str]:
    """Return what gives the address of a picture in a folder, with the token if the request has it in its address."""
    token = request.scope["token"]
    query = f"?{urlencode({'token': token})}" if token else ""
    return lambda picture: f"{request.base_url}{folder}/{picture}{query}"


def _entry(episode: Episode, guid: str, seen: datetime, query: str, secret: str) -> Entry:
    return Entry(
        episode=episode,
        title=episode.title,
        guid=episode_guid(guid, episode.id, show(episode.length_ms), episode.variant),
        date=parse_date(episode.date) if episode.date else seen,
        files=episode_files(
            episode,
            episode.script,
            lambda suffix: f"media/{episode.script}{suffix}?{versioned(episode, suffix, query)}",
            lambda picture: f"figures/{episode.script}/{picture}{f'?{secret}' if secret else ''}",
        ),
        number=episode.number,
        season=episode.season,
    )


def _in_order(entries: Sequence[Entry], serial: bool) -> list[Entry]:
    """Return the entries from the newest to the oldest, or those of a course in its order, with different dates."""
    if not serial:
        return sorted(
            entries, key=lambda entry: (entry.date, entry.number or 0, entry.episode.name), reverse=True
        )
    course = sorted(entries, key=lambda entry: (entry.date, course_key(entry.episode)))
    dates = distinct_dates(entry.date for entry in course)
    return [replace(entry, date=date) for entry, date in zip(course, dates, strict=True)]


def _split_suffix(file: str) -> tuple[str, str]:
    for suffix in _CONTENT_TYPES:
        if file.endswith(suffix) and not {"/", "\\", "\0"} & {*file} and file != suffix:
            return file.removesuffix(suffix), suffix
    raise Unknown(f"No file named {file[:80]}. Names end in {', '.join(_CONTENT_TYPES)}.")


def _mp3(request: Request, content: ranges.Content, episode: Episode) -> Response:
    """Return an MP3, or lead from the address of another version to that of the present one."""
    tag, asked = version_of(episode), request.query_params.get(VERSION, "")
    if asked and asked != tag:
        token = {"token": request.scope["token"]} if request.scope["token"] else {}
        query = urlencode(options_asked(request) | token | {VERSION: tag})
        return cached(request, RedirectResponse(f"{request.url.path}?{query}", 307))
    control = version_cache_control(request) if asked else plain_cache_control(request)
    return ranges.respond(
        content, _CONTENT_TYPES[".mp3"], tag, request.headers, request.method, cache_control=control
    )


def _small(request: Request, content: bytes, mime_type: str) -> Response:
    tag = ranges.entity_tag(content)
    control = plain_cache_control(request)
    return ranges.respond(
        ranges.MemoryBytes(content), mime_type, tag, request.headers, request.method, cache_control=control
    )
