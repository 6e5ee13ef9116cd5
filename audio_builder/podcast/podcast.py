"""The podcast of a library: its show, its registry and its sessions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from ..errors import AudioBuilderError
from ..files import read_text
from ..library import storage
from ..library.manifest import Episode
from ..library.session_files import session_name
from ..pictures.cover import LARGE_SIZE, cover
from ..pictures.custom import custom_cover
from ..script.search import ScriptFinder, display_path, is_shipped
from ..text import did_you_mean
from .registry import REGISTRY_FILE, EpisodeRegistry, read_registry
from .show import Show
from .show_file import read_show, with_base_url


@dataclass(frozen=True)
class Podcast:
    """A show with its registry and the sessions of its library, which is `folder`.

    `cover_file` is the picture that the author chose. `is_example` says that the show is the one that comes with
    the program. `withdrawing` names the session that is being withdrawn. `finder` finds the scripts of the sessions.
    `stored_registry` is what the registry's file held when it was read.
    """

    show: Show
    registry: EpisodeRegistry
    stored_registry: EpisodeRegistry
    registry_file: Path
    folder: Path
    finder: ScriptFinder
    episodes: tuple[Episode, ...]
    cover_file: Path | None = None
    is_example: bool = False
    withdrawing: str | None = None

    @property
    def cover(self) -> bytes:
        """The cover of the show as a JPEG. Raises BadPicture if the author's picture cannot be used."""
        return _cover(self.show, self.cover_file)


def open_podcast(finder: ScriptFinder, folder: Path, base_url: str | None = None) -> Podcast:
    """Return the podcast of the library in `folder`, optionally at another address than `show.toml` gives.

    Raises AudioBuilderError if `show.toml` is missing, or if it or the registry is invalid.
    """
    path, show = _found_show(finder)
    if base_url is not None:
        show = with_base_url(show, base_url, "--base-url")
    registry_file = registry_path(finder, folder)
    registry = read_registry(registry_file)
    return Podcast(
        show=show,
        registry=registry,
        stored_registry=registry,
        registry_file=registry_file,
        folder=folder,
        finder=finder,
        episodes=tuple(without_cues(storage.iter_episodes(folder))),
        cover_file=_cover_file(path, show),
        is_example=is_shipped(path.parent),
    )


def open_show(finder: ScriptFinder) -> Show:
    """Return the show of a workspace. Raises AudioBuilderError if `show.toml` is missing or invalid."""
    return _found_show(finder)[1]


def show_cover(finder: ScriptFinder) -> bytes:
    """Return the cover of the show of a workspace as a JPEG, without looking at its sessions.

    Raises AudioBuilderError if `show.toml` is missing or invalid, and BadPicture if the author's picture is.
    """
    path, show = _found_show(finder)
    return _cover(show, _cover_file(path, show))


def _cover(show: Show, file: Path | None) -> bytes:
    return custom_cover(file) if file else cover(show.title, LARGE_SIZE)


def registry_path(finder: ScriptFinder, folder: Path) -> Path:
    """Return the path of the registry: next to the author's scripts or, without any, in the library."""
    scripts = finder.folders[0]
    return (folder if is_shipped(scripts) else scripts) / REGISTRY_FILE


def own_show(finder: ScriptFinder) -> Show | None:
    """Return the show that the author describes, or None if there is only the example that comes with the program.

    Raises AudioBuilderError if `show.toml` is invalid.
    """
    path = finder.find_file("show.toml")
    return _read_show_file(path) if path is not None and not is_shipped(path.parent) else None


def _cover_file(show_file: Path, show: Show) -> Path | None:
    """Return the picture that a show.toml names, if any.

    Raises AudioBuilderError if it is not in the same folder or below.
    """
    if not show.image:
        return None
    folder = show_file.parent.resolve()
    try:
        path = (folder / show.image).resolve()
    except ValueError:
        raise AudioBuilderError(f"{show_file.name}: image: not the name of a file") from None
    if not path.is_relative_to(folder):
        raise AudioBuilderError(
            f'{show_file.name}: the picture "{show.image}" is outside the folder of {show_file.name}. Copy it there.'
        )
    return path


def find_session(podcast: Podcast, name: str) -> Episode:
    """Return the session of that name in the library. Raises AudioBuilderError with a hint if there is none."""
    wanted = session_name(name)
    for episode in podcast.episodes:
        if episode.name == wanted:
            return episode
    hint = did_you_mean(wanted, [episode.name for episode in podcast.episodes])
    raise AudioBuilderError(f'No session named "{wanted}" in {podcast.folder}. {hint}')


def without_cues(episodes: Iterable[Episode]) -> Iterator[Episode]:
    """Yield the episodes with less memory: without their cues, which no feed has, and with equal parts shared."""
    known: dict[object, Any] = {}
    for episode in episodes:
        shared = {
            name: known.setdefault(getattr(episode, name), getattr(episode, name))
            for name in ("cautions", "chapters", "props", "summary", "show_notes", "scripts")
        }
        options = known.setdefault(tuple(episode.options.items()), episode.options)
        yield replace(episode, cues=(), options=options, **shared)


def _found_show(finder: ScriptFinder) -> tuple[Path, Show]:
    path = finder.find_file("show.toml")
    if path is None:
        raise AudioBuilderError(
            "No show.toml next to your scripts. See docs/podcast.md for what to write in it."
        )
    return path, _read_show_file(path)


def _read_show_file(path: Path) -> Show:
    file = display_path(path)
    try:
        return read_show(read_text(path), file)
    except UnicodeDecodeError:
        raise AudioBuilderError(f"{file}: not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise AudioBuilderError(f"{file}: {error.strerror}") from None
