"""Fetch finished sessions from the store into the library of this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import msgspec
from msgspec.structs import replace as with_fields

from ..cache import SEAL_BYTES, is_sealed
from ..errors import AudioBuilderError
from ..library import storage
from ..library.additions import plan_additions, with_additions
from ..library.chapters import picture_alts
from ..library.manifest import AddedFile, Episode
from ..library.session_files import FORMAT_FILES, MANIFEST, MP3, STEM_FILES
from ..library.transactions import ChangedMeanwhile, content_of, recover, transaction
from ..options import BuildOptions, ResolvedOptions
from .places import manifest_name, picture_name, sidecar_name, sound_name
from .store import SharedStore

_TRIES = 4


class AdditionsWanted(Exception):
    """A session that the library has in other formats, or in parts, which the store has of an earlier version or not
    at all. `options` are those that ask for them."""

    def __init__(self, options: BuildOptions) -> None:
        super().__init__(options)
        self.options = options


class DamagedSession(Exception):
    """A session in the store that is not as it was written. It was removed there, to be built again."""


def fetch_session(key: str, options: BuildOptions, store: SharedStore, folder: Path) -> tuple[Episode, bool]:
    """Bring a session into the library. Return its manifest, and whether it was there already, the same and intact.

    `options` are those that it was ordered with. Every file is checked against the SHA-256 that the manifest has of it;
    of a file, only a few megabytes are in memory. All files change together. Raises DamagedSession, AdditionsWanted,
    StoreFailed, and AudioBuilderError if the library cannot be written.
    """
    try:
        for _ in range(_TRIES):
            with suppress(ChangedMeanwhile):  # by another command, of which nothing may be lost
                return _fetch(key, options, store, folder)
    except _Damaged as error:
        store.delete(manifest_name(key))
        store.delete(error.name)
        raise DamagedSession(key) from None
    raise AudioBuilderError(
        f"Other commands keep changing sessions in {folder}. Try again when they have finished."
    )


class _Damaged(Exception):
    """An object that is not as it was written."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _fetch(key: str, options: BuildOptions, store: SharedStore, folder: Path) -> tuple[Episode, bool]:
    episode = _manifest(key, store)
    recover(folder)
    manifest = folder / f"{episode.name}{MANIFEST.suffix}"
    based_on = {manifest.name: content_of(manifest)}
    before = storage.read_manifest(manifest)
    episode = with_fields(episode, guid=before.guid if before else None)
    kept = with_additions(episode, _additions(options, episode, before, folder))
    content = storage.manifest_bytes(kept)
    if before and _is_in(folder, kept, content):
        return kept, True
    with transaction(folder, based_on) as staging:
        for path, name, digest in _files(key, episode, staging):
            _fetch_file(store, path, name, digest)
        (staging / manifest.name).write_bytes(content)
    return kept, False


def _additions(
    options: BuildOptions, episode: Episode, before: Episode | None, folder: Path
) -> dict[str, AddedFile]:
    """Return what the session has besides its MP3: from the store, and what the library has that is still valid.

    Raises AdditionsWanted if something is neither there nor here.
    """
    formats = options.format
    if formats is None and episode.formats:  # the script names them
        formats = _names(episode.formats)
    stems = bool(options.stems or episode.stems)
    wanted = replace(options, format=formats, stems=stems)
    plan = plan_additions(ResolvedOptions(wanted), episode, before, folder)
    stored = episode.added_files
    if any(suffix not in stored for suffix in plan.missing):
        formats = _names(file.suffix for file in FORMAT_FILES if file.suffix in plan.wanted)
        raise AdditionsWanted(
            replace(options, format=formats, stems=any(file.suffix in plan.wanted for file in STEM_FILES))
        )
    return plan.kept | stored


def _names(suffixes: Iterable[str]) -> tuple[str, ...]:
    return tuple(suffix.removeprefix(".") for suffix in suffixes)


def _manifest(key: str, store: SharedStore) -> Episode:
    name = manifest_name(key)
    content = store.read(name) or b""
    if not is_sealed(name, content):
        raise _Damaged(name)
    return msgspec.json.decode(content[:-SEAL_BYTES], type=Episode)


def _files(key: str, episode: Episode, folder: Path) -> Iterator[tuple[Path, str, str]]:
    """Yield the path, the name in the store and the SHA-256 of each file but the manifest."""
    assert isinstance(episode.files, dict)
    yield folder / f"{episode.name}{MP3.suffix}", sound_name(episode.fingerprint), episode.sha256
    for suffix, digest in episode.files.items():
        yield folder / f"{episode.name}{suffix}", sidecar_name(key, suffix), digest
    for suffix, added in episode.added_files.items():
        yield folder / f"{episode.name}{suffix}", sidecar_name(key, suffix), added.sha256
    for picture in picture_alts(episode):  # their names begin with their SHA-256
        yield folder / picture, picture_name(picture), picture.split(".")[1]


def _is_in(folder: Path, episode: Episode, manifest: bytes) -> bool:
    """Return whether the library has exactly these files."""
    if not storage.has_same_files(folder, {f"{episode.name}{MANIFEST.suffix}": manifest}):
        return False
    for path, _, digest in _files("00", episode, folder):
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return False
        if not found.startswith(digest):
            return False
    return True


def _fetch_file(store: SharedStore, path: Path, name: str, expected: str) -> None:
    digest = hashlib.sha256()
    with path.open("wb") as file, _missing_is_damaged(name):
        for piece in store.pieces(name):
            digest.update(piece)
            file.write(piece)
    if not digest.hexdigest().startswith(expected):
        raise _Damaged(name)


@contextmanager
def _missing_is_damaged(name: str) -> Iterator[None]:
    """Tell an object that is missing in the store from a file that is missing here."""
    try:
        yield
    except FileNotFoundError:
        raise _Damaged(name) from None
