"""Scripts with all their files, by content in the store: each worker has a copy that is equal by construction."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from ..batch.planned import PlannedSession
from ..errors import AudioBuilderError
from ..files import FIGURE_SUFFIXES, SOUND_SUFFIXES, cannot_read, is_file, is_sound_path
from ..options import BuildOptions
from ..script.search import ScriptFinder, display_path, is_shipped, shipped_folder
from .records import ScriptRef
from .store import AT_ONCE, SharedStore, StoreFailed

SCRIPTS_FOLDER = "{scripts}"
"""What paths in options and in errors begin with, in place of the folder that has the scripts on a worker."""

_SUFFIXES = {".md", ".toml", *SOUND_SUFFIXES, *FIGURE_SUFFIXES}
_SOUNDS = "sounds"
_UNUSED_SECONDS = 7 * 86_400.0  # after which a worker removes its copy


class _File(msgspec.Struct, frozen=True):
    path: str
    sha256: str
    size: int


class _Listing(msgspec.Struct, frozen=True):
    """All files, and how many of the numbered folders the search path consists of."""

    search_path: int
    files: tuple[_File, ...]


@dataclass(frozen=True)
class ScriptBundle:
    """The folders of scripts of this machine and the sound files that options name, and their `digest` in the store."""

    search_path: int
    folders: tuple[Path, ...]
    sounds: tuple[Path, ...]
    digest: str = ""

    def script(self, name: str) -> ScriptRef:
        """Return where tasks find a script that is given by slug or by path."""
        if not is_given_by_path(name):
            return ScriptRef(name)
        return ScriptRef(Path(name).name, self.folders.index(Path(name).parent.resolve()))

    def options(self, options: BuildOptions) -> BuildOptions:
        """Return the options as tasks take them: with the sound files that a worker has."""

        def placed(value: str | None) -> str | None:
            if value is None or not is_sound_path(value) or _sound(value) not in self.sounds:
                return value
            number = self.sounds.index(_sound(value))
            return f"{SCRIPTS_FOLDER}/{_SOUNDS}/{number}/{Path(value).name}"

        return replace(options, ambience=placed(options.ambience), bell=placed(options.bell))  # type: ignore[arg-type]  # None if not given

    def readable(self, message: str) -> str:
        """Return a worker's message with the paths of this machine."""
        for number, folder in enumerate(self.folders):
            message = message.replace(f"{SCRIPTS_FOLDER}/{number}/", f"{display_path(folder)}/")
        for number, sound in enumerate(self.sounds):
            message = message.replace(
                f"{SCRIPTS_FOLDER}/{_SOUNDS}/{number}/", f"{display_path(sound.parent)}/"
            )
        return message


def is_given_by_path(name: str) -> bool:
    """Return whether a script is given by the path of its file, and not by its slug."""
    return name.endswith(".md") or "/" in name or "\\" in name


def put_scripts(
    sessions: Iterable[PlannedSession], finder: ScriptFinder, out: Path, store: SharedStore
) -> ScriptBundle:
    """Put the scripts of a batch into the store, with everything next to them but the library in `out`.

    Raises AudioBuilderError if a file cannot be read or a folder is a home folder, and StoreFailed.
    """
    bundle = _bundle(sessions, finder)
    found = dict(_found(bundle, out.resolve()))
    with ThreadPoolExecutor(AT_ONCE) as threads:
        files = tuple(threads.map(_described, found, found.values()))
        paths = {_object(file): found[file.path] for file in files if file.size}
        absent = store.missing(paths)
        for _ in threads.map(lambda name: store.write(name, paths[name]), sorted(absent)):
            pass
    listing = msgspec.json.encode(_Listing(bundle.search_path, files))
    digest = hashlib.sha256(listing).hexdigest()
    if store.read(_listing_name(digest)) != listing:
        store.write(_listing_name(digest), listing)
    return replace(bundle, digest=digest)


def copy_scripts(digest: str, store: SharedStore, folder: Path) -> tuple[Path, ScriptFinder]:
    """Return this machine's copy of the scripts with this digest, below `folder`, and a finder for it.

    What is missing or not as it was written is fetched. Raises StoreFailed.
    """
    content = store.read(_listing_name(digest))
    if content is None:
        raise StoreFailed(
            f"{store.address} does not have the scripts: give a store that every machine reaches by this name"
        )
    if hashlib.sha256(content).hexdigest() != digest:
        raise StoreFailed(f"{store.address}: {_listing_name(digest)} is damaged; run the batch again")
    listing = msgspec.json.decode(content, type=_Listing)
    copy = folder / "scripts" / digest
    if not _is_intact(copy, listing):
        _fetch(listing, store, copy)
    with suppress(OSError):
        os.utime(copy)
    return copy, ScriptFinder(tuple(copy / str(number) for number in range(listing.search_path)))


