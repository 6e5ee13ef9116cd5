"""Fetch finished sessions from the store into the library of this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec.structs import replace as with_fields

from ..cache import SEAL_BYTES, is_sealed
from ..library import storage
from ..library.additions import with_additions
from ..library.chapters import picture_alts
from ..library.manifest import AddedFile, Episode
from ..library.session_files import MANIFEST, MP3
from ..library.transactions import recover, transaction
from .places import manifest_name, picture_name, sidecar_name, sound_name
from .store import SharedStore


class DamagedSession(Exception):
    """A session in the store that is not as it was written. It was removed there, to be built again."""


def fetch_session(key: str, store: SharedStore, folder: Path) -> tuple[Episode, bool]:
    """Bring a session into the library. Return its manifest, and whether it was there already, the same and intact.

    Every file is checked against the SHA-256 that the manifest has of it; of a file, only a few megabytes are in
    memory. All files change together. Raises DamagedSession, StoreFailed, and AudioBuilderError if the library cannot
    be written.
    """
    try:
        return _fetch(key, store, folder)
    except (FileNotFoundError, _Damaged) as error:
        store.delete(manifest_name(key))
        if isinstance(error, _Damaged):
            store.delete(error.name)
        raise DamagedSession(key) from None


class _Damaged(Exception):
    """An object that is not as it was written."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _fetch(key: str, store: SharedStore, folder: Path) -> tuple[Episode, bool]:
    episode = _manifest(key, store)
    recover(folder)
    before = storage.read_manifest(folder / f"{episode.name}{MANIFEST.suffix}")
    episode = with_fields(episode, guid=before.guid if before else None)
    kept = with_additions(episode, episode.added_files | _still_valid(before, episode, folder))
    content = storage.manifest_bytes(kept)
    if before and _is_in(folder, kept, content):
        return kept, True
    with transaction(folder) as staging:
        for path, name, digest in _files(key, episode, staging):
            _fetch_file(store, path, name, digest)
        (staging / f"{episode.name}{MANIFEST.suffix}").write_bytes(content)
    return kept, False


def _still_valid(before: Episode | None, episode: Episode, folder: Path) -> dict[str, AddedFile]:
    """Return what the library has in addition to the MP3 if the session is the same and the store has none of it."""
    if before is None or before.fingerprint != episode.fingerprint or episode.added_files:
        return {}
    return {
        suffix: added
        for suffix, added in before.added_files.items()
        if storage.is_intact_addition(folder, before, suffix)
    }


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
    with path.open("wb") as file:
        for piece in store.pieces(name):
            digest.update(piece)
            file.write(piece)
    if not digest.hexdigest().startswith(expected):
        raise _Damaged(name)
