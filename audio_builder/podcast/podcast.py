"""The podcast of a library: show, ledger and sessions, and what is done with them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from ..errors import AudioBuilderError
from ..library import storage
from ..library.manifest import Episode
from ..script.search import ScriptFinder, display_path, shipped_folder
from . import feed
from . import registry as registries
from .edition import Edition, Podcast, beside, dated, edition, found, key
from .page import show_page
from .registry import EpisodeRegistry
from .show import episode_guid, placed, read_show

__all__ = [
    "Edition",
    "Podcast",
    "beside",
    "dated",
    "edition",
    "found",
    "keep",
    "light",
    "open_podcast",
    "put",
    "reissued",
    "withdrawn",
    "write",
]


def open_podcast(finder: ScriptFinder, folder: Path, base_url: str | None = None) -> Podcast:
    """The podcast of a library. Raises BuilderError where `show.toml` or the ledger is wrong."""
    path = finder.find_file("show.toml")
    if path is None:
        raise AudioBuilderError(
            "there is no show.toml beside your scripts; docs/podcast.md says what to write in it"
        )
    try:
        show = read_show(path.read_text("utf-8-sig"), display_path(path))
    except UnicodeDecodeError:
        raise AudioBuilderError(f"{display_path(path)}: it is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise AudioBuilderError(f"{display_path(path)}: {error.strerror}") from None
    if base_url is not None:
        show = placed(show, base_url, "--base-url")
    scripts = finder.folders[0]
    kept = (
        folder if scripts.resolve() == shipped_folder().resolve() and not _checkout(scripts) else scripts
    ) / registries.FILE
    found = tuple(light(storage.iter_episodes(folder)))
    own = path.parent / show.image if show.image else None
    borrowed = path.resolve().parent == shipped_folder().resolve() and not _checkout(path.parent)
    return Podcast(show, registries.read(kept), kept, folder, found, own, borrowed)


def light(episodes: Iterable[Episode]) -> Iterator[Episode]:
    """The episodes without their cues, which no feed has, and with equal parts kept once: there may be thousands."""
    once: dict[object, Any] = {}
    for episode in episodes:
        shared = {
            name: once.setdefault(value, value)
            for name in ("cautions", "chapters", "props", "summary", "show_notes")
            if (value := getattr(episode, name)) is not None
        }
        options = once.setdefault(tuple(episode.options.items()), episode.options)
        yield replace(episode, cues=(), options=options, **shared)


def _checkout(scripts: Path) -> bool:
    """Whether the shipped scripts are those of the folder that one works in."""
    return scripts.resolve() == (Path.cwd() / "scripts").resolve()


def write(podcast: Podcast, now: datetime) -> Edition:
    """Writes the page, the cover and, where there is a base URL, the feed into the library, and keeps the ledger.

    Raises BuilderError for the feed where there is none; the page is written then too."""
    made = edition(podcast, now, beside)
    for entry in made.entries:
        if not storage.has_sound(podcast.folder, entry.episode):
            raise AudioBuilderError(f"{entry.episode.name}.mp3 is damaged or gone; build it again")
    if podcast.show.base_url:
        made = dated(made, now)
        keep(podcast, made)
    pages = feed.pages(made.channel, made.entries) if podcast.show.base_url else iter(())
    put(
        podcast.folder,
        chain(pages, [("index.html", show_page(made.channel, made.entries)), ("cover.jpg", podcast.cover)]),
    )
    if not podcast.show.base_url:
        raise AudioBuilderError(
            f"{podcast.folder / 'index.html'} is written, the feed is not: apps need the address where these files "
            "will stand; add base_url to show.toml, or give --base-url https://…"
        )
    return made


def keep(podcast: Podcast, made: Edition) -> None:
    """Keeps what is published: in the ledger, and each guid in its manifest."""
    registries.write(podcast.registry_file, made.registry)
    for entry in made.entries:
        if entry.guid != entry.episode.guid:
            storage.record_guid(podcast.folder, entry.episode.name, entry.guid)


def put(folder: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Puts the podcast's own files into a library, all or none; pages that a feed no longer has go."""
    names = set()
    with storage.transaction(folder) as aside:
        for name, content in files:
            names.add(name)
            (aside / name).write_bytes(content)
    for stale in folder.glob("feed-*.xml"):
        if stale.name not in names:
            stale.unlink(missing_ok=True)


def reissued(podcast: Podcast, name: str, now: datetime) -> Podcast:
    """The podcast with a session as a new episode: another guid, today's date, the next number."""
    episode = found(podcast, name)
    old = podcast.registry.latest.get(key(episode))
    guid = podcast.show.guid or podcast.registry.guid
    if old is None or guid is None:
        raise AudioBuilderError(f"{episode.name} was never in the feed; audio-builder feed puts it there")
    number = 1 + max(issue.number for issue in podcast.registry.episode)
    again = old.issue + 1
    new = replace(
        old,
        guid=episode_guid(guid, old.script, old.length, old.options, again),
        date=now,
        number=number,
        state="live",
        issue=again,
        sha256=episode.sha256,
    )
    others = [
        replace(i, state="replaced") if i is old and i.state == "live" else i
        for i in podcast.registry.episode
    ]
    return _with(podcast, replace(podcast.registry, episode=[*others, new]))


def withdrawn(podcast: Podcast, name: str) -> Podcast:
    """The podcast with a session marked as withdrawn: never again in a feed unless it is issued anew. It need not be in
    the library any more."""
    there = next((e for e in podcast.episodes if e.name == name), None)
    wanted = "-".join(key(there)) if there else f"{name}-"
    same = [
        i
        for i in podcast.registry.episode
        if f"{i.script}-{i.length}-{i.options}".rstrip("-") == wanted.rstrip("-")
    ]
    if not same:
        found(podcast, name)  # or there is no such session at all
        raise AudioBuilderError(f"{name} was never in the feed; audio-builder library remove takes it away")
    marked = [replace(i, state="withdrawn") if i in same else i for i in podcast.registry.episode]
    return _with(podcast, replace(podcast.registry, episode=marked))


def _with(podcast: Podcast, kept: EpisodeRegistry) -> Podcast:
    return dataclasses.replace(podcast, registry=kept)