def _bundle(sessions: Iterable[PlannedSession], finder: ScriptFinder) -> ScriptBundle:
    folders = dict.fromkeys(folder.resolve() for folder in finder.folders)
    search_path, sounds = len(folders), dict[Path, None]()
    for planned in sessions:
        if is_given_by_path(planned.script):
            folders[Path(planned.script).parent.resolve()] = None
        for value in (planned.options.ambience, planned.options.bell):
            if value is not None and is_sound_path(value) and is_file(_sound(value)):
                sounds[_sound(value)] = None
    for folder in folders:
        _refuse_home(folder)
    return ScriptBundle(search_path, tuple(folders), tuple(sounds))


def _refuse_home(folder: Path) -> None:
    """Raise AudioBuilderError for a folder of scripts that has everything else of its owner too."""
    if Path.home().resolve().is_relative_to(folder):
        raise AudioBuilderError(
            f"Every script, sound and picture below {display_path(folder)} would be sent to the store. Put your "
            "scripts into a folder of their own."
        )


def _is_example(folder: Path, number: int) -> bool:
    return folder == shipped_folder().resolve() and (number > 0 or is_shipped(folder))


def _sound(value: str) -> Path:
    return Path(value).expanduser().resolve()


def _found(bundle: ScriptBundle, out: Path) -> Iterator[tuple[str, Path]]:
    for number, folder in enumerate(bundle.folders):
        # copied, the example show would count as the author's own
        example = folder / "show.toml" if _is_example(folder, number) else None
        for base, names, files in os.walk(folder):
            here = Path(base)
            names[:] = sorted(name for name in names if name[0] != "." and here / name != out)
            for name in sorted(files):
                path = here / name
                if path.suffix.lower() in _SUFFIXES and name[0] != "." and is_file(path) and path != example:
                    yield f"{number}/{path.relative_to(folder).as_posix()}", path
    for number, sound in enumerate(bundle.sounds):
        yield f"{_SOUNDS}/{number}/{sound.name}", sound


def _described(name: str, path: Path) -> _File:
    if not name.isprintable() and any("\ud800" <= char <= "\udfff" for char in name):
        raise AudioBuilderError(f"The name of {path!r} is not UTF-8: rename the file")
    try:
        with path.open("rb") as file:
            return _File(name, hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size)
    except OSError as error:
        raise AudioBuilderError(cannot_read(path, error)) from None


def _object(file: _File) -> str:
    return f"scripts/files/{file.sha256[:2]}/{file.sha256}"


def _listing_name(digest: str) -> str:
    return f"scripts/lists/{digest}.json"


def _is_intact(copy: Path, listing: _Listing) -> bool:
    try:
        return all(_described(file.path, copy / file.path) == file for file in listing.files)
    except AudioBuilderError:
        return False


def _fetch(listing: _Listing, store: SharedStore, copy: Path) -> None:
    """Bring all files to a new folder, which then becomes the copy as a whole."""
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        _remove_unused(copy.parent)
        fetched = Path(tempfile.mkdtemp(prefix=".fetching-", dir=copy.parent))
        try:
            for number in range(listing.search_path):
                (fetched / str(number)).mkdir()
            with ThreadPoolExecutor(AT_ONCE) as threads:
                for _ in threads.map(lambda file: _fetch_file(file, store, fetched), listing.files):
                    pass
            if copy.exists() and not _is_intact(copy, listing):
                shutil.rmtree(copy, ignore_errors=True)
            with suppress(OSError):  # another worker of this machine was faster
                fetched.rename(copy)
        finally:
            shutil.rmtree(fetched, ignore_errors=True)
    except OSError as error:
        raise StoreFailed(f"Cannot write scripts into {copy.parent}: {error.strerror}") from None
    if not _is_intact(copy, listing):
        raise StoreFailed(f"Cannot write scripts into {copy.parent}: remove {copy.name} in it")


def _fetch_file(file: _File, store: SharedStore, folder: Path) -> None:
    path, digest = folder / file.path, hashlib.sha256()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("wb") as target:
            for piece in store.pieces(_object(file)) if file.size else ():
                target.write(piece)
                digest.update(piece)
    except FileNotFoundError:
        raise StoreFailed(f"{store.address} lacks {_object(file)}: run the batch again") from None
    if digest.hexdigest() != file.sha256:
        store.delete(_object(file))  # the next batch writes it again
        raise StoreFailed(f"{store.address}: {_object(file)} was damaged; run the batch again")


def _remove_unused(folder: Path) -> None:
    for path in folder.iterdir():
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _UNUSED_SECONDS:
                shutil.rmtree(path, ignore_errors=True)
